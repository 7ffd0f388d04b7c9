// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/jaeger_json.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tracebus/core/json_writer.h"
#include "tracebus/render/services.h"
#include "tracebus/render/span_json.h"
#include "tracebus/render/text_parts.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kMicrosecond = 1000;

std::int64_t microseconds_of(std::int64_t time_ns) noexcept {
  const std::int64_t whole = time_ns / kMicrosecond;
  return time_ns % kMicrosecond < 0 ? whole - 1 : whole;
}

std::int64_t rounded_microseconds(std::int64_t duration_ns) noexcept {
  return duration_ns / kMicrosecond + (duration_ns % kMicrosecond >= kMicrosecond / 2 ? 1 : 0);
}

void append_number(std::string& out, std::string_view key, std::int64_t value) {
  append_json_key(out, key);
  append_json_int64(out, value);
}

void append_string_tag(std::string& out, std::string_view key, std::string_view value) {
  append_json_comma(out);
  out += '{';
  append_json_member(out, "key", key);
  append_json_member(out, "type", "string");
  append_json_member(out, "value", value);
  out += '}';
}

void append_typed_tag(std::string& out, const AttributeView& attribute, std::string_view type) {
  append_json_comma(out);
  out += '{';
  append_json_member(out, "key", attribute.key);
  append_json_member(out, "type", type);
  append_json_key(out, "value");
  append_json_value(out, attribute.value);
  out += '}';
}

void append_tag(std::string& out, const AttributeView& attribute) {
  switch (attribute.value.type()) {
    case ValueType::kBool:
      return append_typed_tag(out, attribute, "bool");
    case ValueType::kInt64:
      return append_typed_tag(out, attribute, "int64");
    case ValueType::kDouble:
      if (std::isfinite(attribute.value.as_double())) {
        return append_typed_tag(out, attribute, "float64");
      }
      break;
    case ValueType::kString:
      return append_typed_tag(out, attribute, "string");
    case ValueType::kBytes:
      return append_typed_tag(out, attribute, "binary");
    default:
      break;
  }
  std::string json;
  append_json_value(json, attribute.value);
  append_string_tag(out, attribute.key, json);
}

void append_reference(std::string& out, std::string_view type, TraceId trace, SpanId span) {
  append_json_comma(out);
  out += '{';
  append_json_member(out, "refType", type);
  append_json_member(out, "traceID", trace.hex());
  append_json_member(out, "spanID", span.hex());
  out += '}';
}

void append_references(std::string& out, const TraceSpan& span, TraceId trace, TracePlace place) {
  append_json_key(out, "references");
  out += '[';
  const bool has_parent = span.parent_span_id() && place != TracePlace::kCycle;
  if (has_parent) append_reference(out, "CHILD_OF", trace, span.parent_span_id());
  span.each_link([&](const SpanLinkView& link) {
    const std::optional<TraceId> to_trace = TraceId::from_hex(link.trace_id);
    const std::optional<SpanId> to_span = SpanId::from_hex(link.span_id);
    if (!to_trace || !to_span || (!has_parent && *to_trace == trace)) return;
    append_reference(out, "FOLLOWS_FROM", *to_trace, *to_span);
  });
  out += ']';
}

void append_tags(std::string& out, const TraceSpan& span, const SpanFigures& own) {
  append_json_key(out, "tags");
  out += '[';
  for (const AttributeView& attribute : attributes_of(span, own)) append_tag(out, attribute);
  append_string_tag(out, "tracebus.kind", to_string(span.kind()));
  if (!span.agent_name().empty()) append_string_tag(out, "tracebus.agent", span.agent_name());
  if (!span.pattern_type().empty()) {
    append_string_tag(out, "tracebus.pattern", span.pattern_type());
  }
  if (span.status() == SpanStatus::kOk) append_string_tag(out, "otel.status_code", "OK");
  if (span.status() == SpanStatus::kFailed) {
    append_tag(out, {"error", ValueView::of_bool(true)});
    append_string_tag(out, "otel.status_code", "ERROR");
  }
  if (!span.status_message().empty()) {
    append_string_tag(out, "otel.status_description", span.status_message());
  }
  out += ']';
}

void append_logs(std::string& out, const TraceSpan& span) {
  append_json_key(out, "logs");
  out += '[';
  span.each_event([&](const SpanEventView& event) {
    append_json_comma(out);
    out += '{';
    append_number(out, "timestamp", microseconds_of(event.time_ns));
    append_json_key(out, "fields");
    out += '[';
    append_string_tag(out, "event", event.name);
    for (const AttributeView& attribute : attributes_of(event.attributes)) {
      append_tag(out, attribute);
    }
    out += "]}";
  });
  out += ']';
}

void append_warnings(std::string& out, const TraceSpan& span, TracePlace place) {
  std::string oddities;
  append_oddities(oddities, span, place);
  if (oddities.empty()) return;
  append_json_key(out, "warnings");
  out += '[';
  append_json_string(out, std::string_view(oddities).substr(1));
  out += ']';
}

std::string process_of(std::size_t service) { return "p" + std::to_string(service + 1); }

void append_processes(std::string& out, const Services& services) {
  append_json_key(out, "processes");
  out += '{';
  for (std::size_t i = 0; i < services.names().size(); ++i) {
    append_json_key(out, process_of(i));
    out += '{';
    append_json_member(out, "serviceName", services.names()[i]);
    append_json_key(out, "tags");
    out += "[]}";
  }
  out += '}';
}

void append_trace(std::string& out, const Trace& trace) {
  const TraceTree tree = trace.get_span_tree();
  const Services services(trace, tree);
  const TraceId id = trace.trace_id();
  append_json_comma(out);
  out += '{';
  append_json_member(out, "traceID", id.hex());
  append_json_key(out, "spans");
  out += '[';
  for (std::size_t i = 0; i < tree.nodes().size(); ++i) {
    const TraceNode& node = tree.nodes()[i];
    const TraceSpan& span = tree.span_of(node);
    append_json_comma(out);
    out += '{';
    append_json_member(out, "traceID", id.hex());
    append_json_member(out, "spanID", span.span_id().hex());
    append_json_member(out, "operationName", span.name());
    append_references(out, span, id, node.place);
    append_number(out, "startTime", microseconds_of(span.start_ns()));
    append_number(out, "duration", rounded_microseconds(span.duration_ns()));
    append_tags(out, span, node.own);
    append_logs(out, span);
    append_json_member(out, "processID", process_of(services.of_node(i)));
    append_warnings(out, span, node.place);
    out += '}';
  }
  out += ']';
  append_processes(out, services);
  out += '}';
}

}  // namespace

std::string to_jaeger_format(const Trace& trace) { return to_jaeger_format({&trace, 1}); }

std::string to_jaeger_format(std::span<const Trace> traces) {
  std::string out = "{";
  append_json_key(out, "data");
  out += '[';
  for (const Trace& trace : traces) append_trace(out, trace);
  out += "]}";
  return out;
}

}  // namespace v1
}  // namespace tracebus
