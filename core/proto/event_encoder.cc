// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/proto/event_encoder.h"

#include <bit>
#include <cstring>
#include <string_view>

#include "tracebus/core/name.h"
#include "tracebus/core/proto/proto_file_format.h"
#include "tracebus/core/protobuf_wire.h"
#include "tracebus/core/record_layout.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {
namespace {

// The numbers of event.proto. Those of text that is not valid UTF-8 follow their twin's.
constexpr std::uint32_t kTimestamp = bytes_tag(1);
constexpr std::uint32_t kEventType = bytes_tag(2);
constexpr std::uint32_t kAgentName = bytes_tag(3);
constexpr std::uint32_t kPatternType = bytes_tag(4);
constexpr std::uint32_t kPayload = bytes_tag(5);
constexpr std::uint32_t kRunId = bytes_tag(6);
constexpr std::uint32_t kTraceId = bytes_tag(7);
constexpr std::uint32_t kSpanId = bytes_tag(8);
constexpr std::uint32_t kParentSpanId = bytes_tag(9);
constexpr std::uint32_t kOrigin = bytes_tag(10);
constexpr std::uint32_t kForeignIds = bytes_tag(11);
constexpr std::uint32_t kRawEventType = bytes_tag(16);
constexpr std::uint32_t kRawAgentName = bytes_tag(17);
constexpr std::uint32_t kRawPatternType = bytes_tag(18);

constexpr std::uint32_t kSeconds = varint_tag(1);
constexpr std::uint32_t kNanos = varint_tag(2);
constexpr std::uint32_t kInstance = fixed64_tag(1);
constexpr std::uint32_t kProducer = varint_tag(2);
constexpr std::uint32_t kSequence = varint_tag(3);
constexpr std::uint32_t kKey = bytes_tag(1);
constexpr std::uint32_t kKeyedValue = bytes_tag(2);
constexpr std::uint32_t kRawKey = bytes_tag(3);
constexpr std::uint32_t kElement = bytes_tag(1);  // of an array or an object

constexpr std::uint32_t kBool = varint_tag(1);
constexpr std::uint32_t kInt = varint_tag(2);
constexpr std::uint32_t kDouble = fixed64_tag(3);
constexpr std::uint32_t kString = bytes_tag(4);
constexpr std::uint32_t kBytes = bytes_tag(5);
constexpr std::uint32_t kArray = bytes_tag(6);
constexpr std::uint32_t kObject = bytes_tag(7);
constexpr std::uint32_t kRawString = bytes_tag(8);

constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

// A number of proto3: zero is left out.
char* write_number(char* out, std::uint32_t field, std::uint64_t value) noexcept {
  return value == 0 ? out : write_varint(write_varint(out, field), value);
}

template <class Id>
char* write_id(char* out, std::uint32_t field, const Id& id) noexcept {
  if (id.is_none()) return out;
  out = write_bytes_head(out, field, id.bytes.size());
  std::memcpy(out, id.bytes.data(), id.bytes.size());
  return out + id.bytes.size();
}

inline char* write_text(char* out, std::uint32_t field, std::string_view text) noexcept {
  return text.empty() ? out : write_bytes_field(out, field, text);
}

// The texts of an event, each in the string field or in its raw twin.
struct EventTexts {
  std::string_view type, agent, pattern;
  bool type_valid = is_valid_utf8(type);
  bool agent_valid = is_valid_utf8(agent);
  bool pattern_valid = is_valid_utf8(pattern);

  bool all_valid() const noexcept { return type_valid && agent_valid && pattern_valid; }
  char* write_valid(char* out) const noexcept {
    if (type_valid) out = write_text(out, kEventType, type);
    if (agent_valid) out = write_text(out, kAgentName, agent);
    return pattern_valid ? write_text(out, kPatternType, pattern) : out;
  }
  char* write_raw(char* out) const noexcept {
    if (!type_valid) out = write_text(out, kRawEventType, type);
    if (!agent_valid) out = write_text(out, kRawAgentName, agent);
    return pattern_valid ? out : write_text(out, kRawPatternType, pattern);
  }
};

// As an int32 goes into a varint: with its sign extended.
constexpr std::uint64_t as_int32(std::uint32_t value) noexcept {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
}

char* write_timestamp(char* out, const Timestamp& time) noexcept {
  return write_small_message(out, kTimestamp, [&](char* to) {
    to = write_number(to, kSeconds, static_cast<std::uint64_t>(time.seconds));
    return write_number(to, kNanos, as_int32(time.nanoseconds));
  });
}

char* write_origin(char* out, const Origin& origin) noexcept {
  return write_small_message(out, kOrigin, [&](char* to) {
    if (origin.instance != 0) to = write_fixed64_field(to, kInstance, origin.instance);
    to = write_number(to, kProducer, origin.producer);
    return write_number(to, kSequence, origin.sequence);
  });
}

char* write_foreign_ids(char* out, const ForeignIds& ids) noexcept {
  const std::string_view texts[] = {ids.run_id, ids.trace_id, ids.span_id, ids.parent_span_id};
  std::size_t bytes = 0;
  for (const std::string_view text : texts)
    bytes += text.empty() ? 0 : bytes_field_bytes(text.size());
  out = write_bytes_head(out, kForeignIds, bytes);
  std::uint32_t field = 0;
  for (const bool valid : {true, false}) {
    for (const std::string_view text : texts) {
      ++field;
      if (is_valid_utf8(text) == valid) out = write_text(out, bytes_tag(field), text);
    }
  }
  return out;
}

// Of what holds no other value.
std::size_t scalar_bytes(const ValueView& value) noexcept {
  switch (value.type()) {
    case ValueType::kNull:
      return 0;
    case ValueType::kBool:
      return 2;
    case ValueType::kInt64:
      return 1 + varint_bytes(zigzag(value.as_int64()));
    case ValueType::kDouble:
      return 1 + sizeof(double);
    default:
      return bytes_field_bytes(value.as_string().size());
  }
}

char* write_scalar(char* out, const ValueView& value) noexcept {
  switch (value.type()) {
    case ValueType::kBool:
      return write_varint(write_varint(out, kBool), value.as_bool() ? 1 : 0);
    case ValueType::kInt64:
      return write_varint(write_varint(out, kInt), zigzag(value.as_int64()));
    case ValueType::kDouble:
      return write_fixed64_field(out, kDouble, std::bit_cast<std::uint64_t>(value.as_double()));
    case ValueType::kString: {
      const std::string_view text = value.as_string();
      return write_bytes_field(out, is_valid_utf8(text) ? kString : kRawString, text);
    }
    case ValueType::kBytes:
      return write_bytes_field(out, kBytes, value.as_string());
    default:
      return out;
  }
}

constexpr bool is_container(ValueType type) noexcept {
  return type == ValueType::kArray || type == ValueType::kObject;
}

// A key and what is left out with it: an empty key, and the value null.
std::size_t member_bytes(std::string_view key, const ValueView& value,
                         std::size_t value_bytes) noexcept {
  return (key.empty() ? 0 : bytes_field_bytes(key.size())) +
         (value.is_null() ? 0 : bytes_field_bytes(value_bytes));
}

// Texts of so many bytes make messages of fewer than 128, whose lengths are put in afterwards.
constexpr std::size_t kSmallTextBytes = 100;

char* write_small_attribute(char* out, std::string_view key, const ValueView& value) noexcept {
  return write_small_message(out, kPayload, [&](char* to) {
    const bool valid = is_valid_utf8(key);
    if (valid) to = write_text(to, kKey, key);
    if (!value.is_null()) {
      to = write_small_message(to, kKeyedValue, [&](char* at) { return write_scalar(at, value); });
    }
    return valid ? to : write_bytes_field(to, kRawKey, key);
  });
}

std::string_view name_of(std::uint32_t handle, bool is_handle, std::string_view text) noexcept {
  return is_handle ? NameHandle(handle).text() : text;
}

}  // namespace

std::size_t EventEncoder::bytes_max(const EventView& event) noexcept {
  const auto& header = *reinterpret_cast<const RecordHeader*>(event.record());
  return kLengthPrefixBytesMax + 64 + 2 * event.size_bytes() +
         (header.attributes + std::size_t{4}) * (kNameBytesMax + 8);  // see kProtoMessageBytesMax
}

char* EventEncoder::write(char* out, const EventView& event) {
  const RecordLayout record(event.record());
  const RecordHeader& header = record.header;
  const EventTexts texts{
      header.type != 0 ? EventType(header.type).name() : record.inline_type,
      name_of(header.agent, (header.flags & kAgentIsHandle) != 0, record.agent),
      name_of(header.pattern, (header.flags & kPatternIsHandle) != 0, record.pattern)};
  char* at = write_timestamp(out + kUsualLengthBytes, event.timestamp());
  at = texts.write_valid(at);
  const bool with_content = event.context().content;
  record.each_attribute([&](const RecordAttribute& attribute) {
    if (attribute.key.is_reserved() || (!with_content && record.is_content(attribute))) return;
    at = write_attribute(at, record, attribute);
  });
  if (record.ids != nullptr) {
    at = write_id(at, kRunId, record.ids->run_id);
    at = write_id(at, kTraceId, record.ids->trace_id);
    at = write_id(at, kSpanId, record.ids->span_id);
    at = write_id(at, kParentSpanId, record.ids->parent_span_id);
  }
  at = write_origin(at, event.origin());
  // Only a self-described record can carry foreign ids.
  if (record.ids != nullptr && record.descriptors != nullptr) {
    const ForeignIds foreign = event.foreign_ids();
    if (!foreign.empty()) at = write_foreign_ids(at, foreign);
  }
  if (!texts.all_valid()) at = texts.write_raw(at);
  const auto bytes = static_cast<std::size_t>(at - out) - kUsualLengthBytes;
  return bytes > kProtoMessageBytesMax ? nullptr : delimit_message(out, at);
}

char* EventEncoder::write_attribute(char* out, const RecordLayout& record,
                                    const RecordAttribute& attribute) {
  const std::string_view key =
      attribute.key.is_registered() ? attribute.key.name() : attribute.inline_key;
  const ValueView value = record.value_of(attribute);
  if (key.size() + value.as_string().size() <= kSmallTextBytes && !is_container(value.type())) {
    return write_small_attribute(out, key, value);
  }
  if (is_container(value.type())) {
    measured_.clear();
    next_ = 0;
    measure_value(value);
  }
  out = write_bytes_head(out, kPayload, member_bytes(key, value, next_value_bytes(value)));
  return write_member(out, {key, value});
}

char* EventEncoder::write_member(char* out, const AttributeView& member) {
  const bool valid = is_valid_utf8(member.key);
  if (valid && !member.key.empty()) out = write_bytes_field(out, kKey, member.key);
  if (!member.value.is_null()) {
    out = write_bytes_head(out, kKeyedValue, next_value_bytes(member.value));
    out = write_value(out, member.value);
  }
  return valid ? out : write_bytes_field(out, kRawKey, member.key);
}

// Measures a value, and writes down what is in it for write_value.
std::size_t EventEncoder::measure_value(const ValueView& value) {
  if (!is_container(value.type())) return scalar_bytes(value);
  const std::size_t place = measured_.size();
  measured_.push_back(0);
  const std::size_t bytes = measure_members(value);
  measured_[place] = bytes;
  return bytes_field_bytes(bytes);
}

std::size_t EventEncoder::measure_members(const ValueView& value) {
  std::size_t bytes = 0;
  if (value.type() == ValueType::kArray) {
    for (const ValueView& item : value.as_array()) bytes += bytes_field_bytes(measure_value(item));
  } else {
    for (const AttributeView& member : value.as_object()) {
      bytes +=
          bytes_field_bytes(member_bytes(member.key, member.value, measure_value(member.value)));
    }
  }
  return bytes;
}

// Of a value that is written next.
std::size_t EventEncoder::next_value_bytes(const ValueView& value) const noexcept {
  return is_container(value.type()) ? bytes_field_bytes(measured_[next_]) : scalar_bytes(value);
}

char* EventEncoder::write_value(char* out, const ValueView& value) {
  if (!is_container(value.type())) return write_scalar(out, value);
  const bool is_array = value.type() == ValueType::kArray;
  out = write_bytes_head(out, is_array ? kArray : kObject, measured_[next_++]);
  if (is_array) {
    for (const ValueView& item : value.as_array()) {
      out = write_bytes_head(out, kElement, next_value_bytes(item));
      out = write_value(out, item);
    }
    return out;
  }
  for (const AttributeView& member : value.as_object()) {
    const std::size_t bytes = next_value_bytes(member.value);
    out = write_bytes_head(out, kElement, member_bytes(member.key, member.value, bytes));
    out = write_member(out, member);
  }
  return out;
}

}  // namespace v1
}  // namespace tracebus
