// SPDX-License-Identifier: Apache-2.0
//
// TopFigures: how a swarm is doing now, of a store, or of a Studio that runs.
#ifndef TRACEBUS_TOOLS_LOOK_TOP_FIGURES_H_
#define TRACEBUS_TOOLS_LOOK_TOP_FIGURES_H_

#include <absl/status/statusor.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {

class StudioClient;

// Texts are as their source gave them: not safe to print.
struct TopFigures {
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kRuns = 8;
  static constexpr std::size_t kSpans = 5;

  struct Run {
    std::string run_id, workflow, start;
    std::uint64_t steps = 0, calls = 0;
    std::optional<double> cost_usd;
  };
  struct Span {
    std::string time, event_type, agent, name, model, run_id;
    double duration_ms = 0;
  };

  std::uint64_t events = 0;  // ever, also those that were let go of since
  std::uint64_t open_runs = 0;
  // How much of the last kWindow was seen: less in the first minute.
  double window_s = 60;
  // Of that time:
  double cost_usd = 0;
  std::uint64_t calls = 0;  // of models
  std::uint64_t errors = 0;
  // By the bus, since it began; absent: there is no bus.
  std::optional<std::uint64_t> dropped;
  std::vector<Run> runs;      // that are open, the latest first
  std::vector<Span> slowest;  // calls of models and tools of the last kWindow
  std::vector<Span> failed;   // of the last kWindow, the latest first

  double usd_per_minute() const noexcept { return cost_usd * 60 / window_s; }
  std::uint64_t calls_per_minute() const noexcept { return per_minute(calls); }
  std::uint64_t errors_per_minute() const noexcept { return per_minute(errors); }
  // Nanoseconds since 1970: the time of the first event ever, if any said one, and of the look.
  void see_from(std::optional<std::int64_t> first_ns, std::int64_t now_ns) noexcept {
    if (!first_ns || *first_ns > now_ns) return;
    const double seen_s = (static_cast<double>(now_ns) - static_cast<double>(*first_ns)) / 1e9;
    // What came within a second says nothing of a minute.
    window_s = std::clamp(seen_s, 1.0, static_cast<double>(kWindow.count()));
  }

 private:
  std::uint64_t per_minute(std::uint64_t number) const noexcept {
    return static_cast<std::uint64_t>(std::llround(static_cast<double>(number) * 60 / window_s));
  }
};

// events: that the store has been given.
TopFigures top_of_store(const TraceStore& store, std::uint64_t events);
// Errors as of StudioClient::get; DataLoss: what it answers is not what a Studio answers.
absl::StatusOr<TopFigures> top_of_studio(StudioClient& client);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_TOP_FIGURES_H_
