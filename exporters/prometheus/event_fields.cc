// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/event_fields.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>

#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {
namespace {

enum class Field : std::uint8_t {
  kDuration,
  kStatus,
  kSuccess,
  kErrorType,
  kOperation,
  kTool,
  kEvents
};
constexpr std::size_t kFields = 7;

struct Alias {
  std::string_view key;
  Field field;
  double seconds = 0;  // in one of its unit
};

// Ours, the seeds', and OpenTelemetry's. For each field those that count first come first.
constexpr Alias kAliases[] = {
    {"duration_ms", Field::kDuration, 1e-3},
    {"duration_seconds", Field::kDuration, 1},
    {"duration_s", Field::kDuration, 1},
    {"latency_ms", Field::kDuration, 1e-3},
    {"span.status", Field::kStatus},
    {"success", Field::kSuccess},
    {"tool.success", Field::kSuccess},
    {"exo.tool.step.success", Field::kSuccess},
    {"exo.agent.run.success", Field::kSuccess},
    {"error_type", Field::kErrorType},
    {"error.type", Field::kErrorType},
    {"exception.type", Field::kErrorType},
    {"operation", Field::kOperation},
    {"gen_ai.operation.name", Field::kOperation},
    {"tool_name", Field::kTool},
    {"tool.name", Field::kTool},
    {"gen_ai.tool.name", Field::kTool},
    {"exo.tool.name", Field::kTool},
    {"tool", Field::kTool},
    {"span.name", Field::kTool},
    {"span.events", Field::kEvents},
};

std::string_view text_of(const ValueView& value) noexcept {
  return value.type() == ValueType::kString ? value.as_string() : std::string_view();
}

void read_duration(const ValueView& value, double unit_seconds, EventFields& fields) noexcept {
  fields.has_duration = fields.has_bad_duration = false;  // of a key that counts less
  if (value.is_null()) return;
  const double seconds = value.is_number() ? value.to_double() * unit_seconds : std::nan("");
  if (!(seconds >= 0 && seconds <= EventFields::kDurationSecondsMax)) {
    fields.has_bad_duration = true;
    return;
  }
  // Milliseconds times 1e6 rather than seconds times 1e9: one rounding less.
  const double ns = value.to_double() * (unit_seconds == 1 ? 1e9 : 1e6);
  fields.duration_ns = static_cast<std::uint64_t>(std::llround(ns));
  fields.has_duration = true;
}

void read_field(const Alias& alias, const ValueView& value, EventFields& fields) noexcept {
  switch (alias.field) {
    case Field::kDuration:
      return read_duration(value, alias.seconds, fields);
    case Field::kStatus:
      fields.failed |= text_of(value) == to_string(SpanStatus::kFailed);
      return;
    case Field::kSuccess:
      fields.failed |= value.type() == ValueType::kBool && !value.as_bool();
      return;
    case Field::kErrorType:
      fields.error_type = text_of(value);
      return;
    case Field::kOperation:
      fields.operation = text_of(value);
      return;
    case Field::kTool:
      fields.tool = text_of(value);
      return;
    case Field::kEvents:
      fields.span_events = value;
      return;
  }
}

// The last member called key; null if there is none.
ValueView member_of(const ValueView& object, std::string_view key) noexcept {
  ValueView found;
  if (object.type() != ValueType::kObject) return found;
  for (const AttributeView& member : object.as_object()) {
    if (member.key == key) found = member.value;
  }
  return found;
}

}  // namespace

std::string_view exception_type_in(const ValueView& span_events) noexcept {
  if (span_events.type() != ValueType::kArray) return {};
  for (const ValueView& event : span_events.as_array()) {
    if (text_of(member_of(event, "name")) != "exception") continue;
    return text_of(member_of(member_of(event, "attributes"), "exception.type"));
  }
  return {};
}

EventFieldReader::EventFieldReader() {
  for (std::size_t i = 0; i < std::size(kAliases); ++i) {
    const std::size_t number = AttributeKey::registered(kAliases[i].key).number();
    if (number >= alias_of_key_.size()) alias_of_key_.resize(number + 1);
    if (number != 0) alias_of_key_[number] = static_cast<std::uint8_t>(i + 1);
  }
}

EventFields EventFieldReader::read(const EventView& event) const noexcept {
  EventFields fields;
  std::array<std::uint8_t, kFields> taken{};  // by field: the alias that counts, from 1
  std::uint8_t alias = 0;
  const auto wants = [&](AttributeKey key, std::string_view text) {
    // An event from before the keys were registered carries them as text.
    const std::size_t number = (key.is_registered() ? key : AttributeKey::find(text)).number();
    alias = number < alias_of_key_.size() ? alias_of_key_[number] : std::uint8_t{0};
    return alias != 0;
  };
  event.payload().each_by_key(wants, [&](AttributeKey, const ValueView& value) {
    const Alias& known = kAliases[alias - 1];
    std::uint8_t& by = taken[static_cast<std::size_t>(known.field)];
    if (by != 0 && alias > by) return;
    by = alias;
    read_field(known, value, fields);
  });
  return fields;
}

}  // namespace v1
}  // namespace tracebus
