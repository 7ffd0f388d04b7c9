// SPDX-License-Identifier: Apache-2.0
//
// FilterIndex: from an event's type and agent to the filters that may match it, so that thousands
// of callbacks which each watch one agent cost an event one look-up.
//
// Thread safety: none while it is filled; immutable once closed.
#ifndef TRACEBUS_BUS_FILTER_INDEX_H_
#define TRACEBUS_BUS_FILTER_INDEX_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tracebus/bus/agent_table.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/filter.h"

namespace tracebus {
inline namespace v1 {

class FilterIndex {
 public:
  // A filter that may match.
  struct Candidate {
    std::uint32_t place : 31;
    std::uint32_t decided : 1;  // it does match
  };

  // types: how many are registered. Those that are registered later share one group.
  explicit FilterIndex(std::uint32_t types = 0) : by_type_(types + 1) {}

  // The filter outlives the index. REQUIRES: places rise from call to call, below 2^31.
  void add(std::uint32_t place, const CompiledFilter& filter);
  // Once, after the last add and before the first look-up.
  void close();

  // Whether any filter is for a single agent.
  bool has_agents() const noexcept { return has_agents_; }
  bool may_want_type(std::uint16_t type) const noexcept {
    return !every_type_.empty() || !of_type(type).empty();
  }

  // Calls wants with each filter that may match the event, by rising places, until it returns true;
  // whether it did.
  template <class Wants>
  bool any_of(const EventView& event, Wants wants) const {
    const Group& group = of_type(event.type().number());
    std::array<List, 4> lists = {every_type_.any_agent, group.any_agent, {}, {}};
    if (has_agents_) {
      const std::string_view agent = event.agent_name();
      lists[2] = every_type_.by_agent.of(agent);
      lists[3] = group.by_agent.of(agent);
    }
    for (;;) {
      List* const next = std::ranges::min_element(lists, {}, first_of);
      if (next->empty()) return false;
      if (wants(next->front())) return true;
      *next = next->subspan(1);
    }
  }

 private:
  using List = std::span<const Candidate>;  // by place
  // The filters for one type, or for every type.
  struct Group {
    std::vector<Candidate> any_agent;
    AgentTable<Candidate> by_agent;  // the names lie in the filters

    bool empty() const noexcept { return any_agent.empty() && by_agent.empty(); }
    void add(std::uint32_t place, const CompiledFilter& filter);
  };

  static std::uint32_t first_of(const List& list) noexcept {
    return list.empty() ? ~std::uint32_t{0} : list.front().place;
  }
  const Group& of_type(std::uint16_t type) const noexcept {
    return type < by_type_.size() - 1 ? by_type_[type] : by_type_.back();
  }

  Group every_type_;
  std::vector<Group> by_type_;
  bool has_agents_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_FILTER_INDEX_H_
