// SPDX-License-Identifier: Apache-2.0
//
// The order of values, as filters and queries compare them.
#ifndef TRACEBUS_CORE_VALUE_ORDER_H_
#define TRACEBUS_CORE_VALUE_ORDER_H_

#include <compare>
#include <cstdint>
#include <optional>

#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

// Exact: nothing is rounded to a double.
inline std::partial_ordering compare_exactly(std::int64_t a, double b) noexcept {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (b != b) return std::partial_ordering::unordered;
  if (b >= kTwoTo63) return std::partial_ordering::less;
  if (b < -kTwoTo63) return std::partial_ordering::greater;
  const auto whole = static_cast<std::int64_t>(b);
  if (a != whole) return a <=> whole;
  return 0.0 <=> b - static_cast<double>(whole);
}

// Numbers compare by value, NaN to nothing; texts and bytes as unsigned bytes; false before true.
// Nothing when the two are of different kinds, or of a kind that has no order.
inline std::optional<std::partial_ordering> compare_values(const ValueView& a,
                                                           const ValueView& b) noexcept {
  if (a.is_number() && b.is_number()) {
    const bool a_whole = a.type() == ValueType::kInt64;
    const bool b_whole = b.type() == ValueType::kInt64;
    if (a_whole && b_whole) return a.as_int64() <=> b.as_int64();
    if (a_whole) return compare_exactly(a.as_int64(), b.as_double());
    if (b_whole) return 0 <=> compare_exactly(b.as_int64(), a.as_double());
    return a.as_double() <=> b.as_double();
  }
  if (a.type() != b.type()) return std::nullopt;
  if (a.type() == ValueType::kBool) return a.as_bool() <=> b.as_bool();
  const bool text = a.type() == ValueType::kString || a.type() == ValueType::kBytes;
  if (text) return a.as_string() <=> b.as_string();
  return std::nullopt;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_VALUE_ORDER_H_
