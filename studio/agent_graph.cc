// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/agent_graph.h"

#include <algorithm>
#include <utility>

#include "tracebus/studio/agent_groups.h"
#include "tracebus/studio/number_map.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Models, or tools, as nodes: the busiest, and one for all others.
class Targets {
 public:
  template <class Text>
  Targets(const std::vector<TrafficFigures>& all, std::size_t nodes_max, const Text& text,
          std::vector<GraphNode>& nodes, GraphNodeKind kind)
      : node_of_(all.size()) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t number = 0; number < all.size(); ++number) {
      if (all[number].events != 0) order.push_back(number);
    }
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(~all[a].calls, a) < std::pair(~all[b].calls, b);
    });
    const std::string prefix(to_string(kind));
    for (std::size_t i = 0; i < order.size(); ++i) {
      const TrafficFigures& figures = all[order[i]];
      if (i < nodes_max || i == 0) {
        const std::string name(text(order[i]));
        nodes.push_back({prefix + ":" + name, name, kind, {}, {}, 0, figures});
      } else if (i == nodes_max) {
        nodes.push_back({prefix + "s:others",
                         std::to_string(order.size() - i) + " others",
                         kind,
                         {},
                         {},
                         0,
                         figures});
      } else {
        nodes.back().figures.add(figures);
      }
      node_of_[order[i]] = static_cast<std::uint32_t>(nodes.size() - 1);
    }
  }
  std::uint32_t node_of(std::uint32_t number) const noexcept { return node_of_[number]; }

 private:
  std::vector<std::uint32_t> node_of_;  // by number
};

class Edges {
 public:
  // Returns the edge's number.
  std::uint32_t add(std::uint32_t from, std::uint32_t to, bool is_hand_off,
                    AgentTraffic::Outcome outcome) {
    const std::uint64_t key = std::uint64_t{from} << 32 | to << 1 | (is_hand_off ? 1u : 0u);
    const auto [number, is_new] = numbers_.enter(key);
    if (is_new) {
      number = static_cast<std::uint32_t>(edges_.size());
      edges_.push_back({from, to, is_hand_off, 0, 0, 0, {}, 0});
    }
    ++edges_[number].count;
    if (outcome.has_failed) ++edges_[number].errors;
    if (outcome.is_recent) ++edges_[number].recent;
    return number;
  }
  void add_reason(std::uint32_t edge, std::uint32_t reason) {
    reasons_.push_back(std::uint64_t{edge} << 32 | reason);
  }

  std::vector<GraphEdge> take(const AgentTraffic& traffic) {
    count_reasons(traffic);
    std::ranges::stable_sort(
        edges_, [](const GraphEdge& a, const GraphEdge& b) { return a.count > b.count; });
    return std::move(edges_);
  }

 private:
  void count_reasons(const AgentTraffic& traffic) {
    std::ranges::sort(reasons_);
    for (std::size_t i = 0; i < reasons_.size();) {
      const std::size_t begin = i;
      while (i < reasons_.size() && reasons_[i] == reasons_[begin]) ++i;
      const std::string_view text =
          traffic.reason_text(static_cast<std::uint32_t>(reasons_[begin]));
      edges_[reasons_[begin] >> 32].reasons.push_back({std::string(text), i - begin});
    }
    for (GraphEdge& edge : edges_) {
      std::ranges::stable_sort(edge.reasons, [](const GraphReason& a, const GraphReason& b) {
        return a.count > b.count;
      });
      while (edge.reasons.size() > AgentGraph::kReasonsMax) {
        edge.other_reasons += edge.reasons.back().count;
        edge.reasons.pop_back();
      }
    }
  }

  std::vector<GraphEdge> edges_;
  NumberMap<std::uint32_t> numbers_;
  std::vector<std::uint64_t> reasons_;  // edge and reason, one a hand-off
};

class Builder {
 public:
  Builder(const AgentTraffic& traffic, AgentGroups& groups, std::size_t nodes_max)
      : traffic_(traffic), node_of_(groups.node_of()), nodes_(groups.take_nodes()),
        models_(
            traffic.models(), nodes_max,
            [&](std::uint32_t number) { return traffic.model_text(number); }, nodes_,
            GraphNodeKind::kModel),
        tools_(
            traffic.tools(), nodes_max,
            [&](std::uint32_t number) { return traffic.tool_text(number); }, nodes_,
            GraphNodeKind::kTool) {}

  void build(AgentGraph& graph) {
    for (const AgentTraffic::Call& call : traffic_.calls()) {
      const std::uint32_t to =
          call.is_tool ? tools_.node_of(call.name) : models_.node_of(call.name);
      edges_.add(node_of_[call.actor], to, false, call.outcome);
    }
    for (const AgentTraffic::AgentCall& call : traffic_.agent_calls()) {
      const std::uint32_t from =
          call.from == AgentTraffic::kUser ? user_node() : node_of_[call.from];
      edges_.add(from, node_of_[call.to], false, call.outcome);
    }
    for (const AgentTraffic::HandOff& hand_off : traffic_.hand_offs()) {
      const std::uint32_t edge =
          edges_.add(node_of_[hand_off.from], node_of_[hand_off.to], true, hand_off.outcome);
      edges_.add_reason(edge, hand_off.reason);
    }
    graph.edges = edges_.take(traffic_);
    if (graph.edges.size() > AgentGraph::kEdgesMax) {
      graph.folded_edges = graph.edges.size() - AgentGraph::kEdgesMax;
      graph.edges.resize(AgentGraph::kEdgesMax);
    }
    graph.nodes = std::move(nodes_);
  }

 private:
  std::uint32_t user_node() {
    if (user_ == AgentTraffic::kUser) {
      user_ = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({"user", "user", GraphNodeKind::kUser, {}, {}, 0, {}});
    }
    return user_;
  }

  const AgentTraffic& traffic_;
  const std::vector<std::uint32_t>& node_of_;  // by actor
  std::vector<GraphNode> nodes_;
  const Targets models_, tools_;
  Edges edges_;
  std::uint32_t user_ = AgentTraffic::kUser;  // none yet
};

GraphRate rate_of(const AgentTraffic& traffic, std::int64_t now_ns) noexcept {
  if (traffic.first_ns() > traffic.last_ns()) return {};
  const std::int64_t minute_ago_ns = now_ns - GraphRate::kLiveNs;
  if (traffic.last_ns() < minute_ago_ns) return {traffic.first_ns(), traffic.last_ns(), false};
  return {minute_ago_ns, now_ns, true};
}

}  // namespace

std::optional<double> GraphRate::per_minute(std::uint64_t count,
                                            std::uint64_t recent) const noexcept {
  const double seconds = (static_cast<double>(until_ns) - static_cast<double>(from_ns)) / 1e9;
  if (seconds * 1e9 < static_cast<double>(kLeastNs)) return std::nullopt;
  return static_cast<double>(is_live ? recent : count) * 60 / seconds;
}

std::string_view to_string(GraphNodeKind kind) noexcept {
  constexpr std::string_view kNames[] = {"agent", "group", "model", "tool", "user"};
  return kNames[static_cast<std::size_t>(kind)];
}

absl::StatusOr<AgentGraph> agent_graph(const SpanTable& table, const SpanQuery& query,
                                       const GraphOptions& options, std::int64_t now_ns) {
  const AgentTraffic traffic(table, query, now_ns - GraphRate::kLiveNs);
  AgentGroups groups(traffic);
  if (!groups.fold(options)) {
    return absl::NotFoundError("unfold: no group '" + options.unfold +
                               "' among these events: it is the id of a node of kind group, by "
                               "role or by pattern");
  }
  AgentGraph graph;
  graph.by = groups.by();
  graph.matched_agents = groups.agents();
  graph.folded_agents = groups.folded_agents();
  graph.rate = rate_of(traffic, now_ns);
  Builder(traffic, groups, options.nodes_max).build(graph);
  return graph;
}

}  // namespace v1
}  // namespace tracebus
