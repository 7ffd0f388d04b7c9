// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/packed_payload.h"

#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

enum Extra : std::uint8_t { kSpanIdText = 1, kParentIdText = 2, kOrigin = 4 };
enum Packed : std::uint8_t {
  kNull,
  kFalse,
  kTrue,
  kInteger,
  kReal,
  kText,
  kBytes,
  kList,
  kMembers,
  kColumn,
};

// Keys may be anybody's text: those beyond, and long ones, are kept with their events.
constexpr std::uint32_t kKeysMax = 65536;

void append_number(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out += static_cast<char>(number | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out += text;
}

void append_key(std::string& out, std::string_view key, NameTable& keys) {
  std::uint32_t number = 0;
  if (key.size() > kNameBytesMax) {
    number = 0;
  } else if (keys.size() < kKeysMax) {
    number = keys.number_of(key);
  } else {
    number = keys.find(key).value_or(0);
  }
  append_number(out, number);
  if (number == 0) append_text(out, key);
}

void append_value(std::string& out, const Value& value, NameTable& keys) {
  switch (value.type()) {
    case ValueType::kNull:
      out += static_cast<char>(kNull);
      return;
    case ValueType::kBool:
      out += static_cast<char>(value.as_bool() ? kTrue : kFalse);
      return;
    case ValueType::kInt64: {
      const std::int64_t number = value.as_int64();
      out += static_cast<char>(kInteger);
      append_number(
          out, static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63));
      return;
    }
    case ValueType::kDouble: {
      const double number = value.as_double();
      char bytes[sizeof number];
      std::memcpy(bytes, &number, sizeof number);
      out += static_cast<char>(kReal);
      out.append(bytes, sizeof bytes);
      return;
    }
    case ValueType::kString:
      out += static_cast<char>(kText);
      return append_text(out, value.as_string());
    case ValueType::kBytes: {
      const Bytes bytes = value.as_bytes();
      out += static_cast<char>(kBytes);
      return append_text(out, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    case ValueType::kArray:
      out += static_cast<char>(kList);
      append_number(out, value.as_array().size());
      for (const Value& item : value.as_array()) append_value(out, item, keys);
      return;
    case ValueType::kObject:
      out += static_cast<char>(kMembers);
      append_number(out, value.as_object().size());
      for (const Attribute& member : value.as_object()) {
        append_key(out, member.key, keys);
        append_value(out, member.value, keys);
      }
      return;
  }
}

class PackedBytes {
 public:
  explicit PackedBytes(std::string_view packed) noexcept : at_(packed.data()) {}

  std::uint8_t read_byte() noexcept { return static_cast<std::uint8_t>(*at_++); }
  std::uint64_t read_number() noexcept {
    std::uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      const std::uint8_t byte = read_byte();
      number |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return number;
    }
  }
  std::string_view read_text() noexcept {
    const std::size_t size = read_number();
    const std::string_view text(at_, size);
    at_ += size;
    return text;
  }
  double read_real() noexcept {
    double number;
    std::memcpy(&number, at_, sizeof number);
    at_ += sizeof number;
    return number;
  }

 private:
  const char* at_;
};

class Unpacker : public PackedBytes {
 public:
  Unpacker(std::string_view packed, const NameTable& keys, const ColumnTexts& columns) noexcept
      : PackedBytes(packed), keys_(keys), columns_(columns) {}

  std::string_view read_key() noexcept {
    const auto number = static_cast<std::uint32_t>(read_number());
    return number == 0 ? read_text() : keys_.text(number);
  }
  Origin read_origin() noexcept {
    const std::string_view instance = keys_.text(static_cast<std::uint32_t>(read_number()));
    Origin origin;
    std::memcpy(&origin.instance, instance.data(), sizeof origin.instance);
    origin.producer = static_cast<std::uint32_t>(read_number());
    origin.sequence = read_number();
    return origin;
  }
  Value read_value() {
    switch (read_byte()) {
      case kFalse:
        return false;
      case kTrue:
        return true;
      case kInteger: {
        const std::uint64_t number = read_number();
        return static_cast<std::int64_t>(number >> 1 ^ (~(number & 1) + 1));
      }
      case kReal:
        return read_real();
      case kText:
        return read_text();
      case kBytes:
        return std::as_bytes(std::span(read_text()));
      case kList:
        return read_list();
      case kMembers:
        return read_members();
      case kColumn:
        return columns_.text_of(static_cast<SpanText>(read_byte()));
      default:
        return nullptr;
    }
  }

 private:
  Value read_list() {
    std::vector<Value> items(read_number());
    for (Value& item : items) item = read_value();
    return Value::array(std::move(items));
  }
  Value read_members() {
    std::vector<Attribute> members(read_number());
    for (Attribute& member : members) {
      member.key = read_key();
      member.value = read_value();
    }
    return Value::object(std::move(members));
  }

  const NameTable& keys_;
  const ColumnTexts& columns_;
};

// The number of the instance, as a key of eight bytes: there are few of them. 0: no room.
std::uint32_t instance_of(const TraceEvent& event, NameTable& keys) {
  if (!event.origin) return 0;
  char instance[sizeof event.origin->instance];
  std::memcpy(instance, &event.origin->instance, sizeof instance);
  const std::string_view key(instance, sizeof instance);
  return keys.size() < kKeysMax ? keys.number_of(key) : keys.find(key).value_or(0);
}

std::optional<SpanText> column_at(const ColumnPlaces& places, int index) noexcept {
  for (std::size_t i = 0; i < kSpanTexts; ++i) {
    if (places[i] == index) return static_cast<SpanText>(i);
  }
  return std::nullopt;
}

}  // namespace

void append_packed(std::string& out, const TraceEvent& event, const ColumnPlaces& places,
                   NameTable& keys) {
  const ForeignIds& foreign = event.foreign_ids;
  const std::uint32_t instance = instance_of(event, keys);
  out += static_cast<char>((foreign.span_id.empty() ? 0 : kSpanIdText) |
                           (foreign.parent_span_id.empty() ? 0 : kParentIdText) |
                           (instance == 0 ? 0 : kOrigin));
  if (!foreign.span_id.empty()) append_text(out, foreign.span_id);
  if (!foreign.parent_span_id.empty()) append_text(out, foreign.parent_span_id);
  if (instance != 0) {
    append_number(out, instance);
    append_number(out, event.origin->producer);
    append_number(out, event.origin->sequence);
  }
  append_number(out, event.payload.size());
  int index = 0;
  for (const Attribute& attribute : event.payload) {
    append_key(out, attribute.key, keys);
    if (const auto column = column_at(places, index++)) {
      out += static_cast<char>(kColumn);
      out += static_cast<char>(*column);
    } else {
      append_value(out, attribute.value, keys);
    }
  }
}

SpanIdTexts unpack_span_ids(std::string_view packed) {
  PackedBytes bytes(packed);
  const std::uint8_t extras = bytes.read_byte();
  SpanIdTexts texts;
  if (extras & kSpanIdText) texts.span_id = bytes.read_text();
  if (extras & kParentIdText) texts.parent_span_id = bytes.read_text();
  return texts;
}

UnpackedPayload unpack(std::string_view packed, const NameTable& keys, const ColumnTexts& columns) {
  UnpackedPayload result;
  Unpacker unpacker(packed, keys, columns);
  const std::uint8_t extras = unpacker.read_byte();
  if (extras & kSpanIdText) result.span_id_text = unpacker.read_text();
  if (extras & kParentIdText) result.parent_span_id_text = unpacker.read_text();
  if (extras & kOrigin) result.origin = unpacker.read_origin();
  for (std::uint64_t left = unpacker.read_number(); left != 0; --left) {
    const std::string_view key = unpacker.read_key();
    result.payload.add(key, unpacker.read_value());
  }
  return result;
}

}  // namespace v1
}  // namespace tracebus
