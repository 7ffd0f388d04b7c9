// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_day.h"

#include <chrono>

namespace tracebus {
inline namespace v1 {

std::string_view write_day(std::int64_t day, DayText& text) noexcept {
  const std::size_t length = format_iso8601({day * kDaySeconds, 0}, 0, text.data());
  const std::string_view whole(text.data(), length);
  return whole.substr(0, whole.find('T'));
}

MonthDays month_of(std::int64_t day) noexcept {
  using std::chrono::sys_days;
  const sys_days at{std::chrono::days(day)};
  const std::chrono::year_month_day date(at);
  const std::chrono::year_month month = date.year() / date.month();
  const sys_days first(month / 1);
  const sys_days end((month + std::chrono::months(1)) / 1);
  return {first.time_since_epoch().count(), end.time_since_epoch().count()};
}

}  // namespace v1
}  // namespace tracebus
