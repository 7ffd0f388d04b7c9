// SPDX-License-Identifier: Apache-2.0
//
// Days of a local time, as costs are summed and budgeted by. No leap seconds, no change of the
// offset within a year.
//
// Thread safety: values.
#ifndef TRACEBUS_TRACE_COST_DAY_H_
#define TRACEBUS_TRACE_COST_DAY_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "tracebus/core/timestamp.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::int64_t kDaySeconds = 86'400;

// Days since 1970, where local time is offset_s ahead of UTC.
constexpr std::int64_t day_of(Timestamp time, std::int32_t offset_s) noexcept {
  constexpr std::int64_t kFarSeconds = std::int64_t{1} << 60;  // so that nothing overflows
  const std::int64_t local = std::clamp(time.seconds, -kFarSeconds, kFarSeconds) + offset_s;
  return local / kDaySeconds - (local % kDaySeconds < 0 ? 1 : 0);
}

// As "2026-06-16", in text. REQUIRES: day came from day_of.
using DayText = std::array<char, kTimestampTextMax + 16>;
std::string_view write_day(std::int64_t day, DayText& text) noexcept;

// The first day of the month that day is in, and of the next one.
struct MonthDays {
  std::int64_t first = 0;
  std::int64_t end = 0;
};
MonthDays month_of(std::int64_t day) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_DAY_H_
