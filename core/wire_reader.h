// SPDX-License-Identifier: Apache-2.0
//
// WireReader: the fields of a Protocol Buffers message, one after the other (its documentation,
// "Encoding"). Reads bytes of anybody; nothing is copied.
#ifndef TRACEBUS_CORE_WIRE_READER_H_
#define TRACEBUS_CORE_WIRE_READER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tracebus {
inline namespace v1 {

struct WireField {
  enum class Type : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  std::uint32_t number = 0;
  Type type = Type::kVarint;
  std::uint64_t word = 0;    // of all but kBytes
  std::string_view bytes;    // of kBytes
  const char* at = nullptr;  // where its tag begins
};

class WireReader {
 public:
  explicit WireReader(std::string_view message) noexcept
      : at_(message.data()), end_(message.data() + message.size()) {}

  // The next field; false at the end, and where the message is damaged.
  bool next(WireField& field) noexcept {
    if (at_ == end_ || is_damaged_) return false;
    field.at = at_;
    is_damaged_ = !read(field);
    return !is_damaged_;
  }
  // Cut off, a number or a type that does not exist, or a group, which proto3 has none of.
  bool is_damaged() const noexcept { return is_damaged_; }

 private:
  static constexpr std::uint64_t kNumberMax = (std::uint64_t{1} << 29) - 1;

  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  bool read(WireField& field) noexcept {
    std::uint64_t tag = 0;
    if (!read_varint(tag) || tag >> 3 == 0 || tag >> 3 > kNumberMax) return false;
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.type = static_cast<WireField::Type>(tag & 7);
    switch (field.type) {
      case WireField::Type::kVarint:
        return read_varint(field.word);
      case WireField::Type::kFixed64:
        return read_fixed<std::uint64_t>(field.word);
      case WireField::Type::kFixed32:
        return read_fixed<std::uint32_t>(field.word);
      case WireField::Type::kBytes:
        return read_bytes(field.bytes);
    }
    return false;
  }

  bool read_varint(std::uint64_t& value) noexcept {
    value = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(*at_++);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  template <class Word>
  bool read_fixed(std::uint64_t& value) noexcept {
    Word word;
    if (left() < sizeof word) return false;
    std::memcpy(&word, at_, sizeof word);
    at_ += sizeof word;
    value = word;
    return true;
  }

  bool read_bytes(std::string_view& bytes) noexcept {
    std::uint64_t size = 0;
    if (!read_varint(size) || size > left()) return false;
    bytes = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }

  const char* at_;
  const char* const end_;
  bool is_damaged_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_WIRE_READER_H_
