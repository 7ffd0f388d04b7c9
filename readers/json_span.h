// SPDX-License-Identifier: Apache-2.0
//
// A span that is one JSON object, as OTLP, Jaeger, and others in words of their own say it.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_READERS_JSON_SPAN_H_
#define TRACEBUS_READERS_JSON_SPAN_H_

#include <string_view>

#include "tracebus/core/value.h"
#include "tracebus/readers/read_span.h"

namespace tracebus {
inline namespace v1 {

// Whether members are those of a span rather than of an event or of something else.
bool looks_like_span(const Value::Object& members) noexcept;

// Each of the following adds what the object says to the span, which borrows from it. What says
// nothing of the span itself becomes an attribute.

// In anybody's words: trace_id, traceId; start_time, startedAt; duration_ms; tokens; status ...
// (the tutorial's, agent-inspect's, raaf's, OpenTelemetry's console, and files like them).
void read_told_span(const Value::Object& members, ReadSpan& span);

// opentelemetry-proto, trace/v1/trace.proto, in its JSON mapping; enums by number or by name.
void read_otlp_span(const Value::Object& members, ReadSpan& span);
// The {key, value} pairs of OTLP.
void read_otlp_attributes(const Value& pairs, std::vector<Attribute>& attributes);
// Nanoseconds since 1970, as a number or a text; zero says that there is no time.
std::optional<Timestamp> otlp_time(const Value& value) noexcept;
// An AnyValue: {"stringValue": ...}.
Value otlp_value(const Value& any);

// Jaeger UI's; tags and logs are lists of {key, value}.
void read_jaeger_span(const Value::Object& members, ReadSpan& span);
void read_jaeger_tags(const Value& tags, std::vector<Attribute>& attributes);

// The member of that key, the last one if there are several; null if there is none.
const Value* member_of(const Value::Object& members, std::string_view key) noexcept;
// Empty if it is no text.
std::string_view text_member(const Value::Object& members, std::string_view key) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_JSON_SPAN_H_
