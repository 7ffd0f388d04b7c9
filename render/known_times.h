// SPDX-License-Identifier: Apache-2.0
//
// KnownTimes: how long the spans of a tree took, as far as anybody said it.
//
// A span that is open lasts until the last that is known of what lies below it. One that neither
// said how long it took, nor when it began, has no duration; that is not the same as none.
// Thread safety: immutable.
#ifndef TRACEBUS_RENDER_KNOWN_TIMES_H_
#define TRACEBUS_RENDER_KNOWN_TIMES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tracebus/trace/trace_tree.h"

namespace tracebus {
inline namespace v1 {

class KnownTimes {
 public:
  // REQUIRES: the tree outlives it.
  explicit KnownTimes(const TraceTree& tree);

  // Of the node with that number. Nanoseconds since 1970.
  std::int64_t end_ns(std::size_t node) const noexcept { return ends_ns_[node]; }
  // Nanoseconds, never negative; saturates.
  std::optional<std::int64_t> duration_ns(std::size_t node) const noexcept;

 private:
  const TraceTree& tree_;
  std::vector<std::int64_t> ends_ns_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_KNOWN_TIMES_H_
