// SPDX-License-Identifier: Apache-2.0
//
// ProviderBreakdown: how the providers of models do: calls, errors, latencies, costs.
#ifndef TRACEBUS_STUDIO_PROVIDER_BREAKDOWN_H_
#define TRACEBUS_STUDIO_PROVIDER_BREAKDOWN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/core/timestamp.h"
#include "tracebus/studio/span_query.h"
#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {

struct ProviderFigures {
  static constexpr double kOkRate = 0.97;

  std::string name;               // as said, else by the model's name (provider_names.h)
  std::uint64_t calls = 0;        // of models, that ended
  std::uint64_t errors = 0;       // calls that failed, and errors that name the provider or a model
  std::uint64_t hour_errors = 0;  // of them, those of the last hour
  std::int64_t cost_nanos = 0;    // saturates; nothing is counted twice
  std::int64_t tokens = 0;
  std::optional<double> mean_ms, p50_ms, p90_ms, p99_ms;  // exact; absent: no call says it

  double success_rate() const noexcept;  // 0 to 1; 0 without calls
  bool is_ok() const noexcept { return calls != 0 && success_rate() >= kOkRate; }
};

struct ProviderBreakdown {
  std::vector<ProviderFigures> providers;  // the one with the most calls first
  // The end of the last hour: the latest event of the store, so that a file of last week shows how
  // it was then; but never later than now, as clocks of others may be wrong. Absent: none has a
  // time.
  std::optional<Timestamp> hour_until;
};

// Of the events that match.
ProviderBreakdown provider_breakdown(const SpanTable& table, const SpanQuery& query,
                                     std::int64_t now_ns);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_PROVIDER_BREAKDOWN_H_
