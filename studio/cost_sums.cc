// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/cost_sums.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace tracebus {
inline namespace v1 {

CostSums::CostSums(const SpanTable& table, GroupBy by)
    : by_(by), groups_(table, by), runs_(table.runs().runs().size()) {}

bool CostSums::is_before(std::uint32_t a, std::uint32_t b) const {
  const bool by_time = by_ == GroupBy::kDay || by_ == GroupBy::kHour;
  if (by_time) return name(a) > name(b);
  const SpentGroup& first = sums_[a];
  const SpentGroup& second = sums_[b];
  if (first.cost_nanos != second.cost_nanos) return first.cost_nanos > second.cost_nanos;
  return first.tokens != second.tokens ? first.tokens > second.tokens : name(a) < name(b);
}

CostBreakdown CostSums::breakdown(std::size_t most) const {
  CostBreakdown result;
  for (const SpentGroup& group : sums_) {
    add_saturating(result.cost_nanos, group.cost_nanos);
    add_saturating(result.tokens, group.tokens);
    result.calls += group.calls;
  }
  std::vector<std::uint32_t> order(sums_.size());
  std::iota(order.begin(), order.end(), 0u);
  const std::size_t shown = std::min(most, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [this](std::uint32_t a, std::uint32_t b) { return is_before(a, b); });
  for (std::size_t i = 0; i < shown; ++i) {
    SpentGroup& group = result.groups.emplace_back(sums_[order[i]]);
    group.name = name(order[i]);
    group.unpriced_calls = group.calls - std::min(group.calls, priced_[order[i]]);
    if (result.cost_nanos == 0) continue;
    group.share = static_cast<double>(group.cost_nanos) / static_cast<double>(result.cost_nanos);
  }
  return result;
}

}  // namespace v1
}  // namespace tracebus
