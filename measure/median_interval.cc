// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/median_interval.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kOutside = 0.05;  // both ends together

// The chance that exactly so many of count fair coins show heads.
double chance_of_heads(std::size_t heads, std::size_t count) {
  const auto n = static_cast<double>(count);
  const auto k = static_cast<double>(heads);
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) -
                  n * std::log(2.0));
}

}  // namespace

std::optional<MedianInterval> median_interval(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  // As many values as may lie below the interval, and above it.
  std::size_t outside = 0;
  double chance = 0;
  while (2 * outside < values.size()) {
    chance += chance_of_heads(outside, values.size());
    if (2 * chance > kOutside) break;
    ++outside;
  }
  if (outside == 0) return std::nullopt;
  return MedianInterval{values[outside - 1], values[values.size() - outside]};
}

}  // namespace v1
}  // namespace tracebus
