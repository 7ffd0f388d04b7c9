// SPDX-License-Identifier: Apache-2.0
//
// Any bytes taken for one JSON document: each event fits a record or is told to be too large.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tracebus/core/record_writer.h"
#include "tracebus/readers/json_document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tracebus;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  looks_like_document(text);
  const auto reader = read_document(memory_source(text));
  while (const TraceEvent* const event = reader->next()) {
    const FriendlyRecord record(*event, EventType::find(event->event_type), true);
    if (record.size() == 0) continue;
    std::vector<std::uint64_t> words(record.size() / 8);
    record.write(reinterpret_cast<char*>(words.data()), {.sequence = 1, .producer = 1});
  }
  return 0;
}
