// SPDX-License-Identifier: Apache-2.0
//
// What measure_exporter_overhead can be told.
#ifndef TRACEBUS_MEASURE_OVERHEAD_OPTIONS_H_
#define TRACEBUS_MEASURE_OVERHEAD_OPTIONS_H_

#include <absl/status/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "tracebus/bus/options.h"

namespace tracebus {
inline namespace v1 {

struct OverheadProgress {
  double share_done = 0;  // of the emitting, 0 to 1
  bool with_exporter = false;
  std::uint64_t accepted = 0;  // by the bus whose turn it is
  std::uint64_t dropped = 0;   // refused by that bus, or lost to the exporter
};

struct OverheadOptions {
  static constexpr std::size_t kThreadsMax = 256;
  static constexpr std::size_t kAgentsMax = 1'000'000;
  static constexpr double kRateMax = 1e9;
  static constexpr double kSecondsMin = 0.01;
  static constexpr double kSecondsMax = 86'400;
  static constexpr std::size_t kPayloadBytesMax = std::size_t{1} << 20;
  static constexpr std::int64_t kFlushTimeoutMsMax = 3'600'000;

  std::size_t threads = 1;    // that emit; 1 to kThreadsMax
  std::size_t agents = 1000;  // different ones, in turns drawn at random; 1 to kAgentsMax
  double rate = 100'000;      // events a second, of all threads together; 0: as fast as possible
  double seconds = 3;  // of emitting, half of them with the exporter; kSecondsMin to kSecondsMax
  std::size_t payload_bytes = 0;           // of text in each event, besides what it holds anyway
  std::uint64_t seed = 1;                  // of the order in which the two buses take turns
  std::int64_t flush_timeout_ms = 10'000;  // of each flush, and of the shutdown; from 1

  // Of both buses, and of the exporter's subscription. Threading::kManual is refused.
  BusOptions bus = {};
  ExporterOptions exporter = {};

  // Called on the calling thread some fifty times a second; false ends the measurement early.
  std::function<bool(const OverheadProgress&)> go_on = {};
};

// InvalidArgument names the option, its value and the range.
absl::Status validate(const OverheadOptions& options);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_OVERHEAD_OPTIONS_H_
