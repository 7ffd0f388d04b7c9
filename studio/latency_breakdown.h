// SPDX-License-Identifier: Apache-2.0
//
// LatencyBreakdown: how long spans took, and how many failed, by one dimension.
#ifndef TRACEBUS_STUDIO_LATENCY_BREAKDOWN_H_
#define TRACEBUS_STUDIO_LATENCY_BREAKDOWN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/studio/span_groups.h"
#include "tracebus/studio/span_query.h"

namespace tracebus {
inline namespace v1 {

// Percentiles are exact: the smallest duration that so many percent do not exceed (nearest rank).
// Absent: no span of the group says how long it took.
struct LatencyGroup {
  std::string name;          // empty: of events that say none
  std::uint64_t count = 0;   // that ended
  std::uint64_t errors = 0;  // among them
  std::optional<double> mean_ms, p50_ms, p90_ms, p99_ms, max_ms;
};

// Of the spans that match and have ended, calls of models unless the query asks for another kind;
// the one with the most spans first.
std::vector<LatencyGroup> latency_breakdown(const SpanTable& table, GroupBy by, SpanQuery query);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_LATENCY_BREAKDOWN_H_
