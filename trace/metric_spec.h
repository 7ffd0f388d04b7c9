// SPDX-License-Identifier: Apache-2.0
//
// MetricSpec: what a metric counts. MetricSnapshot: what it had counted at a moment, as values.
#ifndef TRACEBUS_TRACE_METRIC_SPEC_H_
#define TRACEBUS_TRACE_METRIC_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tracebus {
inline namespace v1 {

enum class MetricKind : std::uint8_t { kCounter, kGauge, kHistogram };

struct MetricSpec {
  std::string name = {};
  std::string unit = "1";  // of what a snapshot says, as UCUM has it: "s", "{token}"
  std::string help = {};
  MetricKind kind = MetricKind::kCounter;
  std::vector<std::string> label_keys = {};  // at most kMetricLabelsMax
  // Of a histogram: the greatest value of each bucket but the last, rising, in the units that are
  // recorded. Empty: log-linear buckets, whose bounds exceed a value by an eighth of it at most.
  std::vector<std::uint64_t> bounds = {};
  // How many of what is recorded make one of unit: 1e9 where seconds are recorded as nanoseconds.
  double per_unit = 1.0;
  // Sets of labels, 1 to kMetricSeriesMax. What comes with another one is in the overflow series.
  std::uint32_t series_max = 1024;
};

inline constexpr std::uint32_t kMetricSeriesMax = std::uint32_t{1} << 20;
inline constexpr std::size_t kMetricBoundsMax = 256;

struct MetricBucket {
  double upper_bound = 0;         // of the values in it, inclusive; infinite for the last one
  std::uint64_t count_up_to = 0;  // how many values there are up to upper_bound
};

// One set of labels.
struct MetricPoint {
  std::vector<std::string> labels = {};  // values, in the order of label_keys
  bool is_overflow = false;              // of all sets that found no room; its labels are empty
  double value = 0;                      // of a gauge; of a counter as a double
  std::uint64_t count = 0;               // of a counter, exactly; of a histogram: how many values
  double sum = 0;                        // of a histogram: the exact sum, rounded once
  // Of a histogram, rising: with bounds all of them, and an infinite one; without, those that hold
  // values.
  std::vector<MetricBucket> buckets = {};

  // The least bound that at least this share of all values, 0 to 1, does not exceed; 0 if there are
  // none.
  double quantile(double share) const noexcept;
  double mean() const noexcept { return count == 0 ? 0.0 : sum / static_cast<double>(count); }
};

struct MetricSnapshot {
  MetricSpec spec = {};
  std::vector<MetricPoint> points = {};  // the overflow first, if it has any; then as they came
  std::uint64_t overflowed = 0;          // how often labels found no room
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_METRIC_SPEC_H_
