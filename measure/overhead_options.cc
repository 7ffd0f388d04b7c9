// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/overhead_options.h"

#include <cstdio>
#include <string>

namespace tracebus {
inline namespace v1 {
namespace {

std::string text_of(double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.10g", number);
  return text;
}

absl::Status in_range(const char* name, double value, double min, double max) {
  if (value >= min && value <= max) return absl::OkStatus();  // written so that NaN fails
  return absl::InvalidArgumentError(std::string(name) + " is " + text_of(value) +
                                    ", which is not from " + text_of(min) + " to " + text_of(max));
}

}  // namespace

absl::Status validate(const OverheadOptions& options) {
  using Limits = OverheadOptions;
  const absl::Status checks[] = {
      in_range("threads", static_cast<double>(options.threads), 1, Limits::kThreadsMax),
      in_range("agents", static_cast<double>(options.agents), 1, Limits::kAgentsMax),
      in_range("rate", options.rate, 0, Limits::kRateMax),
      in_range("seconds", options.seconds, Limits::kSecondsMin, Limits::kSecondsMax),
      in_range("payload_bytes", static_cast<double>(options.payload_bytes), 0,
               Limits::kPayloadBytesMax),
      in_range("flush_timeout_ms", static_cast<double>(options.flush_timeout_ms), 1,
               Limits::kFlushTimeoutMsMax),
      validate(options.bus),
      validate(options.exporter)};
  for (const absl::Status& check : checks) {
    if (!check.ok()) return check;
  }
  if (options.bus.threading == Threading::kManual) {
    return absl::InvalidArgumentError(
        "bus.threading is kManual, but only a bus with threads of its own can be measured beside "
        "those that emit; give Threading::kThreads");
  }
  return absl::OkStatus();
}

}  // namespace v1
}  // namespace tracebus
