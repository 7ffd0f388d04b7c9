// SPDX-License-Identifier: Apache-2.0
//
// Demo: a simulated swarm emits into a bus, and everything is accounted for.
#ifndef TRACEBUS_TOOLS_DEMO_H_
#define TRACEBUS_TOOLS_DEMO_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/tools/demo_summary.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/swarm.h"

namespace tracebus {
inline namespace v1 {

struct DemoOptions {
  SwarmOptions swarm;
  std::uint64_t threads = 1;
  std::optional<double> seconds;  // none: until the runs are done
  double rate = 0;  // events a second, of all threads together; 0: as fast as possible
  std::vector<std::string> to;
  Overflow overflow = Overflow::kDropNewest;
  std::uint64_t queue_mib = kQueueBytesDefault >> 20;  // of each exporter
};

// What became of it all. The first subscription is the demo's own.
struct DemoOutcome {
  SwarmCounts swarm;
  double seconds = 0;  // until the last thread had emitted its last event
  BusStats bus;
  absl::Status shutdown;
};

// Thread safety: one thread.
class Demo {
 public:
  static constexpr std::uint64_t kThreadsMax = 256;

  explicit Demo(const DemoOptions& options);

  // Subscribes. The error names the exporter that cannot be made.
  absl::Status start();
  // Emits until the runs are done, the time is over, or the user interrupts; then shuts the bus
  // down. REQUIRES: start returned OK. Once.
  DemoOutcome run();

  const DemoSummary& summary() const noexcept { return *summary_; }

 private:
  using SteadyClock = std::chrono::steady_clock;

  void emit_share(SwarmCounts& counts);
  void wait_for_end();
  bool is_time_over() const;
  void show_progress() const;

  const DemoOptions options_;
  // Shared with the callback, which a bus that does not come to an end may leave behind.
  const std::shared_ptr<DemoSummary> summary_ = std::make_shared<DemoSummary>();
  Swarm swarm_;
  TraceEventBus bus_{bus_with_stats()};
  SteadyClock::time_point begun_at_;
  std::atomic<std::uint64_t> threads_at_work_{0};
  std::atomic<bool> is_over_{false};  // the runs under way may end at once
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_DEMO_H_
