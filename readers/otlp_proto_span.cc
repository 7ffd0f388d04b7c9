// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/otlp_proto_span.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Type = WireField::Type;

// A field that has to be of a type, and may be a message itself.
struct Field {
  std::uint32_t number;
  Type type;
  std::optional<OtlpMessage> message = {};
};
constexpr Field bytes(std::uint32_t number) { return {number, Type::kBytes}; }
constexpr Field varint(std::uint32_t number) { return {number, Type::kVarint}; }
constexpr Field fixed64(std::uint32_t number) { return {number, Type::kFixed64}; }
constexpr Field of(std::uint32_t number, OtlpMessage message) {
  return {number, Type::kBytes, message};
}

constexpr Field kTracesData[] = {of(1, OtlpMessage::kResourceSpans)};
constexpr Field kResourceSpans[] = {of(1, OtlpMessage::kResource), of(2, OtlpMessage::kScopeSpans)};
constexpr Field kScopeSpans[] = {of(1, OtlpMessage::kScope), of(2, OtlpMessage::kSpan)};
constexpr Field kSpan[] = {bytes(1),
                           bytes(2),
                           bytes(3),
                           bytes(4),
                           bytes(5),
                           varint(6),
                           fixed64(7),
                           fixed64(8),
                           of(9, OtlpMessage::kKeyValue),
                           varint(10),
                           varint(12),
                           of(11, OtlpMessage::kEvent),
                           varint(14),
                           of(13, OtlpMessage::kLink),
                           of(15, OtlpMessage::kStatus)};
constexpr Field kEvent[] = {fixed64(1), bytes(2), of(3, OtlpMessage::kKeyValue)};
constexpr Field kLink[] = {bytes(1), bytes(2), of(4, OtlpMessage::kKeyValue)};
constexpr Field kStatus[] = {bytes(2), varint(3)};
constexpr Field kLogsData[] = {of(1, OtlpMessage::kResourceLogs)};
constexpr Field kResourceLogs[] = {of(1, OtlpMessage::kResource), of(2, OtlpMessage::kScopeLogs)};
constexpr Field kScopeLogs[] = {of(1, OtlpMessage::kScope), of(2, OtlpMessage::kLogRecord)};
constexpr Field kLogRecord[] = {fixed64(1),
                                bytes(3),
                                of(5, OtlpMessage::kAnyValue),
                                of(6, OtlpMessage::kKeyValue),
                                bytes(9),
                                bytes(10),
                                fixed64(11),
                                bytes(12)};
constexpr Field kResource[] = {of(1, OtlpMessage::kKeyValue)};
constexpr Field kScope[] = {bytes(1), bytes(2)};
constexpr Field kKeyValue[] = {bytes(1), of(2, OtlpMessage::kAnyValue)};
constexpr Field kAnyValue[] = {bytes(1),
                               varint(2),
                               varint(3),
                               fixed64(4),
                               of(5, OtlpMessage::kArrayValue),
                               of(6, OtlpMessage::kKeyValueList),
                               bytes(7)};
constexpr Field kArrayValue[] = {of(1, OtlpMessage::kAnyValue)};
constexpr Field kKeyValueList[] = {of(1, OtlpMessage::kKeyValue)};

// By OtlpMessage.
constexpr std::span<const Field> kFields[] = {
    kTracesData, kResourceSpans, kScopeSpans,   kSpan,       kEvent,       kLink,
    kStatus,     kLogsData,      kResourceLogs, kScopeLogs,  kLogRecord,   kResource,
    kScope,      kKeyValue,      kAnyValue,     kArrayValue, kKeyValueList};

// An array or an object in a value is two messages; before the first come five others.
constexpr int kDepthMax = 2 * static_cast<int>(kValueDepthMax) + 8;

const char* find_fault(OtlpMessage message, std::string_view text, int depth) noexcept {
  if (depth > kDepthMax) return text.data();
  const std::span<const Field> known = kFields[static_cast<std::size_t>(message)];
  WireReader fields(text);
  const char* last = text.data();
  for (WireField field; fields.next(field);) {
    last = field.at;
    const auto found = std::ranges::find(known, field.number, &Field::number);
    if (found == known.end()) continue;
    if (found->type != field.type) return field.at;
    if (!found->message) continue;
    if (const char* const fault = find_fault(*found->message, field.bytes, depth + 1)) return fault;
  }
  return fields.is_damaged() ? last : nullptr;
}

Value value_of(std::string_view message);

Attribute attribute_of(std::string_view message) {
  Attribute attribute;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == 1) attribute.key = field.bytes;
    if (field.number == 2) attribute.value = value_of(field.bytes);
  }
  return attribute;
}

Value array_of(std::string_view message) {
  std::vector<Value> items;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == 1) items.push_back(value_of(field.bytes));
  }
  return Value::array(std::move(items));
}

Value object_of(std::string_view message) {
  std::vector<Attribute> members;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == 1) members.push_back(attribute_of(field.bytes));
  }
  return Value::object(std::move(members));
}

Value value_of(std::string_view message) {
  Value value;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    switch (field.number) {
      case 1:
        value = field.bytes;
        break;
      case 2:
        value = field.word != 0;
        break;
      case 3:
        value = static_cast<std::int64_t>(field.word);
        break;
      case 4:
        value = std::bit_cast<double>(field.word);
        break;
      case 5:
        value = array_of(field.bytes);
        break;
      case 6:
        value = object_of(field.bytes);
        break;
      case 7:
        value = Bytes(reinterpret_cast<const std::byte*>(field.bytes.data()), field.bytes.size());
        break;
      default:
        break;
    }
  }
  return value;
}

std::optional<Timestamp> time_of(std::uint64_t unix_ns) noexcept {
  if (unix_ns == 0) return std::nullopt;
  constexpr std::uint64_t kBillion = 1'000'000'000;
  return Timestamp{static_cast<std::int64_t>(unix_ns / kBillion),
                   static_cast<std::uint32_t>(unix_ns % kBillion)};
}

template <class Id>
void set_id(std::string_view text, Id& id) noexcept {
  if (text.size() != sizeof id.bytes) return;
  std::memcpy(id.bytes.data(), text.data(), sizeof id.bytes);
}

template <class Id>
std::string hex_of(std::string_view text) {
  Id id;
  set_id(text, id);
  return id.hex();
}

ReadSpanEvent event_of(std::string_view message) {
  ReadSpanEvent event;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == 1) event.time = time_of(field.word);
    if (field.number == 2) event.name = field.bytes;
    if (field.number == 3) event.attributes.push_back(attribute_of(field.bytes));
  }
  return event;
}

ReadSpanLink link_of(std::string_view message) {
  ReadSpanLink link;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == 1) link.trace_id = hex_of<TraceId>(field.bytes);
    if (field.number == 2) link.span_id = hex_of<SpanId>(field.bytes);
    if (field.number == 4) link.attributes.push_back(attribute_of(field.bytes));
  }
  return link;
}

void read_status(std::string_view message, ReadSpan& span) noexcept {
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == 2) span.status_message = field.bytes;
    if (field.number != 3) continue;
    span.status = field.word == 2   ? SpanStatus::kFailed
                  : field.word == 1 ? SpanStatus::kOk
                                    : SpanStatus::kUnset;
  }
}

std::string_view client_or_server(std::uint64_t kind) noexcept {
  constexpr std::string_view kNames[] = {"", "", "server", "client", "producer", "consumer"};
  return kind < std::size(kNames) ? kNames[kind] : std::string_view();
}

}  // namespace

std::optional<const char*> fault_in(OtlpMessage message, std::string_view text) noexcept {
  const char* const fault = find_fault(message, text, 0);
  return fault == nullptr ? std::nullopt : std::optional(fault);
}

void read_otlp_resource(std::string_view message, std::vector<Attribute>& attributes) {
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == 1) attributes.push_back(attribute_of(field.bytes));
  }
}

OtlpScope read_otlp_scope(std::string_view message) noexcept {
  OtlpScope scope;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number == 1) scope.name = field.bytes;
    if (field.number == 2) scope.version = field.bytes;
  }
  return scope;
}

void set_otlp_id(const WireField& field, ReadSpan& span) noexcept {
  if (field.number == 1) set_id(field.bytes, span.ids.trace_id);
  if (field.number == 2) set_id(field.bytes, span.ids.span_id);
}

void read_otlp_span(std::string_view message, ReadSpan& span) {
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    switch (field.number) {
      case 1:
      case 2:
        set_otlp_id(field, span);
        break;
      case 3:
        if (!field.bytes.empty()) span.attributes.push_back({"otel.trace_state", field.bytes});
        break;
      case 4:
        set_id(field.bytes, span.ids.parent_span_id);
        break;
      case 5:
        span.name = field.bytes;
        break;
      case 6:
        if (const auto word = client_or_server(field.word); !word.empty()) {
          span.attributes.push_back({"otel.span_kind", word});
        }
        break;
      case 7:
        span.start = time_of(field.word);
        break;
      case 8:
        span.end = time_of(field.word);
        break;
      case 9:
        span.attributes.push_back(attribute_of(field.bytes));
        break;
      case 10:
        span.dropped_attributes = field.word;
        break;
      case 11:
        span.events.push_back(event_of(field.bytes));
        break;
      case 12:
        span.dropped_events = field.word;
        break;
      case 13:
        span.links.push_back(link_of(field.bytes));
        break;
      case 14:
        span.dropped_links = field.word;
        break;
      case 15:
        read_status(field.bytes, span);
        break;
      default:
        break;
    }
  }
}

void read_otlp_log(std::string_view message, ReadLog& log) {
  std::optional<Timestamp> observed;
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    switch (field.number) {
      case 1:
        log.time = time_of(field.word);
        break;
      case 3:
        log.severity = field.bytes;
        break;
      case 5:
        log.body = value_of(field.bytes);
        break;
      case 6:
        log.told.attributes.push_back(attribute_of(field.bytes));
        break;
      case 9:
        set_id(field.bytes, log.told.ids.trace_id);
        break;
      case 10:
        set_id(field.bytes, log.told.ids.span_id);
        break;
      case 11:
        observed = time_of(field.word);
        break;
      case 12:
        log.event_name = field.bytes;
        break;
      default:
        break;
    }
  }
  if (!log.time) log.time = observed;
}

}  // namespace v1
}  // namespace tracebus
