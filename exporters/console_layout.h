// SPDX-License-Identifier: Apache-2.0
//
// How an event looks on a console: one line, whatever its texts hold (core/visible_text.h).
#ifndef TRACEBUS_EXPORTERS_CONSOLE_LAYOUT_H_
#define TRACEBUS_EXPORTERS_CONSOLE_LAYOUT_H_

#include <cstdint>
#include <string>

#include "tracebus/core/event_view.h"

namespace tracebus {
inline namespace v1 {

enum class ConsoleFormat : std::uint8_t {
  // [llm_call] pattern=pipeline agent=analyst model=gpt-4o input_tokens=450
  // as pyagent-trace prints it: values by Python's str(), without quotes; empty names left out.
  kSeed,
  // 09:00:00.123 llm_call            analyst          pipeline     model=gpt-4o input_tokens=450
  // Time of day in UTC. Text is quoted where it would not be one word; nested values are JSON.
  kPretty,
  // The JSONL line.
  kJson,
};

// Each appends one line with its line feed.
void append_seed_line(std::string& out, const EventView& event);
void append_pretty_line(std::string& out, const EventView& event, bool with_color);
void append_json_line(std::string& out, const EventView& event);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_CONSOLE_LAYOUT_H_
