// SPDX-License-Identifier: Apache-2.0
//
// SimulatedClock: time that moves when a test says so. While one lives all of tracebus goes by it.
#ifndef TRACEBUS_TESTS_BUS_SIMULATED_CLOCK_H_
#define TRACEBUS_TESTS_BUS_SIMULATED_CLOCK_H_

#include <atomic>
#include <chrono>
#include <cstdint>

#include "tracebus/core/clock.h"

namespace tracebus::testing {

class SimulatedClock final : public ClockSource {
 public:
  // REQUIRES: no bus exists, nor at the end.
  SimulatedClock() { Clock::simulate(this); }
  SimulatedClock(const SimulatedClock&) = delete;
  SimulatedClock& operator=(const SimulatedClock&) = delete;
  ~SimulatedClock() override { Clock::simulate(nullptr); }

  // Both clocks, as time passes.
  void pass(std::chrono::nanoseconds time) {
    monotonic_ns_ += static_cast<std::uint64_t>(time.count());
    unix_ns_ += time.count();
  }
  // The wall clock alone, as somebody sets it.
  void set_wall_by(std::chrono::nanoseconds step) { unix_ns_ += step.count(); }

  std::uint64_t monotonic_ns() const noexcept override { return monotonic_ns_.load(); }
  std::int64_t unix_ns() const noexcept override { return unix_ns_.load(); }

 private:
  std::atomic<std::uint64_t> monotonic_ns_{1'000'000'000'000};
  std::atomic<std::int64_t> unix_ns_{1'700'000'000'000'000'000};
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_SIMULATED_CLOCK_H_
