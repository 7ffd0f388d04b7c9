// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/graph_json.h"

#include <optional>
#include <string_view>

#include "tracebus/studio/store_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

// What share of them failed; nothing where nothing ended.
std::optional<double> error_rate(const TrafficFigures& figures) {
  if (figures.outcomes == 0) return std::nullopt;
  return static_cast<double>(figures.errors) / static_cast<double>(figures.outcomes);
}

std::string node_json(const GraphNode& node, const GraphRate& rate) {
  return JsonFields()
      .add("id", node.id)
      .add("label", node.label)
      .add("kind", to_string(node.kind))
      .add("pattern", node.pattern)
      .add("role", node.role)
      .add("agents", node.agents)
      .add("events", node.figures.events)
      .add("calls", node.figures.calls)
      .add("calls_per_minute", rate.per_minute(node.figures.calls, node.figures.recent_calls))
      .add("errors", node.figures.errors)
      .add("error_rate", error_rate(node.figures))
      .add("open", node.figures.open)
      .add("cost_usd", static_cast<double>(node.figures.cost_nanos) / 1e9)
      .add("tokens", node.figures.tokens)
      .to_string();
}

std::string reason_json(const GraphReason& reason) {
  return JsonFields().add("text", reason.text).add("count", reason.count).to_string();
}

std::string rate_json(const GraphRate& rate) {
  std::optional<Timestamp> from, until;
  if (rate.from_ns < rate.until_ns) {
    from = Timestamp::from_unix_ns(rate.from_ns);
    until = Timestamp::from_unix_ns(rate.until_ns);
  }
  return JsonFields()
      .add("from", json_time(from))
      .add("until", json_time(until))
      .add("live", rate.is_live)
      .to_string();
}

}  // namespace

std::string graph_json(const AgentGraph& graph) {
  constexpr std::string_view kLevels[] = {"agent", "role", "pattern"};
  const auto node_of = [&graph](const GraphNode& node) { return node_json(node, graph.rate); };
  const auto edge_json = [&graph](const GraphEdge& edge) {
    return JsonFields()
        .add("from", graph.nodes[edge.from].id)
        .add("to", graph.nodes[edge.to].id)
        .add("kind", edge.is_hand_off ? "handoff" : "call")
        .add("count", edge.count)
        .add("per_minute", graph.rate.per_minute(edge.count, edge.recent))
        .add("errors", edge.errors)
        .add_json("reasons", json_array(edge.reasons, reason_json))
        .add("other_reasons", edge.other_reasons)
        .to_string();
  };
  return JsonFields()
      .add("by", kLevels[static_cast<std::size_t>(graph.by)])
      .add("matched_agents", graph.matched_agents)
      .add("folded_agents", graph.folded_agents)
      .add("folded_edges", graph.folded_edges)
      .add_json("rate", rate_json(graph.rate))
      .add_json("nodes", json_array(graph.nodes, node_of))
      .add_json("edges", json_array(graph.edges, edge_json))
      .to_string();
}

}  // namespace v1
}  // namespace tracebus
