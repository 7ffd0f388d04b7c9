// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/readers/json_span.h"
#include "tracebus/readers/told_time.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Integers of 64 bits are texts in JSON; both are accepted.
std::optional<std::int64_t> integer_of(const Value& value) noexcept {
  if (value.type() == ValueType::kInt64) return value.as_int64();
  if (value.type() == ValueType::kDouble) return static_cast<std::int64_t>(value.as_double());
  if (value.type() != ValueType::kString) return std::nullopt;
  const std::string_view text = value.as_string();
  std::int64_t integer = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return integer;
}

std::int64_t integer_member(const Value::Object& members, std::string_view key) noexcept {
  const Value* const value = member_of(members, key);
  return value == nullptr ? 0 : integer_of(*value).value_or(0);
}

std::optional<Timestamp> time_member(const Value::Object& members, std::string_view key) noexcept {
  const Value* const value = member_of(members, key);
  return value == nullptr ? std::nullopt : otlp_time(*value);
}

const Value::Array& array_member(const Value::Object& members, std::string_view key) {
  static const Value::Array kNone;
  const Value* const value = member_of(members, key);
  return value != nullptr && value->type() == ValueType::kArray ? value->as_array() : kNone;
}

void read_attributes(const Value::Object& members, std::vector<Attribute>& attributes) {
  if (const Value* const pairs = member_of(members, "attributes")) {
    read_otlp_attributes(*pairs, attributes);
  }
}

SpanStatus status_of(const Value& code) noexcept {
  if (code.type() == ValueType::kString) {
    if (code.as_string() == "STATUS_CODE_ERROR") return SpanStatus::kFailed;
    if (code.as_string() == "STATUS_CODE_OK") return SpanStatus::kOk;
  }
  const std::int64_t number = integer_of(code).value_or(0);
  return number == 2 ? SpanStatus::kFailed : number == 1 ? SpanStatus::kOk : SpanStatus::kUnset;
}

// What calls another process or is called by one; else empty.
std::string_view client_or_server(const Value& kind) noexcept {
  constexpr std::string_view kNames[] = {"", "", "server", "client", "producer", "consumer"};
  if (kind.type() == ValueType::kString) {
    for (std::size_t i = 2; i < std::size(kNames); ++i) {
      constexpr std::string_view kPrefix = "SPAN_KIND_";
      std::string_view name = kind.as_string();
      if (!name.starts_with(kPrefix)) return {};
      name.remove_prefix(kPrefix.size());
      const bool is_same = std::equal(name.begin(), name.end(), kNames[i].begin(), kNames[i].end(),
                                      [](char a, char b) { return a + 32 == b; });
      if (is_same) return kNames[i];
    }
    return {};
  }
  const auto number = static_cast<std::size_t>(integer_of(kind).value_or(0));
  return number < std::size(kNames) ? kNames[number] : std::string_view();
}

ReadSpanEvent event_of(const Value::Object& members) {
  ReadSpanEvent event{.time = time_member(members, "timeUnixNano"),
                      .name = text_member(members, "name")};
  read_attributes(members, event.attributes);
  return event;
}

ReadSpanLink link_of(const Value::Object& members) {
  ReadSpanLink link{.trace_id = std::string(text_member(members, "traceId")),
                    .span_id = std::string(text_member(members, "spanId"))};
  read_attributes(members, link.attributes);
  return link;
}

}  // namespace

std::optional<Timestamp> otlp_time(const Value& value) noexcept {
  const std::int64_t unix_ns = integer_of(value).value_or(0);
  if (unix_ns == 0) return std::nullopt;
  return Timestamp::from_unix_ns(unix_ns);
}

Value otlp_value(const Value& any) {
  if (any.type() != ValueType::kObject || any.as_object().empty()) return {};
  const auto& [kind, value] = any.as_object().back();
  if (kind == "stringValue" || kind == "boolValue" || kind == "bytesValue") return value;
  if (kind == "intValue") {
    if (const auto integer = integer_of(value)) return *integer;
    return value;
  }
  if (kind == "doubleValue") return value;  // "NaN" and the infinities are texts
  if (value.type() != ValueType::kObject) return {};
  if (kind == "arrayValue") {
    std::vector<Value> items;
    for (const Value& item : array_member(value.as_object(), "values")) {
      items.push_back(otlp_value(item));
    }
    return Value::array(std::move(items));
  }
  if (kind == "kvlistValue") {
    std::vector<Attribute> members;
    if (const Value* const pairs = member_of(value.as_object(), "values")) {
      read_otlp_attributes(*pairs, members);
    }
    return Value::object(std::move(members));
  }
  return {};
}

void read_otlp_attributes(const Value& pairs, std::vector<Attribute>& attributes) {
  if (pairs.type() != ValueType::kArray) return;
  for (const Value& pair : pairs.as_array()) {
    if (pair.type() != ValueType::kObject) continue;
    const std::string_view key = text_member(pair.as_object(), "key");
    const Value* const value = member_of(pair.as_object(), "value");
    if (key.empty() || value == nullptr) continue;
    attributes.push_back({key, otlp_value(*value)});
  }
}

void read_otlp_span(const Value::Object& members, ReadSpan& span) {
  span.set_trace_id(text_member(members, "traceId"));
  span.set_span_id(text_member(members, "spanId"));
  span.set_parent_span_id(text_member(members, "parentSpanId"));
  span.name = text_member(members, "name");
  span.start = time_member(members, "startTimeUnixNano");
  span.end = time_member(members, "endTimeUnixNano");
  read_attributes(members, span.attributes);
  if (const Value* const kind = member_of(members, "kind")) {
    const std::string_view word = client_or_server(*kind);
    if (!word.empty()) span.attributes.push_back({"otel.span_kind", word});
  }
  if (const std::string_view state = text_member(members, "traceState"); !state.empty()) {
    span.attributes.push_back({"otel.trace_state", state});
  }
  if (const Value* const status = member_of(members, "status");
      status != nullptr && status->type() == ValueType::kObject) {
    span.status_message = text_member(status->as_object(), "message");
    if (const Value* const code = member_of(status->as_object(), "code")) {
      span.status = status_of(*code);
    }
  }
  for (const Value& each : array_member(members, "events")) {
    if (each.type() == ValueType::kObject) span.events.push_back(event_of(each.as_object()));
  }
  for (const Value& each : array_member(members, "links")) {
    if (each.type() == ValueType::kObject) span.links.push_back(link_of(each.as_object()));
  }
  const auto count = [&](std::string_view key) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(integer_member(members, key), 0));
  };
  span.dropped_attributes = count("droppedAttributesCount");
  span.dropped_events = count("droppedEventsCount");
  span.dropped_links = count("droppedLinksCount");
}

}  // namespace v1
}  // namespace tracebus
