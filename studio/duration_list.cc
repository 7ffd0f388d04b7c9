// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/duration_list.h"

#include <algorithm>

namespace tracebus {
inline namespace v1 {

std::optional<double> DurationList::mean_ms() const noexcept {
  if (ns_.empty()) return std::nullopt;
  double sum_ms = 0;
  for (const std::int64_t ns : ns_) sum_ms += static_cast<double>(ns) / 1e6;
  return sum_ms / static_cast<double>(ns_.size());
}

std::optional<double> DurationList::percentile_ms(std::size_t percent) {
  if (ns_.empty()) return std::nullopt;
  const std::size_t rank = (ns_.size() * percent + 99) / 100;
  const auto at = ns_.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(ns_.begin(), at, ns_.end());
  return static_cast<double>(*at) / 1e6;
}

}  // namespace v1
}  // namespace tracebus
