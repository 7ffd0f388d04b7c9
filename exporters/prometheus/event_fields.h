// SPDX-License-Identifier: Apache-2.0
//
// EventFields: how an event that ends something went, and how long it took, under whichever of
// several names. Private to EventMetrics.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_FIELDS_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_FIELDS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

// Borrows from the event.
struct EventFields {
  std::uint64_t duration_ns = 0;
  bool has_duration = false;
  bool has_bad_duration = false;  // negative, no number, or beyond kDurationSecondsMax
  bool failed = false;            // span.status is error, or success is false
  std::string_view error_type = {};
  std::string_view operation = {};
  std::string_view tool = {};
  ValueView span_events = {};

  static constexpr double kDurationSecondsMax = 1e9;  // some 31 years
};

// What the first exception of span.events was of, for an end that has no error_type of its own;
// empty if there is none.
std::string_view exception_type_in(const ValueView& span_events) noexcept;

// Thread safety: immutable once made.
class EventFieldReader {
 public:
  EventFieldReader();

  // In one walk. Of several keys that mean the same, the first in the list of the source counts,
  // and of one key its last value.
  EventFields read(const EventView& event) const noexcept;

 private:
  std::vector<std::uint8_t> alias_of_key_;  // by AttributeKey number; 0: no matter
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_EVENT_FIELDS_H_
