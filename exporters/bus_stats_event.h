// SPDX-License-Identifier: Apache-2.0
//
// BusStatsEvent: what an event of type bus_stats says, by which a bus tells its numbers to its own
// subscribers (BusOptions::stats_interval_ms). Anybody may emit one, so nothing in it is believed.
//
// Thread safety: const functions may be called from any number of threads.
#ifndef TRACEBUS_EXPORTERS_BUS_STATS_EVENT_H_
#define TRACEBUS_EXPORTERS_BUS_STATS_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tracebus/core/emit_result.h"
#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

class BusStatsEvent {
 public:
  // Borrows from the event.
  explicit BusStatsEvent(const EventView& event) noexcept : event_(event) {}

  // Only those of the bus that hands the event over: a recording holds those of another one.
  static bool is_one(const EventView& event) noexcept {
    return event.event_type() == "bus_stats" && event.origin().instance == event.context().instance;
  }

  bool is_of_bus() const noexcept { return event_.pattern_type() == "bus"; }
  bool is_of_subscription() const noexcept { return event_.pattern_type() == "subscription"; }

  const EventView& event() const noexcept { return event_; }

  // Empty if there is none.
  std::string_view text(std::string_view key) const noexcept {
    const auto value = event_.find(key);
    return value && value->type() == ValueType::kString ? value->as_string() : std::string_view();
  }
  // Nothing for what is no count.
  std::optional<std::uint64_t> count(std::string_view key) const noexcept {
    const auto value = event_.find(key);
    return value ? count_in(*value) : std::nullopt;
  }

  // Calls visit(DropReason, std::uint64_t) for each reason of the object called key. False: there
  // was something else in it, which is left out.
  template <class Visit>
  bool each_reason(std::string_view key, Visit visit) const {
    const auto reasons = event_.find(key);
    if (!reasons) return true;
    if (reasons->type() != ValueType::kObject) return false;
    bool is_whole = true;
    for (const AttributeView& each : reasons->as_object()) {
      const auto reason = reason_called(each.key);
      const auto number = count_in(each.value);
      if (reason && number) visit(*reason, *number);
      is_whole = is_whole && reason && number;
    }
    return is_whole;
  }

 private:
  static std::optional<std::uint64_t> count_in(const ValueView& value) noexcept {
    if (value.type() != ValueType::kInt64 || value.as_int64() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(value.as_int64());
  }
  static std::optional<DropReason> reason_called(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kDropReasons; ++i) {
      if (to_string(static_cast<DropReason>(i)) == name) return static_cast<DropReason>(i);
    }
    return std::nullopt;
  }

  const EventView& event_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_BUS_STATS_EVENT_H_
