// SPDX-License-Identifier: Apache-2.0
//
// Events for encoders of batches: spans as trace/span.h emits them, and batches of records.
#ifndef TRACEBUS_TESTS_OTLP_SPAN_MAKER_H_
#define TRACEBUS_TESTS_OTLP_SPAN_MAKER_H_

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/tests/core/built_record.h"

namespace tracebus::testing {

// Ids that hold number, none of which is none.
inline EventIds numbered_ids(std::uint64_t number) {
  EventIds ids;
  ids.trace_id.bytes[0] = ids.span_id.bytes[0] = 0xAB;
  std::memcpy(ids.trace_id.bytes.data() + 8, &number, sizeof number);
  std::memcpy(ids.span_id.bytes.data() + 4, &number, 4);
  ids.run_id.bytes = ids.trace_id.bytes;
  return ids;
}

// The end of a call. Borrows name.
inline TraceEvent numbered_span(std::uint64_t number, std::string_view name) {
  return {.timestamp = Timestamp::from_unix_ns(1'749'479'521'000'000'000),
          .event_type = "llm_call_end",
          .agent_name = "bull",
          .pattern_type = "debate",
          .payload = {{"span.kind", "LLM"},
                      {"span.status", "ok"},
                      {"duration_ms", 1.5},
                      {"span.name", name}},
          .ids = numbered_ids(number)};
}

// Records, and the batch of them all.
class BuiltBatch {
 public:
  explicit BuiltBatch(bool with_content = true) : context_{.content = with_content} {}

  void add(const TraceEvent& event) {
    records_.push_back(build(event));
    views_.push_back(records_.back().view(context_));
  }
  Batch batch() const { return {.events = views_}; }

 private:
  const ViewContext context_;
  std::deque<BuiltRecord> records_;
  std::vector<EventView> views_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_SPAN_MAKER_H_
