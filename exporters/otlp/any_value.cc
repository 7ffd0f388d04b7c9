// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/any_value.h"

#include <bit>

#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kBoolValueTag = varint_tag(2);
constexpr std::uint32_t kDoubleValueTag = fixed64_tag(4);
constexpr std::uint32_t kArrayValueTag = bytes_tag(5);
constexpr std::uint32_t kListValueTag = bytes_tag(6);
constexpr std::uint32_t kBytesValueTag = bytes_tag(7);
constexpr std::uint32_t kItemTag = bytes_tag(1);  // of an ArrayValue or a KeyValueList

constexpr bool is_container(ValueType type) noexcept {
  return type == ValueType::kArray || type == ValueType::kObject;
}

std::size_t scalar_bytes(const ValueView& value) noexcept {
  switch (value.type()) {
    case ValueType::kNull:
      return 0;
    case ValueType::kBool:
      return 2;
    case ValueType::kInt64:
      return 1 + varint_bytes(static_cast<std::uint64_t>(value.as_int64()));
    case ValueType::kDouble:
      return 1 + sizeof(double);
    case ValueType::kString:
      return bytes_field_bytes(utf8_bytes(value.as_string()));
    default:
      return bytes_field_bytes(value.as_string().size());
  }
}

// An AnyValue without a value stands for null.
char* write_scalar(char* out, const ValueView& value) noexcept {
  switch (value.type()) {
    case ValueType::kString:
      return write_utf8_field(out, kStringValueTag, value.as_string());
    case ValueType::kInt64:
      return write_varint_field(out, kIntValueTag, static_cast<std::uint64_t>(value.as_int64()));
    case ValueType::kDouble:
      return write_fixed64_field(out, kDoubleValueTag,
                                 std::bit_cast<std::uint64_t>(value.as_double()));
    case ValueType::kBool:
      return write_varint_field(out, kBoolValueTag, value.as_bool() ? 1 : 0);
    case ValueType::kBytes:
      return write_bytes_field(out, kBytesValueTag, value.as_string());
    default:
      return out;
  }
}

}  // namespace

std::size_t utf8_bytes(std::string_view text) noexcept {
  if (is_valid_utf8(text)) [[likely]]
    return text.size();
  std::size_t bytes = 0;
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    bytes += sequence.valid ? sequence.length : kReplacementCharacter.size();
    text.remove_prefix(sequence.length);
  }
  return bytes;
}

char* write_utf8(char* out, std::string_view text) noexcept {
  if (is_valid_utf8(text)) [[likely]]
    return copy_text(out, text.data(), text.size());
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    const std::string_view shown =
        sequence.valid ? text.substr(0, sequence.length) : kReplacementCharacter;
    out = copy_text(out, shown.data(), shown.size());
    text.remove_prefix(sequence.length);
  }
  return out;
}

char* AnyValueWriter::write_attribute(char* out, std::uint32_t tag, std::string_view key,
                                      const ValueView& value) {
  measured_.clear();
  next_ = 0;
  const std::size_t value_bytes = measure(value);
  next_ = 0;
  out = write_bytes_head(out, tag,
                         bytes_field_bytes(utf8_bytes(key)) + bytes_field_bytes(value_bytes));
  out = write_utf8_field(out, kKeyTag, key);
  return write_value(write_bytes_head(out, kKeyedValueTag, value_bytes), value);
}

char* AnyValueWriter::write_attribute_of(char* out, std::uint32_t tag, std::string_view key_field,
                                         const ValueView& value) {
  measured_.clear();
  next_ = 0;
  const std::size_t value_bytes = measure(value);
  out = write_bytes_head(out, tag, key_field.size() + bytes_field_bytes(value_bytes));
  out = copy_text(out, key_field.data(), key_field.size());
  return write_value(write_bytes_head(out, kKeyedValueTag, value_bytes), value);
}

// Measures a value, and writes down what is in it for write_value.
std::size_t AnyValueWriter::measure(const ValueView& value) {
  if (!is_container(value.type())) return scalar_bytes(value);
  const std::size_t place = measured_.size();
  measured_.push_back(0);
  const std::size_t bytes = measure_items(value);
  measured_[place] = bytes;
  return bytes_field_bytes(bytes);
}

std::size_t AnyValueWriter::measure_items(const ValueView& value) {
  std::size_t bytes = 0;
  if (value.type() == ValueType::kArray) {
    for (const ValueView& item : value.as_array()) bytes += bytes_field_bytes(measure(item));
  } else {
    for (const AttributeView& member : value.as_object()) {
      const std::size_t value_bytes = measure(member.value);
      bytes += bytes_field_bytes(bytes_field_bytes(utf8_bytes(member.key)) +
                                 bytes_field_bytes(value_bytes));
    }
  }
  return bytes;
}

// Of the value that is written next.
std::size_t AnyValueWriter::next_bytes(const ValueView& value) const noexcept {
  return is_container(value.type()) ? bytes_field_bytes(measured_[next_]) : scalar_bytes(value);
}

char* AnyValueWriter::write_value(char* out, const ValueView& value) {
  if (!is_container(value.type())) return write_scalar(out, value);
  const bool is_array = value.type() == ValueType::kArray;
  out = write_bytes_head(out, is_array ? kArrayValueTag : kListValueTag, measured_[next_++]);
  if (is_array) {
    for (const ValueView& item : value.as_array()) {
      out = write_value(write_bytes_head(out, kItemTag, next_bytes(item)), item);
    }
    return out;
  }
  for (const AttributeView& member : value.as_object()) {
    const std::size_t bytes = next_bytes(member.value);
    out = write_bytes_head(out, kItemTag,
                           bytes_field_bytes(utf8_bytes(member.key)) + bytes_field_bytes(bytes));
    out = write_utf8_field(out, kKeyTag, member.key);
    out = write_value(write_bytes_head(out, kKeyedValueTag, bytes), member.value);
  }
  return out;
}

}  // namespace v1
}  // namespace tracebus
