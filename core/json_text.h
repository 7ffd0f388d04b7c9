// SPDX-License-Identifier: Apache-2.0
//
// Finds what must be escaped in a JSON string, sixteen bytes at a time. Private to the JSON writer.
#ifndef TRACEBUS_CORE_JSON_TEXT_H_
#define TRACEBUS_CORE_JSON_TEXT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// A special byte is not copied as it stands: control characters, '"', '\\', and all beyond ASCII.
constexpr bool is_special(char c) noexcept {
  return static_cast<signed char>(c) < 0x20 || c == '"' || c == '\\';
}

// Sixteen bytes, compared in one vector register.
class TextChunk {
 public:
  static TextChunk load(const char* from) noexcept {
    TextChunk chunk;
    std::memcpy(&chunk.bytes_, from, sizeof chunk.bytes_);
    return chunk;
  }
  static TextChunk of(std::uint64_t first, std::uint64_t second) noexcept {
    const std::uint64_t words[2] = {first, second};
    TextChunk chunk;
    std::memcpy(&chunk.bytes_, words, sizeof words);
    return chunk;
  }
  void store(char* to) const noexcept { std::memcpy(to, &bytes_, sizeof bytes_); }

  // The index of the first special byte; 16 if there is none.
  std::size_t first_special() const noexcept {
    // Signed, so that all beyond ASCII lie below 0x20 as well.
    const auto marks = (bytes_ < 0x20) | (bytes_ == '"') | (bytes_ == '\\');
    std::uint64_t words[2];
    std::memcpy(words, &marks, sizeof words);
    if ((words[0] | words[1]) == 0) [[likely]]
      return 16;
    const auto byte_of = [](std::uint64_t word) noexcept {
      return static_cast<std::size_t>(std::countr_zero(word)) / 8;
    };
    return words[0] != 0 ? byte_of(words[0]) : 8 + byte_of(words[1]);
  }

 private:
  typedef signed char Vector __attribute__((vector_size(16)));
  Vector bytes_;
};

// How many bytes of text stand before its first special byte.
inline std::size_t plain_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (; text.size() - at >= 16; at += 16) {
    const std::size_t special = TextChunk::load(text.data() + at).first_special();
    if (special != 16) return at + special;
  }
  while (at < text.size() && !is_special(text[at])) ++at;
  return at;
}

// Copies the plain prefix of a text of less than 16 bytes, by overlapping moves, and returns its
// length. May write more of text, but nothing beyond out + text.size().
inline std::size_t copy_short_plain(char* out, std::string_view text) noexcept {
  const auto copy_ends = [&](auto first) noexcept {
    auto last = first;
    const std::size_t last_at = text.size() - sizeof last;
    std::memcpy(&first, text.data(), sizeof first);
    std::memcpy(&last, text.data() + last_at, sizeof last);
    std::memcpy(out, &first, sizeof first);
    std::memcpy(out + last_at, &last, sizeof last);
    // Two words of four bytes are looked at twice, which does no harm.
    const std::uint64_t both = sizeof first == 8 ? last : first | std::uint64_t{last} << 32;
    return TextChunk::of(sizeof first == 8 ? first : both, both).first_special() == 16;
  };
  if (text.size() >= 8) {
    if (copy_ends(std::uint64_t{})) return text.size();
  } else if (text.size() >= 4) {
    if (copy_ends(std::uint32_t{})) return text.size();
  }
  std::size_t at = 0;
  for (; at < text.size() && !is_special(text[at]); ++at) out[at] = text[at];
  return at;
}

// The same for a text of any length.
inline std::size_t copy_plain(char* out, std::string_view text) noexcept {
  if (text.size() < 16) return copy_short_plain(out, text);
  const auto copy_chunk = [&](std::size_t at) noexcept {
    const TextChunk chunk = TextChunk::load(text.data() + at);
    chunk.store(out + at);
    return chunk.first_special();
  };
  const std::size_t last = text.size() - 16;
  for (std::size_t at = 0; at < last; at += 16) {
    const std::size_t special = copy_chunk(at);
    if (special != 16) return at + special;
  }
  return last + copy_chunk(last);  // what it shares with the chunk before is plain
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_JSON_TEXT_H_
