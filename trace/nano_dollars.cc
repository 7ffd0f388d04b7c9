// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/nano_dollars.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Takes the digits at the front of text away, and returns them.
std::string_view take_digits(std::string_view& text) noexcept {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

// number / 2^shift, to the nearest, half to even. REQUIRES: 0 < shift < 128.
unsigned __int128 shift_half_even(unsigned __int128 number, int shift) noexcept {
  const unsigned __int128 quotient = number >> shift;
  const unsigned __int128 half = static_cast<unsigned __int128>(1) << (shift - 1);
  const unsigned __int128 rest = number & (2 * half - 1);
  const bool up = rest > half || (rest == half && (quotient & 1) != 0);
  return quotient + (up ? 1 : 0);
}

struct DecimalText {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;  // saturates far beyond what any text has digits for
};

// By the grammar of JSON numbers; false for anything else.
bool split_decimal(std::string_view text, DecimalText& out) noexcept {
  out.negative = text.starts_with('-');
  if (out.negative) text.remove_prefix(1);
  out.whole = take_digits(text);
  if (out.whole.empty() || (out.whole.size() > 1 && out.whole.front() == '0')) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    out.fraction = take_digits(text);
    if (out.fraction.empty()) return false;
  }
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  const std::string_view digits = take_digits(text);
  if (digits.empty() || !text.empty()) return false;
  constexpr std::int64_t kExponentMax = std::int64_t{1} << 40;
  for (const char digit : digits) {
    out.exponent = std::min(10 * out.exponent + (digit - '0'), kExponentMax);
  }
  if (minus) out.exponent = -out.exponent;
  return true;
}

// Digits from the first on, each of which counts ten times the one behind it. Those that count
// less than one decide the rounding.
class DigitSum {
 public:
  // places: how many powers of ten the first digit stands above the units, plus one.
  explicit DigitSum(std::int64_t places) noexcept : places_(places) {}

  void add(char digit) noexcept {
    if (digit != '0') any_ = true;
    if (places_ > 0) {
      push(digit - '0');
    } else if (places_ == 0) {
      first_cut_ = digit - '0';
    } else if (digit != '0') {
      rest_cut_ = true;
    }
    --places_;
  }
  bool any() const noexcept { return any_; }
  ScaledDecimal finish() noexcept {
    for (; places_ > 0 && value_ != 0 && !saturated_; --places_) push(0);
    const bool up = first_cut_ > 5 || (first_cut_ == 5 && (rest_cut_ || value_ % 2 == 1));
    if (up && !saturated_) saturated_ = !add_saturating(value_, 1);
    if (saturated_) return {kLargest, MoneyStatus::kSaturated};
    const bool exact = first_cut_ == 0 && !rest_cut_;
    return {value_, exact ? MoneyStatus::kOk : MoneyStatus::kRounded};
  }

 private:
  void push(int digit) noexcept {
    saturated_ |= __builtin_mul_overflow(value_, std::int64_t{10}, &value_) ||
                  __builtin_add_overflow(value_, std::int64_t{digit}, &value_);
  }

  std::int64_t places_;
  std::int64_t value_ = 0;
  int first_cut_ = 0;
  bool rest_cut_ = false;
  bool any_ = false;
  bool saturated_ = false;
};

}  // namespace

std::string_view description_of(MoneyStatus status) noexcept {
  switch (status) {
    case MoneyStatus::kOk:
      return "is an amount";
    case MoneyStatus::kRounded:
      return "has more digits than are kept";
    case MoneyStatus::kSaturated:
      return "is larger than any amount that can be kept";
    case MoneyStatus::kNegative:
      return "is negative";
    case MoneyStatus::kNotANumber:
      break;
  }
  return "is no number";
}

ScaledDecimal parse_scaled_decimal(std::string_view text, int scale) noexcept {
  DecimalText decimal;
  if (!split_decimal(text, decimal)) return {0, MoneyStatus::kNotANumber};
  DigitSum sum(static_cast<std::int64_t>(decimal.whole.size()) + decimal.exponent + scale);
  for (const char digit : decimal.whole) sum.add(digit);
  for (const char digit : decimal.fraction) sum.add(digit);
  if (decimal.negative && sum.any()) return {0, MoneyStatus::kNegative};
  return sum.finish();
}

ReadMoney NanoDollars::from_text(std::string_view text) noexcept {
  const ScaledDecimal decimal = parse_scaled_decimal(text, 9);
  return {NanoDollars(decimal.value), decimal.status};
}

ReadMoney NanoDollars::from_dollars(double dollars) noexcept {
  if (std::isnan(dollars)) return {{}, MoneyStatus::kNotANumber};
  if (dollars < 0) return {{}, MoneyStatus::kNegative};
  if (dollars >= static_cast<double>(kLargest / kBillion + 1)) {
    return {max(), MoneyStatus::kSaturated};
  }
  // dollars = mantissa * 2^-shift with a mantissa of 53 bits, so the product has at most 83.
  const auto bits = std::bit_cast<std::uint64_t>(dollars);
  const auto exponent = static_cast<int>(bits >> 52 & 0x7FF);
  const int shift = 1075 - exponent;  // >= 18: dollars is below 2^34
  if (shift > 100) return {};         // far below half a billionth; also what is not normal
  const std::uint64_t mantissa = (bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52;
  const unsigned __int128 nanos =
      shift_half_even(static_cast<unsigned __int128>(mantissa) * kBillion, shift);
  if (nanos > static_cast<unsigned __int128>(kLargest)) return {max(), MoneyStatus::kSaturated};
  return {NanoDollars(static_cast<std::int64_t>(nanos)), MoneyStatus::kOk};
}

std::string NanoDollars::to_text() const {
  std::string text = value_ < 0 ? "-" : "";
  const std::uint64_t size =
      value_ < 0 ? 0 - static_cast<std::uint64_t>(value_) : static_cast<std::uint64_t>(value_);
  text += std::to_string(size / kBillion);
  std::string fraction = std::to_string(kBillion + size % kBillion).substr(1);
  fraction.resize(std::max<std::size_t>(fraction.find_last_not_of('0') + 1, 1));
  return text + "." + fraction;
}

}  // namespace v1
}  // namespace tracebus
