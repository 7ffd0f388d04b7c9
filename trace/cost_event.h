// SPDX-License-Identifier: Apache-2.0
//
// CostEventReader: what an event says of costs, in whichever vocabulary it says so.
//
// Thread safety: immutable once made.
#ifndef TRACEBUS_TRACE_COST_EVENT_H_
#define TRACEBUS_TRACE_COST_EVENT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/trace/cost_entry.h"

namespace tracebus {
inline namespace v1 {

struct CostEvent {
  CostEntry entry;                           // borrows from the event; time is left out
  CostResult result = CostResult::kCounted;  // or why it is refused
  bool saturated = false;
  std::int64_t counted_by = 0;  // the tracker that emitted it; 0: none did
};

class CostEventReader {
 public:
  CostEventReader();

  // Of several keys that mean the same, the first in the list of the source counts, whatever their
  // order in the event. Costs are numbers, or texts with decimal dollars.
  CostEvent read(const EventView& event) const noexcept;
  // The same of members alone: the entry has no pattern, agent or ids.
  CostEvent read(const ObjectView& members) const noexcept;

 private:
  std::uint8_t alias_of(AttributeKey key) const noexcept {
    return key.number() < alias_of_key_.size() ? alias_of_key_[key.number()] : std::uint8_t{0};
  }

  std::vector<std::uint8_t> alias_of_key_;  // by AttributeKey number; 0: no matter
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_EVENT_H_
