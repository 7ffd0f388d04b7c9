// SPDX-License-Identifier: Apache-2.0
//
// Metrics: counters, gauges and histograms by name.
//
//   Metrics metrics;
//   MetricFamily* calls = *metrics.add({.name = "calls", .label_keys = {"model"}});
//   calls->add({"gpt-4o"});
//   for (const MetricSnapshot& metric : metrics.snapshot()) use(metric.spec.name, metric.points);
//
// Thread safety: every method may be called from any thread. add, find and snapshot take a mutex;
// recording in a family does not (metric_family.h). Families live as long as this.
#ifndef TRACEBUS_TRACE_METRICS_H_
#define TRACEBUS_TRACE_METRICS_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "tracebus/trace/metric_family.h"

namespace tracebus {
inline namespace v1 {

class Metrics {
 public:
  static constexpr std::size_t kFamiliesMax = 256;

  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The family called spec.name, made if need be. InvalidArgument for a spec out of range,
  // AlreadyExists for a name that stands for something else, ResourceExhausted beyond kFamiliesMax.
  absl::StatusOr<MetricFamily*> add(MetricSpec spec);
  MetricFamily* find(std::string_view name) const;  // null: there is none

  std::vector<MetricSnapshot> snapshot() const;  // in the order in which they were added

  // One number of a metric, over all its series: "calls" is a counter's total, a gauge's greatest
  // value, or a histogram's mean; ".count", ".sum", ".mean", ".p50", ".p90" and ".p99" behind the
  // name say which of a histogram. Nothing for what there is not, or holds no value yet.
  std::optional<double> value_of(std::string_view metric) const;

  std::size_t bytes() const;

 private:
  std::vector<MetricFamily*> families() const;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<MetricFamily>> families_;  // under the mutex
};

// Those of the process; there until its end.
Metrics& default_metrics();

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_METRICS_H_
