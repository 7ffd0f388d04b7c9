// SPDX-License-Identifier: Apache-2.0
//
// Latencies: times in ticks of Clock, read in nanoseconds.
#ifndef TRACEBUS_MEASURE_LATENCIES_H_
#define TRACEBUS_MEASURE_LATENCIES_H_

#include <cstdint>

#include "tracebus/measure/latency_histogram.h"

namespace tracebus {
inline namespace v1 {

struct Latencies {
  LatencyHistogram ticks;
  double ns_a_tick = 1;

  bool empty() const noexcept { return ticks.empty(); }
  std::uint64_t count() const noexcept { return ticks.count(); }
  // REQUIRES of all that follow: not empty. See LatencyHistogram for how exact they are.
  double min_ns() const noexcept { return to_ns(ticks.least()); }
  double max_ns() const noexcept { return to_ns(ticks.greatest()); }
  double mean_ns() const noexcept { return ticks.mean() * ns_a_tick; }
  double quantile_ns(double share) const noexcept { return to_ns(ticks.quantile(share)); }

  double to_ns(std::uint64_t value) const noexcept {
    return static_cast<double>(value) * ns_a_tick;
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_LATENCIES_H_
