// SPDX-License-Identifier: Apache-2.0
//
// Copies text into a JSON string, sixteen bytes at a time, and finds what must be escaped in it.
// Private to the JSON writer.
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
  // Which bytes are special.
  class Marks {
   public:
    bool any() const noexcept {
      const Words words = as_words();
      return (words[0] | words[1]) != 0;
    }
    // The index of the first one. REQUIRES: any().
    std::size_t first() const noexcept {
      const auto byte_of = [](std::uint64_t word) noexcept {
        return static_cast<std::size_t>(std::countr_zero(word)) / 8;
      };
      const Words words = as_words();
      return words[0] != 0 ? byte_of(words[0]) : 8 + byte_of(words[1]);
    }
    Marks operator|(const Marks& other) const noexcept { return Marks(bytes_ | other.bytes_); }

   private:
    friend class TextChunk;
    typedef signed char Vector __attribute__((vector_size(16)));
    typedef std::uint64_t Words __attribute__((vector_size(16)));
    explicit Marks(Vector bytes) noexcept : bytes_(bytes) {}
    Words as_words() const noexcept { return std::bit_cast<Words>(bytes_); }
    Vector bytes_;
  };

  static TextChunk load(const char* from) noexcept {
    TextChunk chunk;
    std::memcpy(&chunk.bytes_, from, sizeof chunk.bytes_);
    return chunk;
  }
  static TextChunk of(std::uint64_t first, std::uint64_t second) noexcept {
    // In registers: through memory the load of both would wait for the stores.
    TextChunk chunk;
    chunk.bytes_ = std::bit_cast<Marks::Vector>(Marks::Words{first, second});
    return chunk;
  }
  void store(char* to) const noexcept { std::memcpy(to, &bytes_, sizeof bytes_); }

  Marks special() const noexcept {
    // Signed, so that all beyond ASCII lie below 0x20 as well.
    return Marks((bytes_ < 0x20) | (bytes_ == '"') | (bytes_ == '\\'));
  }

 private:
  Marks::Vector bytes_;
};

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
    return !TextChunk::of(sizeof first == 8 ? first : both, both).special().any();
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
  const std::size_t last_at = text.size() - 16;
  const TextChunk last = TextChunk::load(text.data() + last_at);
  if (last_at <= 16) {  // names and the like: one look at all of it
    const TextChunk first = TextChunk::load(text.data());
    first.store(out);
    last.store(out + last_at);
    const TextChunk::Marks marks = first.special();
    if (!(marks | last.special()).any()) [[likely]]
      return text.size();
    return marks.any() ? marks.first() : last_at + last.special().first();
  }
  for (std::size_t at = 0; at < last_at; at += 16) {
    const TextChunk chunk = TextChunk::load(text.data() + at);
    chunk.store(out + at);
    const TextChunk::Marks marks = chunk.special();
    if (marks.any()) return at + marks.first();
  }
  last.store(out + last_at);
  const TextChunk::Marks marks = last.special();
  return marks.any() ? last_at + marks.first() : text.size();
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_JSON_TEXT_H_
