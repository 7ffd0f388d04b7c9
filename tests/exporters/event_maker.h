// SPDX-License-Identifier: Apache-2.0
//
// Events for exporters without a bus: written as records, and handed over as a batch of views.
#ifndef TRACEBUS_TESTS_EXPORTERS_EVENT_MAKER_H_
#define TRACEBUS_TESTS_EXPORTERS_EVENT_MAKER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/core/exporter.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/owned_event.h"
#include "tracebus/core/record_writer.h"

namespace tracebus::testing {

inline constexpr std::uint64_t kTestInstance = 0x0123456789abcdef;

inline ExportContext in_a_second() {
  return {.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1), .stop = {}};
}

// Events of one producer, numbered 7, 8, 9, ... Content is granted unless told otherwise.
class EventMaker {
 public:
  EventMaker& add(const TraceEvent& event, bool with_content = true) {
    const FriendlyRecord record(event, EventType::find(event.event_type), with_content);
    std::vector<std::uint64_t> words(record.size() / 8);
    record.write(reinterpret_cast<char*>(words.data()), {sequence_++, 3});
    const ViewContext context = {kTestInstance, nullptr, with_content};
    owned_.emplace_back(EventView(reinterpret_cast<const char*>(words.data()), context));
    return *this;
  }

  // A small event that is known by its number.
  EventMaker& add_numbered(std::int64_t number, const std::string& filling = {}) {
    return add({.timestamp = Timestamp{number, 0},
                .event_type = "llm_call",
                .agent_name = "analyst",
                .payload = {{"n", number}, {"filling", filling}}});
  }

  Batch batch() { return batch_of(0, owned_.size()); }

  // Valid until the next event is added.
  Batch batch_of(std::size_t first, std::size_t end) {
    views_.clear();
    for (const OwnedEvent& event : owned_) views_.push_back(event.view());
    return {.events = std::span<const EventView>(views_).subspan(first, end - first)};
  }

 private:
  std::vector<OwnedEvent> owned_;
  std::vector<EventView> views_;
  std::uint64_t sequence_ = 7;
};

// The events 0 to count - 1.
inline EventMaker numbered_events(std::int64_t count) {
  EventMaker maker;
  for (std::int64_t number = 0; number < count; ++number) maker.add_numbered(number);
  return maker;
}

// The JSONL lines of a batch.
inline std::string jsonl_of(const Batch& batch) {
  std::string text;
  for (const EventView& event : batch) {
    append_json_event(text, event);
    text += '\n';
  }
  return text;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_EVENT_MAKER_H_
