// SPDX-License-Identifier: Apache-2.0
//
// ManualClock: time for one object, which moves when a test says so. Unlike SimulatedClock it
// begins at any moment of uptime, the first included.
#ifndef TRACEBUS_TESTS_TRACE_MANUAL_CLOCK_H_
#define TRACEBUS_TESTS_TRACE_MANUAL_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "tracebus/core/clock.h"

namespace tracebus::testing {

class ManualClock final : public ClockSource {
 public:
  explicit ManualClock(double uptime_s = 0) { pass(uptime_s); }
  void pass(double seconds) { now_ns_ += static_cast<std::uint64_t>(seconds * 1e9); }
  std::uint64_t monotonic_ns() const noexcept override { return now_ns_.load(); }
  std::int64_t unix_ns() const noexcept override {
    return 1'700'000'000'000'000'000 + static_cast<std::int64_t>(now_ns_.load());
  }

 private:
  std::atomic<std::uint64_t> now_ns_{0};
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TRACE_MANUAL_CLOCK_H_
