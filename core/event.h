// SPDX-License-Identifier: Apache-2.0
//
// TraceEvent: what a caller fills in. The seed's five fields come first and in its order.
#ifndef TRACEBUS_CORE_EVENT_H_
#define TRACEBUS_CORE_EVENT_H_

#include <optional>
#include <string_view>

#include "tracebus/core/ids.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// Identities given as a text that is not ours, such as "run_fixture_1". Where one is given, the
// binary id of the same name is derived from it, and the text is kept beside the event.
struct ForeignIds {
  std::string_view run_id = {};
  std::string_view trace_id = {};
  std::string_view span_id = {};
  std::string_view parent_span_id = {};

  bool empty() const noexcept {
    return run_id.empty() && trace_id.empty() && span_id.empty() && parent_span_id.empty();
  }
};

// A default by a call. Were it a constant, the compiler would clear the whole event first, room for
// attributes and all, and then set what the caller named.
template <class T>
inline T left_out() noexcept {
  return {};
}

// Borrows all text (see value.h): it must live until emit returns. The initialisers let a caller
// name only what it has, without a warning about the rest.
struct TraceEvent {
  std::optional<Timestamp> timestamp = {};  // none: the moment of emit
  std::string_view event_type = {};
  std::string_view agent_name = {};
  std::string_view pattern_type = {};
  Payload payload = {};

  EventIds ids = left_out<EventIds>();
  ForeignIds foreign_ids = left_out<ForeignIds>();
  std::optional<Origin> origin = {};  // of the bus that first emitted it; set by replay, receivers
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_EVENT_H_
