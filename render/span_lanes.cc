// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/span_lanes.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <queue>
#include <utility>

namespace tracebus {
inline namespace v1 {

// Places the spans by their start, as if they began now.
class LaneBuilder {
 public:
  LaneBuilder(SpanLanes& lanes, const Services& services) : to_(lanes), services_(services) {}

  void build() {
    const std::vector<TraceNode>& nodes = to_.tree_.nodes();
    to_.placed_.resize(nodes.size());
    std::vector<std::uint32_t> order(nodes.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return start_ns(a) < start_ns(b); });
    for (const std::uint32_t node : order) place(node);
  }

 private:
  using EndOfLane = std::pair<std::int64_t, std::uint32_t>;
  template <class T>
  using LeastFirst = std::priority_queue<T, std::vector<T>, std::greater<T>>;

  // The lanes of one service that hang below the same one.
  struct Group {
    LeastFirst<EndOfLane> busy;
    LeastFirst<std::uint32_t> free;
  };

  std::int64_t start_ns(std::uint32_t node) const {
    return to_.tree_.span_of(to_.tree_.nodes()[node]).start_ns();
  }

  void place(std::uint32_t node) {
    const std::uint32_t parent = to_.tree_.nodes()[node].parent;
    std::uint32_t parent_lane = SpanLane::kNone;
    // A parent that begins later is not placed yet.
    if (parent != TraceNode::kNone && services_.of_node(parent) == services_.of_node(node)) {
      parent_lane = to_.placed_[parent].lane;
    }
    SpanLanes::Placed& placed = to_.placed_[node];
    placed.is_nested = parent_lane != SpanLane::kNone && fits(node, parent, parent_lane);
    placed.lane = placed.is_nested ? parent_lane : free_lane(node, parent_lane);
    to_.lanes_[placed.lane].nodes.push_back(node);
    open_[placed.lane].push_back(node);
  }

  // Whether the parent is what lies open on its lane now, and does not end first.
  bool fits(std::uint32_t node, std::uint32_t parent, std::uint32_t lane) {
    std::vector<std::uint32_t>& open = open_[lane];
    while (!open.empty() && open.back() != parent && to_.end_ns(open.back()) <= start_ns(node)) {
      open.pop_back();
    }
    return !open.empty() && open.back() == parent && to_.end_ns(node) <= to_.end_ns(parent);
  }

  std::uint32_t free_lane(std::uint32_t node, std::uint32_t below) {
    const std::size_t service = services_.of_node(node);
    Group& group = groups_[{below, service}];
    while (!group.busy.empty() && group.busy.top().first <= start_ns(node)) {
      group.free.push(group.busy.top().second);
      group.busy.pop();
    }
    std::uint32_t lane = static_cast<std::uint32_t>(to_.lanes_.size());
    if (group.free.empty()) {
      to_.lanes_.push_back({below, service, {}});
      open_.emplace_back();
    } else {
      lane = group.free.top();
      group.free.pop();
      open_[lane].clear();
    }
    group.busy.emplace(to_.end_ns(node), lane);
    return lane;
  }

  SpanLanes& to_;
  const Services& services_;
  std::map<std::pair<std::uint32_t, std::size_t>, Group> groups_;
  std::vector<std::vector<std::uint32_t>> open_;  // by lane: what has begun and may not be over
};

SpanLanes::SpanLanes(const TraceTree& tree, const Services& services) : tree_(tree) {
  for (const TraceNode& node : tree.nodes()) {
    const TraceSpan& span = tree.span_of(node);
    trace_end_ns_ = std::max({trace_end_ns_, span.start_ns(), span.end_ns()});
  }
  LaneBuilder(*this, services).build();
}

std::int64_t SpanLanes::end_ns(std::size_t node) const noexcept {
  const TraceSpan& span = tree_.span_of(tree_.nodes()[node]);
  return span.is_open() ? trace_end_ns_ : std::max(span.end_ns(), span.start_ns());
}

}  // namespace v1
}  // namespace tracebus
