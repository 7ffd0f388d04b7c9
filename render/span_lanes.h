// SPDX-License-Identifier: Apache-2.0
//
// SpanLanes: the spans of a trace on lanes, as viewers draw them: on one lane a span lies within
// another, or beside it, and never across its end.
//
// A span lies on its parent's lane, under it, if it fits; else on a lane that hangs below that one,
// as agents do that run side by side. Such a lane is used again once what lay on it is over, so
// there are as many lanes as spans at the same time. A span of another service than its parent's
// begins a lane of that service. A span that is still open lasts as long as its trace.
//
// Thread safety: immutable.
#ifndef TRACEBUS_RENDER_SPAN_LANES_H_
#define TRACEBUS_RENDER_SPAN_LANES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tracebus/render/services.h"
#include "tracebus/trace/trace_tree.h"

namespace tracebus {
inline namespace v1 {

struct SpanLane {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::uint32_t parent = kNone;      // the lane that it hangs below; none: the service
  std::size_t service = 0;           // as Services counts them
  std::vector<std::uint32_t> nodes;  // by their start
};

class SpanLanes {
 public:
  // In a time of the order of n log n. REQUIRES: tree outlives it.
  SpanLanes(const TraceTree& tree, const Services& services);

  // Each after the lane that it hangs below.
  const std::vector<SpanLane>& lanes() const noexcept { return lanes_; }
  std::uint32_t lane_of(std::size_t node) const noexcept { return placed_[node].lane; }
  // Never before its start; an open span's is the end of the trace.
  std::int64_t end_ns(std::size_t node) const noexcept;

  // begin(node) and end(node) for each span of a lane, so that they nest; times never fall.
  template <class Begin, class End>
  void walk(const SpanLane& lane, const Begin& begin, const End& end) const;

 private:
  friend class LaneBuilder;

  struct Placed {
    std::uint32_t lane = SpanLane::kNone;
    bool is_nested = false;  // in its parent, on the same lane
  };

  const TraceTree& tree_;
  std::int64_t trace_end_ns_ = 0;
  std::vector<SpanLane> lanes_;
  std::vector<Placed> placed_;  // by node
};

template <class Begin, class End>
void SpanLanes::walk(const SpanLane& lane, const Begin& begin, const End& end) const {
  std::vector<std::uint32_t> open;
  for (const std::uint32_t node : lane.nodes) {
    const std::uint32_t within =
        placed_[node].is_nested ? tree_.nodes()[node].parent : TraceNode::kNone;
    for (; !open.empty() && open.back() != within; open.pop_back()) end(open.back());
    begin(node);
    open.push_back(node);
  }
  for (; !open.empty(); open.pop_back()) end(open.back());
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_SPAN_LANES_H_
