// SPDX-License-Identifier: Apache-2.0
//
// AgentGraph: who called and handed off to whom, folded to as many nodes as can be looked at.
#ifndef TRACEBUS_STUDIO_AGENT_GRAPH_H_
#define TRACEBUS_STUDIO_AGENT_GRAPH_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/studio/agent_traffic.h"
#include "tracebus/studio/span_query.h"

namespace tracebus {
inline namespace v1 {

enum class GraphBy : std::uint8_t {
  kAgent,
  kRole,  // within each pattern (role_of_agent)
  kPattern,
  kAuto,  // the finest of these that has at most nodes_max nodes
};

struct GraphOptions {
  GraphBy by = GraphBy::kAuto;
  std::string unfold = {};      // the id of a group whose agents are shown one by one
  std::size_t nodes_max = 300;  // of agents and groups; and of models; and of tools
};

enum class GraphNodeKind : std::uint8_t { kAgent, kGroup, kModel, kTool, kUser };
std::string_view to_string(GraphNodeKind kind) noexcept;

struct GraphNode {
  std::string id;     // "agent:Researcher", "pattern:debate/role:judge", "model:gpt-4o", "user"
  std::string label;  // what people call it; empty: nobody said
  GraphNodeKind kind = GraphNodeKind::kAgent;
  std::string pattern;  // of an agent: empty where it acts in several
  std::string role;
  std::uint64_t agents = 0;  // that it stands for
  TrafficFigures figures;
};

struct GraphReason {
  std::string text;  // empty: none was said
  std::uint64_t count = 0;
};

struct GraphEdge {
  std::uint32_t from = 0, to = 0;  // indexes of nodes
  bool is_hand_off = false;        // else a call
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::uint64_t recent = 0;          // of `count`, those of the last minute
  std::vector<GraphReason> reasons;  // of hand-offs, the most frequent first, kReasonsMax at most
  std::uint64_t other_reasons = 0;   // hand-offs with reasons that are not among them
};

// The time over which calls are counted for their rate: the last minute where something came in
// it, else from the first event to the last.
struct GraphRate {
  static constexpr std::int64_t kLiveNs = 60'000'000'000;
  static constexpr std::int64_t kLeastNs = 1'000'000'000;  // of a shorter time no rate is said

  std::int64_t from_ns = 0, until_ns = 0;  // equal: no event has a time
  bool is_live = false;

  // Times a minute, of what was counted in all and recently.
  std::optional<double> per_minute(std::uint64_t count, std::uint64_t recent) const noexcept;
};

struct AgentGraph {
  static constexpr std::size_t kEdgesMax = 10'000;
  static constexpr std::size_t kReasonsMax = 20;

  GraphBy by = GraphBy::kAgent;
  std::uint64_t matched_agents = 0;  // by name
  std::uint64_t folded_agents = 0;   // that the node "others" stands for
  std::uint64_t folded_edges = 0;    // that are left out, as those with the smallest counts
  GraphRate rate;
  std::vector<GraphNode> nodes;  // the busiest first, then models, then tools
  std::vector<GraphEdge> edges;  // the most frequent first
};

// "worker" for "worker-17", "worker_3", "worker-550e8400-e29b": the name without what numbers it.
std::string_view role_of_agent(std::string_view agent) noexcept;

// Of the events that match, as seen at now_ns. NotFound: there is no group to unfold.
absl::StatusOr<AgentGraph> agent_graph(const SpanTable& table, const SpanQuery& query,
                                       const GraphOptions& options, std::int64_t now_ns);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_AGENT_GRAPH_H_
