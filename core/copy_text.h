// SPDX-License-Identifier: Apache-2.0
//
// copy_text: for the texts of records, most of which are short.
#ifndef TRACEBUS_CORE_COPY_TEXT_H_
#define TRACEBUS_CORE_COPY_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tracebus {
inline namespace v1 {

// Copies length bytes by overlapping moves of fixed size: no byte beyond the text is read, and
// short texts need no call. Returns the end of the copy.
inline char* copy_text(char* out, const char* text, std::size_t length) noexcept {
  const auto move_ends = [&](auto word) noexcept {
    auto tail = word;
    std::memcpy(&word, text, sizeof word);
    std::memcpy(&tail, text + length - sizeof tail, sizeof tail);
    std::memcpy(out, &word, sizeof word);
    std::memcpy(out + length - sizeof tail, &tail, sizeof tail);
  };
  struct Sixteen {  // no array, for which the compiler would guard the stack
    std::uint64_t first;
    std::uint64_t second;
  };
  if (length - 16 <= 16) {
    move_ends(Sixteen{});
  } else if (length - 8 < 8) {
    move_ends(std::uint64_t{});
  } else if (length - 4 < 4) {
    move_ends(std::uint32_t{});
  } else if (length > 32) {
    std::memcpy(out, text, length);
  } else {
    for (std::size_t i = 0; i < length; ++i) out[i] = text[i];
  }
  return out + length;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_COPY_TEXT_H_
