// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/self_time.h"

#include <algorithm>

namespace tracebus {
inline namespace v1 {

// Only what lies within the span counts. Siblings come by their start, so one pass is enough.
std::int64_t self_time_ns(const TraceTree& tree, std::size_t at) noexcept {
  const TraceNode& node = tree.nodes()[at];
  const TraceSpan& span = tree.span_of(node);
  std::int64_t covered_to = span.start_ns();
  std::int64_t self = span.duration_ns();
  for (std::size_t child = at + 1; child < at + node.subtree;) {
    const TraceSpan& of = tree.span_of(tree.nodes()[child]);
    const std::int64_t from = std::max(of.start_ns(), covered_to);
    const std::int64_t to = std::min(of.end_ns(), span.end_ns());
    if (to > from) {
      self -= to - from;
      covered_to = to;
    }
    child += tree.nodes()[child].subtree;
  }
  return std::max<std::int64_t>(self, 0);
}

}  // namespace v1
}  // namespace tracebus
