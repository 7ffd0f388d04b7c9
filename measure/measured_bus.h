// SPDX-License-Identifier: Apache-2.0
//
// MeasuredBus: one of the two buses that are compared, and what was seen of it.
//
// Thread safety: one thread.
#ifndef TRACEBUS_MEASURE_MEASURED_BUS_H_
#define TRACEBUS_MEASURE_MEASURED_BUS_H_

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/limits.h"
#include "tracebus/measure/exporter_overhead.h"
#include "tracebus/measure/overhead_options.h"
#include "tracebus/measure/process_use.h"
#include "tracebus/measure/timed_exporter.h"

namespace tracebus {
inline namespace v1 {

class MeasuredBus {
 public:
  explicit MeasuredBus(const OverheadOptions& options);

  // Subscribes the counting callback and, unless it is null, the exporter.
  absl::Status start(std::unique_ptr<Exporter> exporter);
  TraceEventBus& bus() noexcept { return bus_; }

  // Looks how full everything is, and returns what it saw. To be called now and then.
  BusStats look();

  // A turn: begin_turn, the emits, end_emits, which flushes, and end_turn. Only turns that are
  // `measured` count. Times are those of the emits alone.
  void begin_turn();
  absl::Status end_emits(double emitting_seconds);
  void end_turn(bool measured, const std::set<pid_t>& of_others);

  // The threads that came with this bus, while it was made or in its turns.
  const std::set<pid_t>& own_threads() const noexcept { return own_threads_; }
  void note_making(const ProcessUse& before, const ProcessUse& after);

  absl::Status shut_down();
  // Once each, when it was shut down.
  OverheadSide take_side();
  ExporterWork take_work();

 private:
  // In lines of its own, as the dispatcher writes it at every event.
  struct alignas(2 * kCacheLineBytes) Count {
    std::uint64_t events = 0;
  };
  struct Turn {
    ProcessUse before;
    std::uint64_t accepted_before = 0;
    std::uint64_t exported_before = 0;
    double emitting_seconds = 0;
    double flush_seconds = 0;
  };

  const SubscriptionStats* find_exporter(const BusStats& stats) const noexcept;
  void add_cpu(const ProcessUse& after, const std::set<pid_t>& of_others);

  const OverheadOptions& options_;
  // Shared with the callback, which a bus that does not come to an end may leave behind.
  const std::shared_ptr<Count> count_ = std::make_shared<Count>();
  TraceEventBus bus_;
  SubscriptionId exporter_;
  std::set<pid_t> own_threads_;
  std::map<pid_t, ThreadUse> use_by_thread_;
  Turn turn_;
  OverheadSide side_;
  ExporterWork work_;
  const std::shared_ptr<ExportTimes> times_ = std::make_shared<ExportTimes>();
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_MEASURED_BUS_H_
