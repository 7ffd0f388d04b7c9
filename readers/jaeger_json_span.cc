// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string_view>

#include "tracebus/readers/json_span.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Jaeger counts in microseconds.
std::optional<std::int64_t> microseconds(const Value::Object& members, std::string_view key) {
  const Value* const value = member_of(members, key);
  if (value == nullptr) return std::nullopt;
  if (value->type() == ValueType::kInt64) return value->as_int64();
  if (value->type() == ValueType::kDouble) return static_cast<std::int64_t>(value->as_double());
  return std::nullopt;
}

std::optional<Timestamp> time_member(const Value::Object& members, std::string_view key) {
  const auto us = microseconds(members, key);
  if (!us) return std::nullopt;
  constexpr std::int64_t kMillion = 1'000'000;
  std::int64_t seconds = *us / kMillion;
  std::int64_t rest = *us % kMillion;
  if (rest < 0) {
    rest += kMillion;
    --seconds;
  }
  return Timestamp{seconds, static_cast<std::uint32_t>(rest * 1000)};
}

bool says_true(const Value& value) noexcept {
  if (value.type() == ValueType::kBool) return value.as_bool();
  return value.type() == ValueType::kString && value.as_string() == "true";
}

// Tags that OpenTelemetry's bridge has for what a span says of itself, and those of our own files
// (render/jaeger_json.h).
void take_tags(ReadSpan& span) {
  std::vector<Attribute> rest;
  for (Attribute& tag : span.attributes) {
    const std::string_view text =
        tag.value.type() == ValueType::kString ? tag.value.as_string() : std::string_view();
    if (tag.key == "error" && (says_true(tag.value) || text.empty())) {
      if (says_true(tag.value)) span.status = SpanStatus::kFailed;
    } else if (tag.key == "otel.status_code") {
      if (text == "ERROR") span.status = SpanStatus::kFailed;
      if (text == "OK") span.status = SpanStatus::kOk;
    } else if (tag.key == "status" && (text == "ok" || text == "error" || text == "unset")) {
      if (text == "error") span.status = SpanStatus::kFailed;
      if (text == "ok") span.status = SpanStatus::kOk;
    } else if (tag.key == "otel.status_description") {
      span.status_message = text;
    } else if (tag.key == "tracebus.kind" && !text.empty()) {
      span.kind = text;
    } else if (tag.key == "tracebus.agent" && !text.empty()) {
      span.agent_name = text;
    } else if (tag.key == "tracebus.pattern" && !text.empty()) {
      span.pattern_type = text;
    } else if (tag.key == "span.kind" && !span_kind_told(text)) {
      if (text != "internal") rest.push_back({"otel.span_kind", tag.value});
    } else {
      rest.push_back(std::move(tag));
    }
  }
  span.attributes = std::move(rest);
}

void read_logs(const Value& logs, ReadSpan& span) {
  if (logs.type() != ValueType::kArray) return;
  for (const Value& log : logs.as_array()) {
    if (log.type() != ValueType::kObject) continue;
    ReadSpanEvent& event = span.events.emplace_back();
    event.time = time_member(log.as_object(), "timestamp");
    std::vector<Attribute> fields;
    if (const Value* const list = member_of(log.as_object(), "fields")) {
      read_jaeger_tags(*list, fields);
    }
    for (Attribute& field : fields) {
      const bool is_name = field.key == "event" && field.value.type() == ValueType::kString;
      if (is_name && event.name.empty()) {
        event.name = field.value.as_string();
      } else {
        event.attributes.push_back(std::move(field));
      }
    }
  }
}

void read_references(const Value& references, ReadSpan& span) {
  if (references.type() != ValueType::kArray) return;
  for (const Value& each : references.as_array()) {
    if (each.type() != ValueType::kObject) continue;
    const Value::Object& reference = each.as_object();
    const std::string_view id = text_member(reference, "spanID");
    const bool is_first = span.ids.parent_span_id.is_none();
    if (text_member(reference, "refType") == "CHILD_OF" && is_first) {
      span.set_parent_span_id(id, true);
    } else {
      span.links.push_back(
          {.trace_id = std::string(text_member(reference, "traceID")), .span_id = std::string(id)});
    }
  }
}

}  // namespace

void read_jaeger_tags(const Value& tags, std::vector<Attribute>& attributes) {
  if (tags.type() != ValueType::kArray) return;
  for (const Value& tag : tags.as_array()) {
    if (tag.type() != ValueType::kObject) continue;
    const std::string_view key = text_member(tag.as_object(), "key");
    const Value* const value = member_of(tag.as_object(), "value");
    if (!key.empty() && value != nullptr) attributes.push_back({key, *value});
  }
}

void read_jaeger_span(const Value::Object& members, ReadSpan& span) {
  span.set_trace_id(text_member(members, "traceID"), true);
  span.set_span_id(text_member(members, "spanID"), true);
  if (const std::string_view parent = text_member(members, "parentSpanID"); !parent.empty()) {
    span.set_parent_span_id(parent, true);
  }
  if (const Value* const references = member_of(members, "references")) {
    read_references(*references, span);
  }
  span.name = text_member(members, "operationName");
  span.start = time_member(members, "startTime");
  if (const auto us = microseconds(members, "duration")) {
    span.duration_ms = static_cast<double>(*us) / 1e3;
  }
  if (const Value* const tags = member_of(members, "tags")) {
    read_jaeger_tags(*tags, span.attributes);
  }
  if (const Value* const logs = member_of(members, "logs")) read_logs(*logs, span);
  take_tags(span);
}

}  // namespace v1
}  // namespace tracebus
