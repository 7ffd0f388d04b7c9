// SPDX-License-Identifier: Apache-2.0
//
// SloTracker: whether the average of a metric meets its objective, over a sliding window.
//
//   SloTracker slos;
//   slos.register_slo({.name = "fast", .metric_name = "latency_s", .target = 2.0,
//                      .comparator = AlertComparator::kLt, .window_s = 3600});
//   slos.record("latency_s", 1.2);
//   if (!slos.report("fast")->compliant) ...
//
// Thread safety: every method may be called from any thread; each takes one mutex.
//
// Memory is bounded: a window is kSlices sums, however many samples there are. So it slides in
// steps of its kSlices-th part: a sample counts for window_s less at most one step.
#ifndef TRACEBUS_TRACE_SLO_TRACKER_H_
#define TRACEBUS_TRACE_SLO_TRACKER_H_

#include <absl/status/status.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/clock.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/trace/alert_rule.h"

namespace tracebus {
inline namespace v1 {

// A Service Level Objective: `average comparator target`, as "latency < 2".
struct Slo {
  std::string name = {};
  std::string metric_name = {};
  double target = 0;
  AlertComparator comparator = AlertComparator::kGte;
  double window_s = 3600;
};

struct SloReport {
  std::string slo_name = {};
  double target = 0;
  double actual = 0;            // the average; 0 without samples
  double budget_remaining = 1;  // the share of samples that meet the target by themselves
  bool compliant = true;        // without samples, too
  Timestamp window_start = {};
  std::uint64_t total_samples = 0;
  std::uint64_t violating_samples = 0;
};

class SloTracker {
 public:
  static constexpr std::size_t kSlosMax = 256;
  static constexpr std::size_t kSlices = 60;

  // clock: null: the system's. Outlives this.
  explicit SloTracker(const ClockSource* clock = nullptr) noexcept : clock_(clock) {}
  SloTracker(const SloTracker&) = delete;
  SloTracker& operator=(const SloTracker&) = delete;

  // One of the same name is replaced, and begins without samples. InvalidArgument for an empty or
  // too long name, a target that is no number, and a window not above 0 s and up to a year;
  // ResourceExhausted beyond kSlosMax.
  absl::Status register_slo(Slo slo);
  bool unregister_slo(std::string_view name);  // false: there was none

  // For every objective of this metric. What is no number is no sample.
  void record(std::string_view metric_name, double value);

  std::optional<SloReport> report(std::string_view slo_name) const;  // nothing: no such objective
  std::vector<SloReport> report_all() const;                         // in the order of registration
  void reset();  // all samples; the objectives stay

 private:
  // The samples of one step. It is of the step with this number, or void.
  struct Slice {
    std::uint64_t step = 0;
    std::uint64_t samples = 0;
    std::uint64_t violating = 0;
    double sum = 0;
  };
  struct Tracked {
    Slo slo;
    std::uint64_t step_ns;
    std::array<Slice, kSlices> slices{};
  };

  std::uint64_t now_ns() const noexcept;
  SloReport report_of(const Tracked& tracked) const;

  const ClockSource* const clock_;
  mutable std::mutex mutex_;
  std::vector<Tracked> tracked_;  // under the mutex
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SLO_TRACKER_H_
