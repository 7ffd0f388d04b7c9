// SPDX-License-Identifier: Apache-2.0
//
// Dashboard: the numbers of a first page, computed from the events or absent, never invented.
#ifndef TRACEBUS_STUDIO_DASHBOARD_H_
#define TRACEBUS_STUDIO_DASHBOARD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/core/timestamp.h"
#include "tracebus/studio/cost_breakdown.h"
#include "tracebus/studio/run_summary.h"

namespace tracebus {
inline namespace v1 {

// One number over the whole time, and over its two halves. Absent: no event says it.
struct Kpi {
  std::optional<double> value;
  std::optional<double> first_half, second_half;

  // By how much of the first half the second differs: 0.25 is a quarter more. Absent where a half
  // is, or where the first is 0.
  std::optional<double> change() const noexcept {
    if (!first_half || !second_half || *first_half == 0) return std::nullopt;
    return (*second_half - *first_half) / *first_half;
  }
};

struct CostPoint {
  Timestamp until;              // the end of a twelfth of the time
  std::int64_t cost_nanos = 0;  // of all until then
};

struct ProviderHealth {
  std::string name;
  std::uint64_t calls = 0;   // that ended
  std::uint64_t errors = 0;  // calls that failed, and errors that name the provider or its model
  double success_rate = 0;   // 0 to 1
  std::optional<double> mean_latency_ms;
  bool is_ok = false;  // 97 % and more
};

struct Dashboard {
  static constexpr std::size_t kRecentRuns = 5;
  static constexpr std::size_t kTopAgents = 5;
  static constexpr std::size_t kCostPoints = 12;

  std::optional<Timestamp> from, until;  // of the events; absent: none has a time
  Kpi runs;
  Kpi success_rate;  // 0 to 1, of the runs that have ended
  Kpi cost_usd;
  Kpi tokens;
  Kpi latency_s;  // mean of the models' calls
  std::vector<RunSummary> recent_runs;
  std::vector<CostPoint> cost_over_time;  // empty: no cost has a time
  std::vector<SpentGroup> cost_by_provider;
  std::vector<SpentGroup> top_agents;  // by cost; only those that cost something
  std::vector<ProviderHealth> providers;

  // "50.0 %", "$0.0248" (four places below a dollar, else two), "1,840", "1.6 s"; "-" where absent.
  std::string success_rate_text() const;
  std::string cost_text() const;
  std::string tokens_text() const;
  std::string latency_text() const;
};

Dashboard dashboard_of(const SpanTable& table, std::int64_t now_ns, std::int64_t stale_after_ns);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_DASHBOARD_H_
