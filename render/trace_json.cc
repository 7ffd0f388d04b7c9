// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/trace_json.h"

#include <cstdint>
#include <string_view>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/render/span_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

// As Python's datetime.isoformat: without a fraction where there are no microseconds.
void append_time(std::string& out, std::int64_t time_ns) {
  const Timestamp time = Timestamp::from_unix_ns(time_ns);
  char text[kTimestampTextMax + 16];
  const std::size_t length = format_iso8601(time, time.nanoseconds < 1000 ? 0 : 6, text);
  out += '"';
  out.append(text, length - 1);  // without the Z
  out += '"';
}

void append_attributes(std::string& out, const std::vector<AttributeView>& attributes,
                       std::string_view description) {
  append_json_key(out, "attributes");
  out += '{';
  for (const AttributeView& attribute : attributes) {
    if (!description.empty() && attribute.key == "status_description") continue;
    append_json_key(out, attribute.key);
    append_json_value(out, attribute.value);
  }
  if (!description.empty()) append_json_member(out, "status_description", description);
  out += '}';
}

void append_events(std::string& out, const TraceSpan& span) {
  append_json_key(out, "events");
  out += '[';
  span.each_event([&](const SpanEventView& event) {
    append_json_comma(out);
    out += '{';
    append_json_member(out, "name", event.name);
    append_json_key(out, "timestamp");
    append_time(out, event.time_ns);
    append_attributes(out, attributes_of(event.attributes), {});
    out += '}';
  });
  out += ']';
}

void append_parent(std::string& out, const TraceSpan& span) {
  append_json_key(out, "parent_span_id");
  if (span.parent_span_id()) {
    append_json_string(out, span.parent_span_id_text());
  } else {
    out += "null";
  }
}

void append_span(std::string& out, const TraceSpan& span) {
  append_json_comma(out);
  out += '{';
  append_json_member(out, "span_id", span.span_id_text());
  append_parent(out, span);
  append_json_member(out, "name", span.name());
  append_json_key(out, "start_time");
  append_time(out, span.start_ns());
  append_json_key(out, "end_time");
  if (span.is_open()) {
    out += "null";
  } else {
    append_time(out, span.end_ns());
  }
  append_json_key(out, "duration_ms");
  if (span.is_open()) {
    out += "null";
  } else {
    append_json_double(out, static_cast<double>(span.duration_ns()) / 1e6);
  }
  append_json_member(out, "status", to_string(span.status()));
  append_attributes(out, attributes_of(span), span.status_message());
  append_events(out, span);
  out += '}';
}

}  // namespace

std::string to_json(const Trace& trace) {
  std::string out = "{";
  append_json_member(out, "trace_id", trace.trace_id_text());
  append_json_key(out, "spans");
  out += '[';
  for (const auto& span : trace.spans()) append_span(out, *span);
  out += "]}";
  return out;
}

}  // namespace v1
}  // namespace tracebus
