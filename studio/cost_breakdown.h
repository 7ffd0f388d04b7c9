// SPDX-License-Identifier: Apache-2.0
//
// CostBreakdown: what was paid, for how many calls and tokens, by one dimension.
#ifndef TRACEBUS_STUDIO_COST_BREAKDOWN_H_
#define TRACEBUS_STUDIO_COST_BREAKDOWN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/studio/span_groups.h"
#include "tracebus/studio/span_query.h"

namespace tracebus {
inline namespace v1 {

struct SpentGroup {
  std::string name;  // empty: of events that say none
  std::int64_t cost_nanos = 0;
  std::uint64_t calls = 0;           // of models
  std::uint64_t unpriced_calls = 0;  // among calls: nobody said what they cost
  std::uint64_t runs = 0;            // in which there were any
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t tokens = 0;  // both, and those that were said as a sum alone
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;
  double share = 0;  // of the whole cost, 0 to 1; 0 where there is none

  double cost_usd() const noexcept { return static_cast<double>(cost_nanos) / 1e9; }
  double usd_per_run() const noexcept {
    return runs == 0 ? 0 : cost_usd() / static_cast<double>(runs);
  }
};

struct CostBreakdown {
  std::vector<SpentGroup> groups;  // the dearest first; days and hours from the newest
  std::int64_t cost_nanos = 0;    // of all groups; saturates
  std::int64_t tokens = 0;
  std::uint64_t calls = 0;
};

// Of the events that match; the query's sort, offset and limit do not matter. Nothing is counted
// twice (span_table.h).
CostBreakdown cost_breakdown(const SpanTable& table, GroupBy by, const SpanQuery& query);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_COST_BREAKDOWN_H_
