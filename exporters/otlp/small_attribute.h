// SPDX-License-Identifier: Apache-2.0
//
// The common attribute, short and with a name that was encoded before, written in a few dozen
// instructions.
#ifndef TRACEBUS_EXPORTERS_OTLP_SMALL_ATTRIBUTE_H_
#define TRACEBUS_EXPORTERS_OTLP_SMALL_ATTRIBUTE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "tracebus/core/protobuf_wire.h"
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

// KeyValue.key with its tag and length, where it is short enough.
struct KeyField {
  static constexpr std::size_t kRoom = 48;

  std::uint8_t bytes = 0;  // 0: it is longer
  char text[kRoom] = {};
};

// How far beyond its end a small attribute may write.
inline constexpr std::size_t kSmallAttributeSlack = KeyField::kRoom + 16;
// So many bytes of key field and text make lengths of one byte.
inline constexpr std::size_t kSmallAttributeBytes = 120;

// Copies text while it is ASCII; false, and nobody knows what was copied, if it is not.
inline bool copy_ascii(char* out, std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  const char* const from = text.data();
  const std::size_t size = text.size();
  std::uint64_t seen = 0;
  const auto move = [&](std::size_t at, auto word) {
    std::memcpy(&word, from + at, sizeof word);
    std::memcpy(out + at, &word, sizeof word);
    seen |= word;
  };
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) move(at, std::uint64_t{});
    move(size - 8, std::uint64_t{});
  } else if (size >= 4) {
    move(0, std::uint32_t{});
    move(size - 4, std::uint32_t{});
  } else {
    for (std::size_t at = 0; at < size; ++at) move(at, std::uint8_t{});
  }
  return (seen & kHighBits) == 0;
}

// Writes a KeyValue in a field with this tag of one byte; null if it is not small, or no scalar, or
// text that is not ASCII. REQUIRES: room for kSmallAttributeSlack bytes beyond it.
inline char* write_small_attribute(char* out, std::uint32_t tag, const KeyField& key,
                                   ValueType type, std::uint64_t word,
                                   std::string_view text) noexcept {
  if (key.bytes == 0) [[unlikely]]
    return nullptr;
  out[0] = static_cast<char>(tag);
  std::memcpy(out + 2, key.text, KeyField::kRoom);
  char* const value = out + 2 + key.bytes;  // the tag of KeyValue.value
  value[0] = static_cast<char>(bytes_tag(2));
  char* end = value + 3;
  if (type == ValueType::kString) {
    if (key.bytes + text.size() > kSmallAttributeBytes) [[unlikely]]
      return nullptr;
    value[2] = static_cast<char>(bytes_tag(1));
    value[3] = static_cast<char>(text.size());
    if (!copy_ascii(value + 4, text)) [[unlikely]]
      return nullptr;
    end = value + 4 + text.size();
  } else if (type == ValueType::kInt64) {
    value[2] = static_cast<char>(varint_tag(3));
    end = write_varint(value + 3, word);
  } else if (type == ValueType::kDouble) {
    value[2] = static_cast<char>(fixed64_tag(4));
    std::memcpy(value + 3, &word, sizeof word);
    end = value + 3 + sizeof word;
  } else {
    return nullptr;
  }
  value[1] = static_cast<char>(end - (value + 2));
  out[1] = static_cast<char>(end - (out + 2));
  return end;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_SMALL_ATTRIBUTE_H_
