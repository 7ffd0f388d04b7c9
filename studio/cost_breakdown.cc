// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/cost_breakdown.h"

#include "tracebus/studio/cost_sums.h"
#include "tracebus/studio/span_filter.h"

namespace tracebus {
inline namespace v1 {

CostBreakdown cost_breakdown(const SpanTable& table, GroupBy by, const SpanQuery& query) {
  CostSums sums(table, by);
  for_each_match(table, query, [&sums](const SpanRow& at) {
    const std::uint32_t flags = at.chunk->flags[at.row];
    if ((flags & CostSums::kCounted) == 0) return;
    sums.add(sums.group_of(at), CostSums::Addend(at, flags));
  });
  return sums.breakdown();
}

}  // namespace v1
}  // namespace tracebus
