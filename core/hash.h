// SPDX-License-Identifier: Apache-2.0
//
// Hashing of short texts inside the process. Not stable across versions, not for untrusted floods.
#ifndef TRACEBUS_CORE_HASH_H_
#define TRACEBUS_CORE_HASH_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tracebus {
inline namespace v1 {

template <class Word>
Word load_word(const char* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Multiply-and-fold. Up to sixteen bytes, which is most names, are two words that may overlap: no
// loop and no call.
inline std::uint64_t hash_bytes(std::string_view text) noexcept {
  constexpr std::uint64_t kFirst = 0x9E3779B97F4A7C15u;
  constexpr std::uint64_t kSecond = 0xD6E8FEB86659FD93u;
  const auto fold = [](std::uint64_t a, std::uint64_t b) noexcept {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  const char* at = text.data();
  const std::size_t size = text.size();
  std::uint64_t seed = kSecond ^ size;
  if (size > 16) [[unlikely]] {
    const char* const last = at + size - 16;
    for (; at < last; at += 16) {
      seed = fold(load_word<std::uint64_t>(at) ^ kFirst, load_word<std::uint64_t>(at + 8) ^ seed);
    }
    return fold(load_word<std::uint64_t>(last) ^ kFirst, load_word<std::uint64_t>(last + 8) ^ seed);
  }
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  if (size >= 8) {
    head = load_word<std::uint64_t>(at);
    tail = load_word<std::uint64_t>(at + size - 8);
  } else if (size >= 4) {
    head = load_word<std::uint32_t>(at);
    tail = load_word<std::uint32_t>(at + size - 4);
  } else if (size != 0) {
    const auto byte = [at](std::size_t i) {
      return std::uint64_t{static_cast<unsigned char>(at[i])};
    };
    head = byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16;
  }
  return fold(head ^ kFirst, tail ^ seed);
}

// As ==, without a call for up to sixteen bytes.
inline bool same_text(std::string_view a, std::string_view b) noexcept {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  const auto same_ends = [&](auto word) noexcept {
    using Word = decltype(word);
    return ((load_word<Word>(a.data()) ^ load_word<Word>(b.data())) |
            (load_word<Word>(a.data() + size - sizeof word) ^
             load_word<Word>(b.data() + size - sizeof word))) == 0;
  };
  if (size >= 8 && size <= 16) return same_ends(std::uint64_t{});
  if (size >= 4 && size < 8) return same_ends(std::uint32_t{});
  return a == b;
}

// Transparent hash for absl and std maps keyed by std::string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return hash_bytes(text); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_HASH_H_
