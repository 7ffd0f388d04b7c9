// SPDX-License-Identifier: Apache-2.0
//
// MsgpackWriter: appends values as MessagePack (its specification, "Formats") to memory of its own.
// Numbers are big-endian, and a value's first byte says what it is:
//
//   00-7f small integer   80-8f map, 90-9f array, a0-bf string with their sizes
//   d9 da db string       dc dd array   de df map, with a size of 1, 2 or 4 bytes (map: 2 or 4)
//   cb double             cc cd ce cf unsigned integer
//
// Sizes stand in front, so maps and arrays whose size is known only later begin with one of four
// bytes that is put in afterwards. Text is UTF-8: what is ill-formed gets U+FFFD in its place.
//
// Thread safety: one thread at a time. REQUIRES: texts and counts are smaller than 4 GiB.
#ifndef TRACEBUS_EXPORTERS_DATADOG_MSGPACK_WRITER_H_
#define TRACEBUS_EXPORTERS_DATADOG_MSGPACK_WRITER_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "tracebus/core/copy_text.h"
#include "tracebus/exporters/otlp/any_value.h"
#include "tracebus/exporters/otlp/small_attribute.h"

namespace tracebus {
inline namespace v1 {

class MsgpackWriter {
 public:
  std::string_view view() const noexcept { return {bytes_.get(), size_}; }
  std::size_t size() const noexcept { return size_; }
  // REQUIRES: size <= size().
  void truncate(std::size_t size) noexcept { size_ = size; }
  void clear() noexcept {
    // What was unusually large does not keep its memory.
    if (capacity_ > kBytesKept) {
      bytes_.reset();
      capacity_ = 0;
    }
    size_ = 0;
  }

  // Bytes that were written by another.
  void raw(std::string_view bytes) {
    copy_text(room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  void string(std::string_view text) {
    if (text.size() < 0x100) [[likely]] {
      const bool is_small = text.size() < 32;
      char* const at = room(2 + text.size());
      at[1] = static_cast<char>(text.size());
      at[0] = static_cast<char>(is_small ? 0xA0 | text.size() : 0xD9);
      char* const to = at + (is_small ? 1 : 2);
      if (copy_ascii(to, text)) [[likely]] {
        size_ += static_cast<std::size_t>(to - at) + text.size();
        return;
      }
    }
    mended_string(text);
  }
  // Of a literal in the code, which is short and ASCII.
  template <std::size_t kSize>
  void literal(const char (&text)[kSize]) {
    static_assert(kSize - 1 < 32);
    char* const at = room(kSize);
    at[0] = static_cast<char>(0xA0 | (kSize - 1));
    std::memcpy(at + 1, text, kSize - 1);
    size_ += kSize;
  }

  void float64(double value) { word(0xCB, std::bit_cast<std::uint64_t>(value)); }
  void unsigned_integer(std::uint64_t value) {
    if (value < 0x80) {
      byte(static_cast<unsigned>(value));
    } else {
      word(0xCF, value);
    }
  }
  // An unsigned integer of 64 bits, big-endian as the ids of traces and spans are.
  void id(const std::uint8_t* big_endian) {
    char* const at = room(9);
    at[0] = static_cast<char>(0xCF);
    std::memcpy(at + 1, big_endian, 8);
    size_ += 9;
  }

  void map(std::uint32_t count) {
    if (count < 16) {
      byte(0x80 | count);
    } else {
      sized(0xDF, count);
    }
  }
  // Of a map of fewer than 16 members, which began there.
  void set_small_count(std::size_t at, unsigned count) noexcept {
    bytes_[at] = static_cast<char>(0x80 | count);
  }
  // Where set_count puts it.
  std::size_t begin_map() { return begin(0xDF); }
  std::size_t begin_array() { return begin(0xDD); }
  void set_count(std::size_t at, std::uint32_t count) noexcept {
    put(bytes_.get() + at + 1, count);
  }

 private:
  // Of any bytes and any length.
  void mended_string(std::string_view text) {
    const std::size_t bytes = utf8_bytes(text);
    string_head(bytes);
    write_utf8(room(bytes), text);
    size_ += bytes;
  }

  static constexpr std::size_t kBytesKept = std::size_t{8} << 20;

  template <class Number>
  static void put(char* at, Number number) noexcept {
    for (std::size_t i = sizeof number; i > 0; --i) {
      at[i - 1] = static_cast<char>(number);
      number = static_cast<Number>(number >> 8);
    }
  }

  char* room(std::size_t bytes) {
    if (bytes > capacity_ - size_) [[unlikely]]
      grow(bytes);
    return bytes_.get() + size_;
  }
  void grow(std::size_t bytes) {
    const std::size_t wanted = std::max({size_ + bytes, 2 * capacity_, std::size_t{4096}});
    auto larger = std::make_unique_for_overwrite<char[]>(wanted);
    if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ = wanted;
  }

  void byte(unsigned value) {
    *room(1) = static_cast<char>(value);
    ++size_;
  }
  void word(unsigned head, std::uint64_t value) {
    char* const at = room(9);
    at[0] = static_cast<char>(head);
    put(at + 1, value);
    size_ += 9;
  }
  void sized(unsigned head, std::uint32_t count) {
    char* const at = room(5);
    at[0] = static_cast<char>(head);
    put(at + 1, count);
    size_ += 5;
  }
  std::size_t begin(unsigned head) {
    sized(head, 0);
    return size_ - 5;
  }
  void string_head(std::size_t bytes) {
    if (bytes < 32) [[likely]] {
      byte(0xA0 | static_cast<unsigned>(bytes));
    } else if (bytes < 0x100) {
      char* const at = room(2);
      at[0] = static_cast<char>(0xD9);
      at[1] = static_cast<char>(bytes);
      size_ += 2;
    } else if (bytes < 0x10000) {
      char* const at = room(3);
      at[0] = static_cast<char>(0xDA);
      put(at + 1, static_cast<std::uint16_t>(bytes));
      size_ += 3;
    } else {
      sized(0xDB, static_cast<std::uint32_t>(bytes));
    }
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_DATADOG_MSGPACK_WRITER_H_
