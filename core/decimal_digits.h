// SPDX-License-Identifier: Apache-2.0
//
// Decimal digits of numbers, eight at a time in one word.
#ifndef TRACEBUS_CORE_DECIMAL_DIGITS_H_
#define TRACEBUS_CORE_DECIMAL_DIGITS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tracebus {
inline namespace v1 {

// The digits of a number below 10^8, leading zeros included, one a byte; the first is the lowest
// byte. Each step splits all parts of the word at once, dividing by multiplication.
class EightDigits {
 public:
  static constexpr std::uint32_t kEnd = 100'000'000;

  // REQUIRES: number < kEnd.
  constexpr explicit EightDigits(std::uint32_t number) noexcept {
    const std::uint64_t fours = number / 10'000 | std::uint64_t{number % 10'000} << 32;
    const std::uint64_t hundreds = (fours * 10'486 >> 20) & 0x0000'007F'0000'007F;
    const std::uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
    const std::uint64_t tens = (twos * 103 >> 10) & 0x000F'000F'000F'000F;
    digits_ = tens | (twos - 10 * tens) << 8;
  }

  constexpr bool are_zero() const noexcept { return digits_ == 0; }
  // How many zeros they begin with, and end with: 8 if there is nothing else.
  constexpr std::size_t leading_zeros() const noexcept {
    return static_cast<std::size_t>(std::countr_zero(digits_)) / 8;
  }
  constexpr std::size_t trailing_zeros() const noexcept {
    return static_cast<std::size_t>(std::countl_zero(digits_)) / 8;
  }

  // Writes eight bytes: the digits but for the first few, which are skipped, and bytes of no
  // meaning after them. REQUIRES: skipped < 8.
  void store(char* out, std::size_t skipped = 0) const noexcept {
    const std::uint64_t text = (digits_ | 0x3030'3030'3030'3030) >> (8 * skipped);
    std::memcpy(out, &text, sizeof text);
  }

 private:
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t digits_ = 0;
};

// The texts of the numbers below 1000, which most counts are: three characters, then the length.
inline constexpr auto kSmallNumbers = [] {
  std::array<std::array<char, 4>, 1000> texts{};
  for (unsigned number = 0; number < texts.size(); ++number) {
    const char digits[] = {static_cast<char>('0' + number / 100),
                           static_cast<char>('0' + number / 10 % 10),
                           static_cast<char>('0' + number % 10)};
    const unsigned length = number < 10 ? 1 : number < 100 ? 2 : 3;
    for (unsigned i = 0; i < length; ++i) texts[number][i] = digits[3 - length + i];
    texts[number][3] = static_cast<char>(length);
  }
  return texts;
}();

// Writes value without leading zeros, and up to eight bytes of no meaning after it; returns its
// end.
inline char* write_uint64(char* out, std::uint64_t value) noexcept {
  if (value < kSmallNumbers.size()) {
    std::memcpy(out, &kSmallNumbers[value], 4);
    return out + kSmallNumbers[value][3];
  }
  if (value >= EightDigits::kEnd) {
    out = write_uint64(out, value / EightDigits::kEnd);
    EightDigits(static_cast<std::uint32_t>(value % EightDigits::kEnd)).store(out);
    return out + 8;
  }
  const EightDigits digits(static_cast<std::uint32_t>(value));
  digits.store(out, digits.leading_zeros());
  return out + 8 - digits.leading_zeros();
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_DECIMAL_DIGITS_H_
