// SPDX-License-Identifier: Apache-2.0
//
// Any bytes read as JSONL. What was read is emitted and written, and those lines, our own, must
// come back as they are.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/readers/jsonl_reader.h"

namespace {

using namespace tracebus;

// Our lines of the events that fit a record.
std::string lines_of(std::string_view text, std::uint64_t& events) {
  std::string lines;
  const auto reader = read_jsonl(text);
  while (const TraceEvent* const event = reader->next()) {
    const FriendlyRecord record(*event, EventType::find(event->event_type), true);
    if (record.size() == 0) continue;
    std::vector<std::uint64_t> words(record.size() / 8);
    record.write(reinterpret_cast<char*>(words.data()), {.sequence = 1, .producer = 1});
    const ViewContext context{.instance = 1, .clock = nullptr, .content = true};
    append_json_event(lines, EventView(reinterpret_cast<const char*>(words.data()), context));
    lines += '\n';
    ++events;
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t first = 0, second = 0;
  const std::string lines = lines_of({reinterpret_cast<const char*>(data), size}, first);
  if (lines_of(lines, second) != lines || first != second) std::abort();
  return 0;
}
