// SPDX-License-Identifier: Apache-2.0
//
// Traces made of spans that a test describes, by way of the events that spans end with.
#ifndef TRACEBUS_TESTS_TRACE_MADE_TRACE_H_
#define TRACEBUS_TESTS_TRACE_MADE_TRACE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/core/value.h"
#include "tracebus/trace/trace_collector.h"

namespace tracebus::testing {

// 2026-06-16T09:00:00Z.
inline constexpr std::int64_t kEpochNs = 1'781'600'400'000'000'000;
inline constexpr std::int64_t kMillisecond = 1'000'000;

inline SpanId span_id(std::uint64_t number) {
  SpanId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(number >> (8 * (7 - i)));
  }
  return id;
}
inline TraceId trace_id(std::uint8_t number) {
  TraceId id;
  id.bytes.fill(number);
  return id;
}

struct MadeSpan {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;  // 0: none
  SpanKind kind = SpanKind::kAgent;
  std::string_view name = {};
  std::int64_t start_ms = 0;  // after kEpochNs
  double duration_ms = 0;
  std::string_view status = "ok";
  std::string_view message = {};
  Payload attributes = {};
  bool open = false;
};

inline TraceEvent event_of(const MadeSpan& span, TraceId trace = trace_id(0xab)) {
  TraceEvent event;
  const SpanKindEntry& entry = entry_of(span.kind);
  const auto duration_ns = static_cast<std::int64_t>(span.duration_ms * 1e6);
  const std::int64_t start_ns = kEpochNs + span.start_ms * kMillisecond;
  event.timestamp = Timestamp::from_unix_ns(span.open ? start_ns : start_ns + duration_ns);
  event.event_type = span.open                ? entry.start.name()
                     : span.status == "error" ? entry.error.name()
                                              : entry.end.name();
  if (span.kind == SpanKind::kAgent) event.agent_name = span.name;
  event.ids = {.run_id = RunId{trace.bytes},
               .trace_id = trace,
               .span_id = span_id(span.id),
               .parent_span_id = span_id(span.parent)};
  event.payload.add("span.name", span.name);
  event.payload.add("span.kind", to_string(span.kind));
  if (!span.open) {
    event.payload.add("span.status", span.status);
    event.payload.add("duration_ms", span.duration_ms);
  }
  if (!span.message.empty()) event.payload.add("span.status_message", span.message);
  for (const Attribute& attribute : span.attributes) event.payload.add(attribute);
  return event;
}

inline Trace made_trace(const std::vector<MadeSpan>& spans) {
  TraceCollector collector({.bytes_max = ~std::size_t{0}});
  for (const MadeSpan& span : spans) collector.add(event_of(span));
  return collector.latest();
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TRACE_MADE_TRACE_H_
