// SPDX-License-Identifier: Apache-2.0
//
// Timer: how long something took, by the steady clock, so never negative.
//
//   Timer timer;
//   timer.start();
//   work();
//   const double seconds = timer.stop();
//
// ScopedTimer: the same for a block.
//   Timer timer;
//   { const ScopedTimer timing(timer); work(); }
//   use(timer.elapsed());
#ifndef TRACEBUS_TRACE_TIMER_H_
#define TRACEBUS_TRACE_TIMER_H_

#include <cstdint>
#include <optional>

#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: none.
class Timer {
 public:
  // Again: from now on.
  Timer& start() noexcept {
    begin_ns_ = Clock::monotonic_ns();
    return *this;
  }

  // Seconds since the last start, also when it was stopped before. Without a start there is nothing
  // to measure: 0, and elapsed() stays.
  double stop() noexcept {
    if (!begin_ns_) return 0.0;
    elapsed_s_ = static_cast<double>(Clock::monotonic_ns() - *begin_ns_) / 1e9;
    return elapsed_s_;
  }

  // Seconds that the last stop returned; 0 before the first.
  double elapsed() const noexcept { return elapsed_s_; }

 private:
  std::optional<std::uint64_t> begin_ns_;
  double elapsed_s_ = 0.0;
};

// Starts a timer, and stops it at the end of the block, also when an exception leaves it.
class [[nodiscard]] ScopedTimer {
 public:
  // REQUIRES: the timer outlives this.
  explicit ScopedTimer(Timer& timer) noexcept : timer_(timer) { timer_.start(); }
  ScopedTimer(const ScopedTimer&) = delete;
  ScopedTimer& operator=(const ScopedTimer&) = delete;
  ~ScopedTimer() { timer_.stop(); }

 private:
  Timer& timer_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TIMER_H_
