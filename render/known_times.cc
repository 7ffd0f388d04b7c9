// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/known_times.h"

#include <algorithm>
#include <limits>

namespace tracebus {
inline namespace v1 {

// From the last node to the first, so what lies below comes before what it lies below.
KnownTimes::KnownTimes(const TraceTree& tree) : tree_(tree) {
  const std::vector<TraceNode>& nodes = tree.nodes();
  ends_ns_.resize(nodes.size(), std::numeric_limits<std::int64_t>::min());
  for (std::size_t i = nodes.size(); i-- > 0;) {
    const TraceSpan& span = tree.span_of(nodes[i]);
    ends_ns_[i] = span.is_open() ? std::max(ends_ns_[i], span.end_ns()) : span.end_ns();
    if (nodes[i].parent == TraceNode::kNone) continue;
    std::int64_t& above = ends_ns_[nodes[i].parent];
    above = std::max(above, ends_ns_[i]);
  }
}

std::optional<std::int64_t> KnownTimes::duration_ns(std::size_t node) const noexcept {
  const TraceSpan& span = tree_.span_of(tree_.nodes()[node]);
  if (span.has_duration()) return span.duration_ns();
  if (!span.is_open() || ends_ns_[node] <= span.start_ns()) return std::nullopt;
  std::int64_t duration = 0;
  if (__builtin_sub_overflow(ends_ns_[node], span.start_ns(), &duration)) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return duration;
}

}  // namespace v1
}  // namespace tracebus
