// SPDX-License-Identifier: Apache-2.0
//
// What a JSONL reader made of a text, in a form that outlives the reader and is easy to compare.
#ifndef TRACEBUS_TESTS_READERS_READ_EVENTS_H_
#define TRACEBUS_TESTS_READERS_READ_EVENTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus::test {

struct SeenEvent {
  std::string type;
  std::string agent;
  std::string pattern;
  std::string time;     // ISO 8601 with nine fraction digits; "" if the event has none
  std::string payload;  // as JSON
  std::string run;      // foreign texts and hex ids alike
  std::string trace;
  std::string span;
  std::string parent;
  bool run_is_foreign = false;
  std::optional<Origin> origin;
  std::string line;  // our own JSONL, as the event gives it once it was emitted
};

struct ReadEvents {
  std::vector<SeenEvent> events;
  ReadAccount account;
};

// The line that emit and the JSON writer make of event; empty if it exceeds a limit.
std::string line_of(const TraceEvent& event);

ReadEvents read_all(EventReader& reader);
ReadEvents read_text(std::string_view text);
// The one event of a text that has no fault; fails the test otherwise.
SeenEvent read_one(std::string_view text);

}  // namespace tracebus::test

#endif  // TRACEBUS_TESTS_READERS_READ_EVENTS_H_
