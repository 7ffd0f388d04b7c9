// SPDX-License-Identifier: Apache-2.0
//
// Reads UTF-8 that may be ill-formed, one sequence at a time.
#ifndef TRACEBUS_CORE_UTF8_H_
#define TRACEBUS_CORE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// What stands in the place of each ill-formed subpart: U+FFFD.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

struct Utf8Sequence {
  std::size_t length;  // in bytes, at least 1
  bool valid;          // else these bytes are a maximal subpart of an ill-formed sequence
};

// The sequence that text begins with (Unicode 15, section 3.9, table 3-7, and "maximal subpart").
// REQUIRES: text is not empty.
constexpr Utf8Sequence first_utf8_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  // The second byte also excludes overlong forms, surrogates, and what lies beyond U+10FFFF.
  const std::uint8_t second_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t second_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (text.size() < 2 || byte(1) < second_min || byte(1) > second_max) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  for (std::size_t i = 2; i < length; ++i) {
    if (i >= text.size() || (byte(i) & 0xC0) != 0x80) return {i, false};
  }
  return {length, true};
}

// Whether all of text is ASCII: eight bytes at a time, the last ones twice.
inline bool is_ascii(std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::uint64_t word = 0;
  std::uint64_t seen = 0;
  if (text.size() < sizeof word) {
    for (const char c : text) seen |= static_cast<std::uint8_t>(c);
    return (seen & kHighBits) == 0;
  }
  const std::size_t last_at = text.size() - sizeof word;
  for (std::size_t at = 0; at < last_at; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    seen |= word;
  }
  std::memcpy(&word, text.data() + last_at, sizeof word);
  return ((seen | word) & kHighBits) == 0;
}

inline bool is_valid_utf8(std::string_view text) noexcept {
  if (is_ascii(text)) [[likely]]
    return true;
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    if (!sequence.valid) return false;
    text.remove_prefix(sequence.length);
  }
  return true;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_UTF8_H_
