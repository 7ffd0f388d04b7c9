// SPDX-License-Identifier: Apache-2.0
//
// AgentGroups: actors folded to nodes of a graph, at most as many as asked for.
//
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_AGENT_GROUPS_H_
#define TRACEBUS_STUDIO_AGENT_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/studio/agent_graph.h"
#include "tracebus/studio/agent_traffic.h"
#include "tracebus/studio/name_table.h"

namespace tracebus {
inline namespace v1 {

class AgentGroups {
 public:
  // REQUIRES: the traffic outlives it.
  explicit AgentGroups(const AgentTraffic& traffic);

  // By the level asked for; of kAuto the finest that does, or that has the group to unfold.
  // False: there is no group called unfold.
  bool fold(const GraphOptions& options);

  GraphBy by() const noexcept { return by_; }
  std::uint64_t agents() const noexcept { return agents_; }
  std::uint64_t folded_agents() const noexcept { return folded_agents_; }
  std::vector<GraphNode> take_nodes() { return std::move(nodes_); }
  // By actor.
  const std::vector<std::uint32_t>& node_of() const noexcept { return node_of_; }

 private:
  void number_roles();
  std::size_t group(GraphBy by);
  std::uint64_t key_of(const AgentTraffic::Actor& actor, GraphBy by) const noexcept;
  std::string id_of(const AgentTraffic::Actor& actor, GraphBy by) const;
  bool open_group(const std::string& id);
  void make_nodes(std::size_t nodes_max);
  GraphNode node_of_group(std::uint32_t group) const;

  struct Group {
    std::uint32_t first = 0;  // an actor of it
    std::uint32_t patterns = 0;
    std::uint64_t agents = 0;
    bool is_agent = false;
    bool is_unfolded = false;  // an agent of the group that was asked for
    TrafficFigures figures;
  };

  const AgentTraffic& traffic_;
  std::uint64_t agents_ = 0;
  std::uint64_t folded_agents_ = 0;
  GraphBy by_ = GraphBy::kAgent;
  NameTable roles_;
  std::vector<std::uint32_t> role_of_;   // by actor
  std::vector<std::uint32_t> group_of_;  // by actor
  std::vector<Group> groups_;
  std::vector<std::uint32_t> node_of_;  // by actor
  std::vector<GraphNode> nodes_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_AGENT_GROUPS_H_
