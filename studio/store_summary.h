// SPDX-License-Identifier: Apache-2.0
//
// StoreSummary: what a store holds, in a few numbers.
#ifndef TRACEBUS_STUDIO_STORE_SUMMARY_H_
#define TRACEBUS_STUDIO_STORE_SUMMARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {

// The seed's keys of TraceService.summary, in its order, and then ours.
struct StoreSummary {
  bool loaded = false;  // something was read or appended
  std::uint64_t count = 0;
  std::vector<std::string> event_types;  // sorted; those without a name are left out
  std::vector<std::string> agents;       // sorted
  std::int64_t total_tokens = 0;         // none counted twice
  double total_duration_ms = 0;          // of the durations that events say

  std::uint64_t runs = 0;
  std::uint64_t evicted = 0;  // events that were let go of
  std::uint64_t open_spans = 0;
  // Costs, tokens, durations that are negative or no numbers, and times beyond 1678 to 2262.
  std::uint64_t refused_figures = 0;
  std::uint64_t duplicates = 0;  // events that came before: shown, and counted once
  std::int64_t total_cost_nanos = 0;
  std::uint64_t bytes = 0;  // of memory
};

StoreSummary summary_of(const SpanTable& table);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_STORE_SUMMARY_H_
