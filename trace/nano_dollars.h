// SPDX-License-Identifier: Apache-2.0
//
// NanoDollars: an amount of money in whole billionths of a dollar, so that sums are exact.
//
// 64 bits hold 9.2 billion dollars. What is beyond saturates, and whoever adds is told.
// Thread safety: values.
#ifndef TRACEBUS_TRACE_NANO_DOLLARS_H_
#define TRACEBUS_TRACE_NANO_DOLLARS_H_

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

enum class MoneyStatus : std::uint8_t {
  kOk,
  kRounded,     // a text with more digits than fit: the nearest amount, half to even
  kSaturated,   // beyond what fits: the largest amount
  kNegative,    // refused: the amount is 0
  kNotANumber,  // refused: NaN, or a text that is no JSON number; the amount is 0
};

constexpr bool is_refused(MoneyStatus status) noexcept {
  return status == MoneyStatus::kNegative || status == MoneyStatus::kNotANumber;
}
// For messages: "is negative" and the like.
std::string_view description_of(MoneyStatus status) noexcept;

struct ReadMoney;

class NanoDollars {
 public:
  constexpr NanoDollars() noexcept = default;
  constexpr explicit NanoDollars(std::int64_t value) noexcept : value_(value) {}

  static constexpr NanoDollars max() noexcept {
    return NanoDollars(std::numeric_limits<std::int64_t>::max());
  }
  // The exact binary value of dollars, rounded to a billionth, half to even. Says nothing of
  // rounding, since hardly any decimal fraction is a double. What to_dollars gives for an amount
  // below 2^52 comes back as that amount. Infinity saturates.
  static ReadMoney from_dollars(double dollars) noexcept;
  // Dollars as a JSON number, such as "0.0248" or "2.48e-2", without going through a double.
  static ReadMoney from_text(std::string_view text) noexcept;

  constexpr std::int64_t value() const noexcept { return value_; }
  double to_dollars() const noexcept { return static_cast<double>(value_) / 1e9; }
  // All digits that are needed, at least one behind the point: "0.0248", "12.0".
  std::string to_text() const;

  constexpr auto operator<=>(const NanoDollars&) const noexcept = default;

 private:
  std::int64_t value_ = 0;
};

struct ReadMoney {
  NanoDollars amount;
  MoneyStatus status = MoneyStatus::kOk;
};

// A JSON number times 10^scale as an integer, rounded half to even. For amounts in other units.
struct ScaledDecimal {
  std::int64_t value = 0;
  MoneyStatus status = MoneyStatus::kOk;
};
ScaledDecimal parse_scaled_decimal(std::string_view text, int scale) noexcept;

// sum += addend, for addend >= 0; false: it saturated.
inline bool add_saturating(std::int64_t& sum, std::int64_t addend) noexcept {
  if (!__builtin_add_overflow(sum, addend, &sum)) [[likely]]
    return true;
  sum = std::numeric_limits<std::int64_t>::max();
  return false;
}

// Of two numbers >= 0: numerator / denominator, to the nearest, half to even.
constexpr unsigned __int128 divide_half_even(unsigned __int128 numerator,
                                             unsigned __int128 denominator) noexcept {
  const unsigned __int128 quotient = numerator / denominator;
  const unsigned __int128 rest = numerator % denominator;
  const unsigned __int128 missing = denominator - rest;
  const bool up = rest > missing || (rest == missing && quotient % 2 == 1);
  return quotient + (up ? 1 : 0);
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_NANO_DOLLARS_H_
