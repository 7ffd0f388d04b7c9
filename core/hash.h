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

// Multiply-and-fold over eight bytes at a time.
inline std::uint64_t hash_bytes(std::string_view text) noexcept {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15u;
  const auto fold = [](std::uint64_t a) noexcept {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * kMultiplier;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  std::uint64_t hash = fold(text.size() + 1);
  const char* at = text.data();
  std::size_t left = text.size();
  while (left >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    hash = fold(hash ^ word);
    at += 8;
    left -= 8;
  }
  std::uint64_t tail = 0;
  if (left != 0) std::memcpy(&tail, at, left);
  return fold(hash ^ tail ^ (static_cast<std::uint64_t>(left) << 56));
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
