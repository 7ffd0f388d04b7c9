// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/told_time.h"

#include <cstdint>

namespace tracebus {
inline namespace v1 {
namespace {

Timestamp scaled(Timestamp time) noexcept {
  constexpr std::int64_t kLimits[] = {100'000'000'000, 100'000'000'000'000,
                                      100'000'000'000'000'000};
  std::int64_t units_per_second = 1;
  for (const std::int64_t limit : kLimits) {
    if (time.seconds < limit && time.seconds > -limit) break;
    units_per_second *= 1000;
  }
  std::int64_t seconds = time.seconds / units_per_second;
  std::int64_t rest = time.seconds % units_per_second;
  if (rest < 0) {
    rest += units_per_second;
    --seconds;
  }
  const std::int64_t nanoseconds =
      rest * (1'000'000'000 / units_per_second) + time.nanoseconds / units_per_second;
  return {seconds, static_cast<std::uint32_t>(nanoseconds)};
}

}  // namespace

std::optional<Timestamp> told_time(std::string_view text) noexcept {
  if (const auto time = parse_decimal_seconds(text)) return scaled(*time);
  return parse_iso8601(text);
}

std::optional<Timestamp> told_time(const Value& value) noexcept {
  switch (value.type()) {
    case ValueType::kInt64:
      return scaled({value.as_int64(), 0});
    case ValueType::kDouble:
      return scaled(Timestamp::from_seconds(value.as_double()));
    case ValueType::kString:
      return told_time(value.as_string());
    default:
      return std::nullopt;
  }
}

}  // namespace v1
}  // namespace tracebus
