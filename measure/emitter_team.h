// SPDX-License-Identifier: Apache-2.0
//
// EmitterTeam: the threads that emit, turn by turn. Between turns they sleep.
//
// Thread safety: one thread.
#ifndef TRACEBUS_MEASURE_EMITTER_TEAM_H_
#define TRACEBUS_MEASURE_EMITTER_TEAM_H_

#include <absl/status/status.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/measure/emitter.h"

namespace tracebus {
inline namespace v1 {

class EmitterTeam {
 public:
  // rate: of all threads together. The load outlives the team.
  EmitterTeam(const Load& load, std::size_t threads, double rate);
  EmitterTeam(const EmitterTeam&) = delete;
  EmitterTeam& operator=(const EmitterTeam&) = delete;
  ~EmitterTeam();

  // ResourceExhausted where the system refuses a thread. Once, before the first turn.
  absl::Status start();
  // Gives every thread a producer of this bus. ResourceExhausted where there is no ring for one.
  absl::Status use(Side side, TraceEventBus& bus);

  // All begin to emit. REQUIRES: no turn is under way.
  void begin(Side side, std::chrono::nanoseconds length);
  // Whether the turn is over, within `timeout`.
  bool wait(std::chrono::milliseconds timeout);
  void end_early() { stopped_.store(true); }

  // Adds what was measured since the last call. REQUIRES: no turn is under way.
  void collect(LatencyHistogram& emits, LatencyHistogram& empties);

 private:
  void work(std::size_t index);

  std::vector<std::unique_ptr<Emitter>> emitters_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopped_{false};  // the turn ends at once

  std::mutex mutex_;
  std::condition_variable changed_;
  // Under mutex_.
  Emitter::Turn turn_{};
  std::uint64_t turns_begun_ = 0;
  std::size_t at_work_ = 0;
  bool is_over_ = false;  // no turn follows
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_EMITTER_TEAM_H_
