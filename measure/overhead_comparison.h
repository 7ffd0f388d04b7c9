// SPDX-License-Identifier: Apache-2.0
//
// OverheadComparison: one measurement: the two buses, the threads that emit, and their turns.
//
// Thread safety: one thread.
#ifndef TRACEBUS_MEASURE_OVERHEAD_COMPARISON_H_
#define TRACEBUS_MEASURE_OVERHEAD_COMPARISON_H_

#include <absl/status/status.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "tracebus/measure/emitter_team.h"
#include "tracebus/measure/exporter_overhead.h"
#include "tracebus/measure/load.h"
#include "tracebus/measure/measure_exporter_overhead.h"
#include "tracebus/measure/measured_bus.h"
#include "tracebus/measure/overhead_options.h"

namespace tracebus {
inline namespace v1 {

class OverheadComparison {
 public:
  // REQUIRES: validate(options) is OK. options outlive it.
  explicit OverheadComparison(const OverheadOptions& options);

  // Makes all that is measured, as measure_exporter_overhead says. Once.
  absl::Status prepare(const MeasuredExporter& make);
  // REQUIRES: prepare returned OK. Once.
  ExporterOverhead run();

 private:
  struct Seen {
    Latencies emits;
    std::optional<double> p50_ticks;  // of the last turn
  };

  std::set<pid_t> threads_beside(Side side);
  absl::Status make_bus(Side side, const MeasuredExporter* make);
  void run_pair(bool measured);
  void run_turn(Side side, bool measured);
  void watch(Side side);
  void keep_status(const absl::Status& status);
  void note_pair();
  ExporterOverhead report();

  MeasuredBus& bus(Side side) { return *buses_[static_cast<std::size_t>(side)]; }
  Seen& seen(Side side) { return seen_[static_cast<std::size_t>(side)]; }

  const OverheadOptions& options_;
  const std::uint64_t pairs_;
  const double turn_seconds_;
  const Load load_;
  std::array<std::unique_ptr<MeasuredBus>, kSides> buses_;
  EmitterTeam team_;  // last of these: its threads use the others

  std::set<pid_t> host_threads_;  // that were there before, so no part of either bus
  std::mt19937_64 random_;
  std::array<Seen, kSides> seen_;
  Latencies empties_;
  std::vector<double> p50_differences_ticks_;
  double seconds_done_ = 0;
  bool ended_early_ = false;
  std::string exporter_name_;
  absl::Status exporter_status_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_OVERHEAD_COMPARISON_H_
