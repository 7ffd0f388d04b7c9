// SPDX-License-Identifier: Apache-2.0
//
// AgentTable: for each agent's name, the row of what was added under it. Filled first, then closed,
// then read: one look-up touches a slot, the name and the row.
//
// Thread safety: none while it is filled; immutable once closed.
#ifndef TRACEBUS_BUS_AGENT_TABLE_H_
#define TRACEBUS_BUS_AGENT_TABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

template <class Value>
class AgentTable {
 public:
  bool empty() const noexcept { return added_.empty() && values_.empty(); }

  // The name outlives the table.
  void add(std::string_view agent, Value value) { added_.emplace_back(agent, value); }

  // Once, after the last add.
  void close() {
    if (added_.empty()) return;
    slots_.resize(std::bit_ceil(2 * added_.size()));
    for (const auto& [agent, value] : added_) {
      Slot& slot = slots_[place_of(agent)];
      slot.agent = agent;
      ++slot.count;
    }
    std::uint32_t begin = 0;
    for (Slot& slot : slots_) {
      slot.begin = begin;
      begin += std::exchange(slot.count, 0);
    }
    values_.resize(added_.size());
    for (const auto& [agent, value] : added_) {
      Slot& slot = slots_[place_of(agent)];
      values_[slot.begin + slot.count++] = value;
    }
    added_ = {};
  }

  // In the order in which they were added. REQUIRES: closed.
  std::span<const Value> of(std::string_view agent) const noexcept {
    if (values_.empty()) return {};
    const Slot& slot = slots_[place_of(agent)];
    return {values_.data() + slot.begin, slot.count};
  }

 private:
  struct Slot {
    std::string_view agent;
    std::uint32_t begin = 0;  // of its row in values_
    std::uint32_t count = 0;
    bool used() const noexcept { return agent.data() != nullptr; }
  };

  // Of the agent's slot, or of the free one where it belongs.
  std::size_t place_of(std::string_view agent) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = hash_bytes(agent) & mask;
    while (slots_[place].used() && !same_text(slots_[place].agent, agent)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  std::vector<std::pair<std::string_view, Value>> added_;  // until closed
  std::vector<Slot> slots_;                                // at most half of them used
  std::vector<Value> values_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_AGENT_TABLE_H_
