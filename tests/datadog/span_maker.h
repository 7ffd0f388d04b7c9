// SPDX-License-Identifier: Apache-2.0
//
// Ends of spans for tests of the Datadog exporter.
#ifndef TRACEBUS_TESTS_DATADOG_SPAN_MAKER_H_
#define TRACEBUS_TESTS_DATADOG_SPAN_MAKER_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/core/event.h"
#include "tracebus/core/exporter.h"
#include "tracebus/core/ids.h"
#include "tracebus/exporters/datadog/datadog_exporter.h"

namespace tracebus::testing {

inline constexpr std::int64_t kSpanEndNs = 1'749'479'521'243'439'700;

// Bytes that rise from first on.
template <class Id>
Id id_from(std::uint8_t first) {
  Id id;
  for (auto& byte : id.bytes) byte = first++;
  return id;
}

// The number in the last bytes, none of which is zero for numbers below 2^32.
template <class Id>
Id numbered_id(std::int64_t number) {
  Id id;
  for (std::size_t i = 0; i < 4; ++i) {
    id.bytes[id.bytes.size() - 1 - i] = static_cast<std::uint8_t>((number + 1) >> (8 * i));
  }
  return id;
}

// A span that is known by its number, of one of so many traces.
inline TraceEvent numbered_span(std::int64_t number, std::int64_t traces = 1,
                                std::string_view filling = {}) {
  TraceEvent event = {.timestamp = Timestamp::from_unix_ns(kSpanEndNs),
                      .event_type = "llm_call_end",
                      .agent_name = "bull",
                      .payload = {{"span.kind", "LLM"},
                                  {"span.status", "ok"},
                                  {"duration_ms", 1.5},
                                  {"span.name", "gpt-4o"},
                                  {"n", number},
                                  {"trace", number % traces}}};
  if (!filling.empty()) event.payload.add("filling", filling);
  event.ids.trace_id = numbered_id<TraceId>(number % traces);
  event.ids.span_id = numbered_id<SpanId>(number);
  return event;
}

// Sends to that address, with short waits between attempts. timeout: of exports that come to
// nothing.
inline DatadogOptions datadog_options(
    const std::string& url, std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
  DatadogOptions options;
  options.http.url = url;
  options.service = "shop";
  options.timeout = timeout;
  options.retry = {.initial_backoff = std::chrono::milliseconds(5),
                   .max_backoff = std::chrono::milliseconds(50)};
  return options;
}

inline ExportContext within_a_minute() {
  return {.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1), .stop = {}};
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_DATADOG_SPAN_MAKER_H_
