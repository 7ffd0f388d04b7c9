// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/graph_json.h"

#include <string_view>

#include "tracebus/studio/store_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string node_json(const GraphNode& node) {
  return JsonFields()
      .add("id", node.id)
      .add("label", node.label)
      .add("kind", to_string(node.kind))
      .add("pattern", node.pattern)
      .add("role", node.role)
      .add("agents", node.agents)
      .add("events", node.figures.events)
      .add("calls", node.figures.calls)
      .add("errors", node.figures.errors)
      .add("open", node.figures.open)
      .add("cost_usd", static_cast<double>(node.figures.cost_nanos) / 1e9)
      .add("tokens", node.figures.tokens)
      .to_string();
}

std::string reason_json(const GraphReason& reason) {
  return JsonFields().add("text", reason.text).add("count", reason.count).to_string();
}

}  // namespace

std::string graph_json(const AgentGraph& graph) {
  constexpr std::string_view kLevels[] = {"agent", "role", "pattern"};
  const auto edge_json = [&graph](const GraphEdge& edge) {
    return JsonFields()
        .add("from", graph.nodes[edge.from].id)
        .add("to", graph.nodes[edge.to].id)
        .add("kind", edge.is_hand_off ? "handoff" : "call")
        .add("count", edge.count)
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
      .add_json("nodes", json_array(graph.nodes, node_json))
      .add_json("edges", json_array(graph.edges, edge_json))
      .to_string();
}

}  // namespace v1
}  // namespace tracebus
