// SPDX-License-Identifier: Apache-2.0
//
// CallbackTable: the callbacks that share a worker, in the order of subscribing, and an index over
// them: from an event's type and agent to those that may want it. So thousands of callbacks that
// each watch one agent cost an event one look-up.
//
// Thread safety: immutable once indexed. Each dispatcher has tables of its own, and indexes one
// before anybody looks up in it.
#ifndef TRACEBUS_BUS_CALLBACK_TABLE_H_
#define TRACEBUS_BUS_CALLBACK_TABLE_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tracebus/bus/callback_entry.h"
#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

class CallbackTable {
 public:
  using Entries = std::vector<std::shared_ptr<CallbackEntry>>;

  CallbackTable(Entries entries, std::uint32_t shard)
      : entries_(std::move(entries)), shard_(shard) {}
  CallbackTable(const CallbackTable&) = delete;
  CallbackTable& operator=(const CallbackTable&) = delete;

  const Entries& entries() const noexcept { return entries_; }
  std::uint32_t shard() const noexcept { return shard_; }  // of the dispatcher

  // Once, before the look-ups.
  void index() const;

  // Whether any callback may want events of this type.
  bool may_want_type(std::uint16_t type) const noexcept {
    return !every_type_.empty() || !of_type(type).empty();
  }

  // Calls visit for each callback that may want the event, in the order of subscribing. Whether its
  // whole filter matches is for visit to find out.
  template <class Visit>
  void for_each(const EventView& event, Visit visit) const {
    any_of(event, [&](CallbackEntry& entry) {
      visit(entry);
      return false;
    });
  }
  // As for_each, until wants returns true; whether it did.
  template <class Wants>
  bool any_of(const EventView& event, Wants wants) const {
    const Group& group = of_type(event.type().number());
    std::array<List, 4> lists = {every_type_.any_agent, group.any_agent, {}, {}};
    if (has_agents_) {
      const std::string_view agent = event.agent_name();
      lists[2] = every_type_.of_agent(agent);
      lists[3] = group.of_agent(agent);
    }
    for (;;) {
      List* const next = std::ranges::min_element(lists, {}, first_of);
      if (next->empty()) return false;
      if (wants(*entries_[next->front()])) return true;
      *next = next->subspan(1);
    }
  }

 private:
  using List = std::span<const std::uint32_t>;  // places in entries_, rising
  // The callbacks for one type, or for every type.
  struct Group {
    std::vector<std::uint32_t> any_agent;
    // The texts lie in the filters of the entries.
    std::unordered_map<std::string_view, std::vector<std::uint32_t>, TextHash> by_agent;

    bool empty() const noexcept { return any_agent.empty() && by_agent.empty(); }
    List of_agent(std::string_view agent) const {
      if (by_agent.empty()) return {};
      const auto found = by_agent.find(agent);
      return found == by_agent.end() ? List{} : List(found->second);
    }
    void add(std::uint32_t place, const CompiledFilter& filter);
  };

  static std::uint32_t first_of(const List& list) noexcept {
    return list.empty() ? ~std::uint32_t{0} : list.front();
  }
  // Types that were registered after the index was made share the last group.
  const Group& of_type(std::uint16_t type) const noexcept {
    return type < by_type_.size() - 1 ? by_type_[type] : by_type_.back();
  }

  const Entries entries_;
  const std::uint32_t shard_;
  mutable Group every_type_;
  mutable std::vector<Group> by_type_ = std::vector<Group>(1);
  mutable bool has_agents_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_CALLBACK_TABLE_H_
