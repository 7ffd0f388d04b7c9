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

// The first and the last bytes of a text in two words, which overlap where it is short. With the
// size they are all of a text of up to kWhole bytes.
struct TextEnds {
  static constexpr std::size_t kWhole = 16;

  std::uint64_t head = 0;
  std::uint64_t tail = 0;

  explicit TextEnds(std::string_view text) noexcept {
    const char* const at = text.data();
    const std::size_t size = text.size();
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
  }

  bool operator==(const TextEnds& other) const noexcept {
    return ((head ^ other.head) | (tail ^ other.tail)) == 0;
  }
};

// The product of two words, folded into one.
inline std::uint64_t fold_words(std::uint64_t a, std::uint64_t b) noexcept {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
inline constexpr std::uint64_t kHashFirst = 0x9E3779B97F4A7C15u;
inline constexpr std::uint64_t kHashSecond = 0xD6E8FEB86659FD93u;

// Of a text of up to TextEnds::kWhole bytes, which is most names: no loop and no call.
inline std::uint64_t hash_short(const TextEnds& ends, std::size_t size) noexcept {
  return fold_words(ends.head ^ kHashFirst, ends.tail ^ size);
}

inline std::uint64_t hash_bytes(std::string_view text) noexcept {
  if (text.size() <= TextEnds::kWhole) return hash_short(TextEnds(text), text.size());
  const char* const last = text.data() + text.size() - 16;
  std::uint64_t seed = kHashSecond ^ text.size();
  for (const char* at = text.data(); at < last; at += 16) {
    seed = fold_words(load_word<std::uint64_t>(at) ^ kHashFirst,
                      load_word<std::uint64_t>(at + 8) ^ seed);
  }
  return fold_words(load_word<std::uint64_t>(last) ^ kHashFirst,
                    load_word<std::uint64_t>(last + 8) ^ seed);
}

// As ==, without a call for up to sixteen bytes.
inline bool same_text(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size() || !(TextEnds(a) == TextEnds(b))) return false;
  return a.size() <= TextEnds::kWhole || std::memcmp(a.data(), b.data(), a.size()) == 0;
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
