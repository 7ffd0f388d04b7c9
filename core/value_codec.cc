// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/value_codec.h"

#include <cstdint>
#include <cstring>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kTooLarge = kRecordBytesMax + 1;

std::size_t body_size(const Value& value, std::size_t depth) noexcept;

std::size_t element_size(const Value& value, std::size_t depth) noexcept {
  switch (value.type()) {
    case ValueType::kNull:
      return 1;
    case ValueType::kBool:
      return 2;
    case ValueType::kInt64:
    case ValueType::kDouble:
      return 9;
    case ValueType::kString:
      return 5 + value.as_string().size();
    case ValueType::kBytes:
      return 5 + value.as_bytes().size();
    case ValueType::kArray:
    case ValueType::kObject:
      return 5 + body_size(value, depth + 1);
  }
  return kTooLarge;
}

// At least kTooLarge when a limit is exceeded; stops early, so that it cannot overflow.
std::size_t body_size(const Value& value, std::size_t depth) noexcept {
  if (depth > kValueDepthMax) return kTooLarge;
  std::size_t size = 4;
  if (value.type() == ValueType::kArray) {
    for (const Value& item : value.as_array()) {
      size += element_size(item, depth);
      if (size >= kTooLarge) return kTooLarge;
    }
  } else {
    for (const Attribute& member : value.as_object()) {
      size += 4 + member.key.size() + element_size(member.value, depth);
      if (size >= kTooLarge) return kTooLarge;
    }
  }
  return size;
}

char* put_u32(char* out, std::size_t value) noexcept {
  const auto narrow = static_cast<std::uint32_t>(value);
  std::memcpy(out, &narrow, sizeof narrow);
  return out + sizeof narrow;
}

char* put_text(char* out, const void* text, std::size_t length) noexcept {
  out = put_u32(out, length);
  if (length != 0) std::memcpy(out, text, length);
  return out + length;
}

template <class T>
char* put_word(char* out, T value) noexcept {
  std::memcpy(out, &value, sizeof value);
  return out + sizeof value;
}

char* put_element(const Value& value, char* out) noexcept {
  *out++ = static_cast<char>(value.type());
  switch (value.type()) {
    case ValueType::kNull:
      return out;
    case ValueType::kBool:
      *out++ = value.as_bool() ? 1 : 0;
      return out;
    case ValueType::kInt64:
      return put_word(out, value.as_int64());
    case ValueType::kDouble:
      return put_word(out, value.as_double());
    case ValueType::kString:
      return put_text(out, value.as_string().data(), value.as_string().size());
    case ValueType::kBytes:
      return put_text(out, value.as_bytes().data(), value.as_bytes().size());
    case ValueType::kArray:
    case ValueType::kObject: {
      char* const end = encode_body(value, out + 4);
      put_u32(out, static_cast<std::size_t>(end - out - 4));
      return end;
    }
  }
  return out;
}

// Reads from untrusted bytes; every read is checked against what is left.
class BodyCheck {
 public:
  explicit BodyCheck(std::string_view bytes) noexcept : left_(bytes) {}

  bool body(ValueType type, std::size_t depth) noexcept {
    std::uint32_t count;
    if (depth > kValueDepthMax || !u32(count)) return false;
    for (; count != 0; --count) {
      std::string_view key;
      if (type == ValueType::kObject && !text(key)) return false;
      if (!element(depth)) return false;
    }
    return left_.empty();
  }

 private:
  bool element(std::size_t depth) noexcept {
    if (left_.empty()) return false;
    const auto type = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    switch (static_cast<ValueType>(type)) {
      case ValueType::kNull:
        return true;
      case ValueType::kBool:
        return skip(1);
      case ValueType::kInt64:
      case ValueType::kDouble:
        return skip(8);
      case ValueType::kString:
      case ValueType::kBytes: {
        std::string_view ignored;
        return text(ignored);
      }
      case ValueType::kArray:
      case ValueType::kObject: {
        std::string_view nested;
        return text(nested) && BodyCheck(nested).body(static_cast<ValueType>(type), depth + 1);
      }
    }
    return false;
  }

  bool skip(std::size_t bytes) noexcept {
    if (left_.size() < bytes) return false;
    left_.remove_prefix(bytes);
    return true;
  }
  bool u32(std::uint32_t& value) noexcept {
    if (left_.size() < sizeof value) return false;
    std::memcpy(&value, left_.data(), sizeof value);
    return skip(sizeof value);
  }
  bool text(std::string_view& value) noexcept {
    std::uint32_t length;
    if (!u32(length) || left_.size() < length) return false;
    value = left_.substr(0, length);
    return skip(length);
  }

  std::string_view left_;
};

}  // namespace

std::optional<std::size_t> encoded_body_size(const Value& value) noexcept {
  const std::size_t size = body_size(value, 1);
  if (size >= kTooLarge) return std::nullopt;
  return size;
}

char* encode_body(const Value& value, char* out) noexcept {
  if (value.type() == ValueType::kArray) {
    out = put_u32(out, value.as_array().size());
    for (const Value& item : value.as_array()) out = put_element(item, out);
    return out;
  }
  out = put_u32(out, value.as_object().size());
  for (const Attribute& member : value.as_object()) {
    out = put_text(out, member.key.data(), member.key.size());
    out = put_element(member.value, out);
  }
  return out;
}

bool is_well_formed_body(ValueType type, std::string_view bytes) noexcept {
  return BodyCheck(bytes).body(type, 1);
}

}  // namespace v1
}  // namespace tracebus
