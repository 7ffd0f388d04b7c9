// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/readers/read_events.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "tracebus/core/event_view.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/readers/jsonl_reader.h"

namespace tracebus::test {
namespace {

// Calls use with the view of event's record, if it has one.
template <class Use>
void with_view(const TraceEvent& event, Use use) {
  const FriendlyRecord record(event, EventType::find(event.event_type), true);
  if (record.size() == 0) return;
  std::vector<std::uint64_t> words(record.size() / 8);
  record.write(reinterpret_cast<char*>(words.data()), {.sequence = 7, .producer = 3});
  const ViewContext context{.instance = 0xFEDCBA9876543210, .clock = nullptr, .content = true};
  use(EventView(reinterpret_cast<const char*>(words.data()), context));
}

template <class Id>
std::string text_of(const Id& id, std::string_view foreign) {
  if (!foreign.empty()) return std::string(foreign);
  return id ? id.hex() : std::string();
}

SeenEvent seen(const TraceEvent& event) {
  SeenEvent made;
  made.type = event.event_type;
  made.agent = event.agent_name;
  made.pattern = event.pattern_type;
  if (event.timestamp) {
    char text[kTimestampTextMax + 16];
    made.time = {text, format_iso8601(*event.timestamp, 9, text)};
  }
  made.run = text_of(event.ids.run_id, event.foreign_ids.run_id);
  made.trace = text_of(event.ids.trace_id, event.foreign_ids.trace_id);
  made.span = text_of(event.ids.span_id, event.foreign_ids.span_id);
  made.parent = text_of(event.ids.parent_span_id, event.foreign_ids.parent_span_id);
  made.run_is_foreign = !event.foreign_ids.run_id.empty();
  made.origin = event.origin;
  with_view(event, [&](const EventView& view) {
    append_json_payload(made.payload, view);
    append_json_event(made.line, view);
  });
  return made;
}

}  // namespace

std::string line_of(const TraceEvent& event) {
  std::string line;
  with_view(event, [&](const EventView& view) { append_json_event(line, view); });
  return line;
}

ReadEvents read_all(EventReader& reader) {
  ReadEvents read;
  while (const TraceEvent* const event = reader.next()) read.events.push_back(seen(*event));
  EXPECT_EQ(reader.next(), nullptr) << "the end is the end";
  read.account = reader.account();
  EXPECT_EQ(read.account.events, read.events.size());
  EXPECT_GE(read.account.bad_lines, read.account.problems.size());
  return read;
}

ReadEvents read_text(std::string_view text) { return read_all(*read_jsonl(text)); }

SeenEvent read_one(std::string_view text) {
  ReadEvents read = read_text(text);
  for (const ReadProblem& problem : read.account.problems) ADD_FAILURE() << problem.message;
  EXPECT_EQ(read.events.size(), 1u) << text;
  return read.events.empty() ? SeenEvent{} : read.events.front();
}

}  // namespace tracebus::test
