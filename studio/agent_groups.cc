// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/agent_groups.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tracebus/studio/number_map.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool has_digit(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view role_of_agent(std::string_view agent) noexcept {
  constexpr std::string_view kSeparators = "-_ .:#/";
  std::string_view role = agent;
  for (std::size_t at = role.find_last_of(kSeparators); at != role.npos && at != 0;
       at = role.find_last_of(kSeparators)) {
    if (!has_digit(role.substr(at))) break;
    role = role.substr(0, at);
  }
  const std::size_t end = role.find_last_not_of("0123456789");
  role = role.substr(0, end == role.npos ? 0 : end + 1);
  return role.empty() ? agent : role;
}

AgentGroups::AgentGroups(const AgentTraffic& traffic) : traffic_(traffic) {
  NumberMap<bool> seen;
  for (const AgentTraffic::Actor& actor : traffic.actors()) {
    if (actor.agent != 0 && seen.enter(actor.agent).second) ++agents_;
  }
  for (const AgentTraffic::Actor& actor : traffic.actors()) {
    role_of_.push_back(roles_.number_of(role_of_agent(traffic.agent_text(actor.agent))));
  }
}

std::uint64_t AgentGroups::key_of(const AgentTraffic::Actor& actor, GraphBy by) const noexcept {
  const auto index = static_cast<std::size_t>(&actor - traffic_.actors().data());
  switch (by) {
    case GraphBy::kAgent:
      return actor.agent;
    case GraphBy::kRole:
      return std::uint64_t{actor.pattern} << 32 | role_of_[index];
    default:
      return actor.pattern;
  }
}

std::string AgentGroups::id_of(const AgentTraffic::Actor& actor, GraphBy by) const {
  if (by == GraphBy::kAgent) return "agent:" + std::string(traffic_.agent_text(actor.agent));
  const std::string id = "pattern:" + std::string(traffic_.pattern_text(actor.pattern));
  if (by == GraphBy::kPattern) return id;
  return id + "/role:" + std::string(role_of_agent(traffic_.agent_text(actor.agent)));
}

// Returns how many groups there are.
std::size_t AgentGroups::group(GraphBy by) {
  by_ = by;
  NumberMap<std::uint32_t> numbers;
  groups_.clear();
  group_of_.clear();
  for (const AgentTraffic::Actor& actor : traffic_.actors()) {
    const auto [number, is_new] = numbers.enter(key_of(actor, by));
    if (is_new) {
      number = static_cast<std::uint32_t>(groups_.size());
      Group& made = groups_.emplace_back();
      made.first = static_cast<std::uint32_t>(group_of_.size());
      made.is_agent = by == GraphBy::kAgent;
    }
    Group& group = groups_[number];
    ++group.patterns;
    if (actor.agent != 0 && (by != GraphBy::kAgent || is_new)) ++group.agents;
    group.figures.add(actor.figures);
    group_of_.push_back(number);
  }
  return groups_.size();
}

// Makes a group of each agent of the group called so.
bool AgentGroups::open_group(const std::string& id) {
  std::uint32_t opened = 0;
  while (opened < groups_.size() && id_of(traffic_.actors()[groups_[opened].first], by_) != id) {
    ++opened;
  }
  if (opened == groups_.size()) return false;
  const auto last = static_cast<std::uint32_t>(groups_.size() - 1);
  std::swap(groups_[opened], groups_[last]);
  groups_.pop_back();
  for (std::uint32_t actor = 0; actor < group_of_.size(); ++actor) {
    std::uint32_t& number = group_of_[actor];
    if (number == opened) {
      number = static_cast<std::uint32_t>(groups_.size());
      const AgentTraffic::Actor& of = traffic_.actors()[actor];
      groups_.push_back({actor, 1, of.agent != 0 ? 1u : 0u, true, true, of.figures});
    } else if (number == last) {
      number = opened;
    }
  }
  return true;
}

bool AgentGroups::fold(const GraphOptions& options) {
  const bool is_auto = options.by == GraphBy::kAuto;
  if (!options.unfold.empty()) {
    bool found = false;
    for (const GraphBy by : {GraphBy::kRole, GraphBy::kPattern}) {
      if (found || (!is_auto && options.by != by)) continue;
      group(by);
      found = open_group(options.unfold);
    }
    if (!found) return false;
  } else if (!is_auto) {
    group(options.by);
  } else {
    for (const GraphBy by : {GraphBy::kAgent, GraphBy::kRole, GraphBy::kPattern}) {
      if (group(by) <= options.nodes_max) break;
    }
  }
  make_nodes(options.nodes_max);
  return true;
}

GraphNode AgentGroups::node_of_group(std::uint32_t number) const {
  const Group& group = groups_[number];
  const AgentTraffic::Actor& actor = traffic_.actors()[group.first];
  const std::string_view agent = traffic_.agent_text(actor.agent);
  GraphNode node;
  node.kind = group.is_agent ? GraphNodeKind::kAgent : GraphNodeKind::kGroup;
  node.id = id_of(actor, group.is_agent ? GraphBy::kAgent : by_);
  if (!group.is_agent || group.patterns == 1) node.pattern = traffic_.pattern_text(actor.pattern);
  if (group.is_agent || by_ == GraphBy::kRole) node.role = role_of_agent(agent);
  node.label = group.is_agent          ? std::string(agent)
               : by_ == GraphBy::kRole ? node.role
                                       : node.pattern;
  node.agents = group.agents;
  node.figures = group.figures;
  return node;
}

void AgentGroups::make_nodes(std::size_t nodes_max) {
  std::vector<std::uint32_t> order(groups_.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto rank = [this](std::uint32_t number) {
    const Group& group = groups_[number];
    return std::tuple(group.is_unfolded, ~group.figures.calls, ~group.figures.events, number);
  };
  const std::size_t shown =
      order.size() <= nodes_max ? order.size() : std::max<std::size_t>(nodes_max, 1) - 1;
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
  std::vector<std::uint32_t> node_of_group_number(groups_.size());
  for (std::size_t i = 0; i < shown; ++i) {
    node_of_group_number[order[i]] = static_cast<std::uint32_t>(i);
    nodes_.push_back(node_of_group(order[i]));
  }
  if (shown < order.size()) {
    GraphNode others;
    others.id = "others";
    others.label = std::to_string(order.size() - shown) + " others";
    others.kind = GraphNodeKind::kGroup;
    for (std::size_t i = shown; i < order.size(); ++i) {
      node_of_group_number[order[i]] = static_cast<std::uint32_t>(shown);
      others.agents += groups_[order[i]].agents;
      others.figures.add(groups_[order[i]].figures);
    }
    folded_agents_ = others.agents;
    nodes_.push_back(std::move(others));
  }
  for (const std::uint32_t group : group_of_) node_of_.push_back(node_of_group_number[group]);
}

}  // namespace v1
}  // namespace tracebus
