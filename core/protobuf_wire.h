// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a Protocol Buffers message (its documentation, "Encoding"), for encoders of ours
// that write messages straight from records.
#ifndef TRACEBUS_CORE_PROTOBUF_WIRE_H_
#define TRACEBUS_CORE_PROTOBUF_WIRE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "tracebus/core/record_writer.h"

namespace tracebus {
inline namespace v1 {

// What stands before a field: its number and its wire type.
enum class WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2 };

constexpr std::uint32_t wire_tag(std::uint32_t field, WireType type) noexcept {
  return field << 3 | static_cast<std::uint32_t>(type);
}
constexpr std::uint32_t varint_tag(std::uint32_t field) noexcept {
  return wire_tag(field, WireType::kVarint);
}
constexpr std::uint32_t fixed64_tag(std::uint32_t field) noexcept {
  return wire_tag(field, WireType::kFixed64);
}
constexpr std::uint32_t bytes_tag(std::uint32_t field) noexcept {
  return wire_tag(field, WireType::kLengthDelimited);
}

constexpr std::size_t varint_bytes(std::uint64_t value) noexcept {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}
inline constexpr std::size_t kVarintBytesMax = 10;

// A field that holds so many bytes, with its length and a tag of one byte.
constexpr std::size_t bytes_field_bytes(std::size_t bytes) noexcept {
  return 1 + varint_bytes(bytes) + bytes;
}

inline char* write_varint(char* out, std::uint64_t value) noexcept {
  while (value >= 0x80) [[unlikely]] {
      *out++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
  *out = static_cast<char>(value);
  return out + 1;
}

inline char* write_varint_field(char* out, std::uint32_t tag, std::uint64_t value) noexcept {
  return write_varint(write_varint(out, tag), value);
}

inline char* write_fixed64_field(char* out, std::uint32_t tag, std::uint64_t word) noexcept {
  out = write_varint(out, tag);
  std::memcpy(out, &word, sizeof word);
  return out + sizeof word;
}

// The tag and the length of a field whose bytes follow.
inline char* write_bytes_head(char* out, std::uint32_t tag, std::size_t bytes) noexcept {
  return write_varint(write_varint(out, tag), bytes);
}

inline char* write_bytes_field(char* out, std::uint32_t tag, std::string_view bytes) noexcept {
  out = write_bytes_head(out, tag, bytes.size());
  return copy_text(out, bytes.data(), bytes.size());
}

// A message of fewer than 128 bytes, written by write(out), which returns its end.
template <class Write>
char* write_small_message(char* out, std::uint32_t tag, Write write) {
  char* const begin = write_varint(out, tag) + 1;
  char* const end = write(begin);
  begin[-1] = static_cast<char>(end - begin);
  return end;
}

// For a message of which nobody knows how long it gets: it is written kUsualLengthBytes behind the
// place of its length, which most lengths take. Puts the length between them, moves the message if
// that is shorter or longer, and returns its end.
inline constexpr std::size_t kUsualLengthBytes = 2;
inline char* delimit_message(char* length, const char* end) noexcept {
  const char* const message = length + kUsualLengthBytes;
  const auto bytes = static_cast<std::size_t>(end - message);
  const std::size_t length_bytes = varint_bytes(bytes);
  if (length_bytes != kUsualLengthBytes) [[unlikely]]
    std::memmove(length + length_bytes, message, bytes);
  write_varint(length, bytes);
  return length + length_bytes + bytes;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_PROTOBUF_WIRE_H_
