// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/percent_text.h"

#include <cstdint>

#include "tracebus/core/utf8.h"
#include "tracebus/trace/header_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr bool is_unreserved(char c) noexcept {
  return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Calls take(sequence) with each UTF-8 sequence of text, and with U+FFFD for what is none.
template <class Take>
void for_each_sequence(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    take(sequence.valid ? text.substr(0, sequence.length) : kReplacementCharacter);
    text.remove_prefix(sequence.length);
  }
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = lower_case(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for_each_sequence(text, [&out](std::string_view sequence) {
    for (const char c : sequence) {
      if (is_unreserved(c)) {
        out += c;
        continue;
      }
      const auto byte = static_cast<std::uint8_t>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  });
}

std::string percent_decoded(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  while (!text.empty()) {
    const bool complete = text.front() == '%' && text.size() >= 3;
    const int high = complete ? hex_digit(text[1]) : -1;
    const int low = complete ? hex_digit(text[2]) : -1;
    const bool encoded = high >= 0 && low >= 0;
    bytes += encoded ? static_cast<char>(high << 4 | low) : text.front();
    text.remove_prefix(encoded ? 3 : 1);
  }
  return is_valid_utf8(bytes) ? bytes : valid_utf8(bytes);
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  for_each_sequence(text, [&valid](std::string_view sequence) { valid += sequence; });
  return valid;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  std::size_t size = bytes_max;
  // At most three continuation bytes stand behind a lead byte.
  for (int i = 0; i < 3 && size > 0 && (static_cast<std::uint8_t>(text[size]) & 0xC0) == 0x80;
       ++i) {
    --size;
  }
  return text.substr(0, size);
}

}  // namespace v1
}  // namespace tracebus
