// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/json_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace tracebus {
inline namespace v1 {
namespace {

// Costs, durations and shares have few digits, and are found faster by trial than by the general
// way. All texts of at most 15 digits stand for different doubles, so one that reads back is the
// shortest; and since a division rounds correctly, it reads back if dividing its digits by a power
// of ten gives the value. Beyond these bounds, and where no such text reads back, nothing is
// written and the answer is null.
constexpr double kFixedMin = 1e-3;  // from here the form without an exponent is no longer
constexpr double kScientificMin = 1e-7;
constexpr double kFineMax = 1e3;  // below, 12 fraction digits make 15 digits; from here, 9
constexpr double kFixedMax = 1e5;

// Writes a fraction of 16 digits without the zeros at its end; one digit at least.
char* write_fraction(char* out, std::uint64_t fraction) noexcept {
  const EightDigits high(static_cast<std::uint32_t>(fraction / EightDigits::kEnd));
  const auto rest = static_cast<std::uint32_t>(fraction % EightDigits::kEnd);
  high.store(out);
  if (rest == 0) return out + std::max<std::size_t>(1, 8 - high.trailing_zeros());
  const EightDigits low(rest);
  low.store(out + 8);
  return out + 16 - low.trailing_zeros();
}

template <std::uint64_t kScale>
char* write_fixed(char* out, double value) noexcept {
  const auto scaled = static_cast<std::uint64_t>(value * static_cast<double>(kScale) + 0.5);
  if (static_cast<double>(scaled) / static_cast<double>(kScale) != value) return nullptr;
  constexpr std::uint64_t k16Digits = 10'000'000'000'000'000;
  out = write_uint64(out, scaled / kScale);
  *out++ = '.';
  return write_fraction(out, scaled % kScale * (k16Digits / kScale));
}

// One digit, a point and the others if there are any, and an exponent of two digits.
char* write_scientific(char* out, const EightDigits& digits, std::size_t exponent) noexcept {
  const std::size_t skipped = digits.leading_zeros();
  const std::size_t count = 8 - skipped - digits.trailing_zeros();
  digits.store(out + 1, skipped);
  out[0] = out[1];
  out[1] = '.';
  out += count == 1 ? 1 : count + 1;
  std::memcpy(out, "e-00", 4);
  out[3] = static_cast<char>('0' + exponent);
  return out + 4;
}

// Below kFixedMin.
char* write_small(char* out, double value) noexcept {
  const auto trillionths = static_cast<std::uint64_t>(value * 1e12 + 0.5);
  if (static_cast<double>(trillionths) / 1e12 != value) return nullptr;
  if (trillionths < EightDigits::kEnd) {
    const EightDigits digits(static_cast<std::uint32_t>(trillionths));
    return write_scientific(out, digits, 5 + digits.leading_zeros());
  }
  // With two digits or more the form without an exponent is as short, and then preferred.
  const std::uint64_t rest = trillionths % EightDigits::kEnd;
  const std::uint64_t first = trillionths / EightDigits::kEnd;
  if (rest == 0) return write_scientific(out, EightDigits(static_cast<std::uint32_t>(first)), 4);
  std::memcpy(out, "0.000", 5);
  out[5] = static_cast<char>('0' + first);
  const EightDigits digits(static_cast<std::uint32_t>(rest));
  digits.store(out + 6);
  return out + 14 - digits.trailing_zeros();
}

char* write_short(char* out, double value) noexcept {
  if (!(value >= kScientificMin && value < kFixedMax)) return nullptr;
  if (value < kFixedMin) return write_small(out, value);
  if (value < kFineMax) return write_fixed<1'000'000'000'000>(out, value);
  return write_fixed<1'000'000'000>(out, value);
}

}  // namespace

char* write_json_double(char* out, double value) noexcept {
  char* const digits = out + (std::signbit(value) ? 1 : 0);
  *out = '-';
  if (char* const end = write_short(digits, std::fabs(value))) return end;
  if (value == 0) {
    std::memcpy(digits, "0.0", 3);
    return digits + 3;
  }
  if (!std::isfinite(value)) {
    std::memcpy(out, "null", 4);
    return out + 4;
  }
  char* const end = std::to_chars(out, out + kJsonNumberBytesMax, value).ptr;
  const auto marks_double = [](char c) { return c == '.' || c == 'e'; };
  if (std::any_of(out, end, marks_double)) return end;
  std::memcpy(end, ".0", 2);
  return end + 2;
}

}  // namespace v1
}  // namespace tracebus
