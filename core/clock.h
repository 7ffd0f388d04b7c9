// SPDX-License-Identifier: Apache-2.0
//
// Clock: cheap stamps for records, and what they mean in wall time.
//
// Thread safety: ticks may be called from any thread. A ClockMap belongs to one thread.
#ifndef TRACEBUS_CORE_CLOCK_H_
#define TRACEBUS_CORE_CLOCK_H_

#include <chrono>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

// Time that does not come from the system.
class ClockSource {
 public:
  virtual ~ClockSource() = default;
  virtual std::uint64_t monotonic_ns() const noexcept = 0;  // never runs backwards
  virtual std::int64_t unix_ns() const noexcept = 0;
};

// Ticks of the processor's time stamp counter where CPUID calls it invariant and the kernel itself
// keeps time by it; else nanoseconds of CLOCK_MONOTONIC. One choice for the whole process.
class Clock {
 public:
  // Not ordered with the loads before it: a stamp may be some tens of nanoseconds early, never late
  // with respect to the stores after it.
  static std::uint64_t ticks() noexcept {
#if defined(__x86_64__)  // by builtins: <x86intrin.h> would triple what instrumented files include
    if (uses_tsc_) [[likely]]
      return __builtin_ia32_rdtsc();
#endif
    return monotonic_ns();
  }

  // As ticks, but taken after every load before it and before every load after it.
  static std::uint64_t ordered_ticks() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_lfence();
    const std::uint64_t now = ticks();
    __builtin_ia32_lfence();
    return now;
#else
    return ticks();
#endif
  }

  static std::uint64_t monotonic_ns() noexcept;
  static std::int64_t unix_ns() noexcept;
  static std::chrono::steady_clock::time_point steady_now() noexcept {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(monotonic_ns()));
  }
  static bool uses_tsc() noexcept { return uses_tsc_; }

  // From now on all time comes from source, which has to outlive its use; null: from the system
  // again. For tests and simulations. REQUIRES: no bus exists.
  static void simulate(const ClockSource* source) noexcept;

  // Makes the choice, if it was not made. Before the first stamp that is to be compared with
  // others: static initialisers of other files may run before those of this one.
  static void choose() noexcept;

 private:
  static bool detect_tsc() noexcept;
  static bool uses_tsc_;
};

// Converts ticks to nanoseconds since 1970 by a straight line that follows the wall clock. follow()
// moves to a new line which starts where the old one ends, so converted time neither jumps nor runs
// backwards while the wall clock is slewed; a step of more than kStepNs starts a new epoch. A line
// makes up for the error of the one before within a second and then goes on at the true rate, so
// that it holds over any silence of the bus.
class ClockMap {
 public:
  static constexpr std::int64_t kStepNs = 500'000'000;

  // Measures the tick rate against CLOCK_MONOTONIC for about a millisecond, where they differ.
  ClockMap() noexcept;

  std::int64_t to_unix_ns(std::uint64_t ticks) const noexcept {
    const auto elapsed = static_cast<std::int64_t>(ticks - base_ticks_);
    if (elapsed <= slew_ticks_) [[likely]]
      return base_unix_ns_ + scaled(elapsed, rate_);
    return base_unix_ns_ + slew_ns_ + scaled(elapsed - slew_ticks_, true_rate_);
  }
  // For differences.
  std::uint64_t ticks_to_ns(std::uint64_t ticks) const noexcept {
    return static_cast<std::uint64_t>(scaled(static_cast<std::int64_t>(ticks), true_rate_));
  }
  std::uint64_t ticks_per_ns_q32() const noexcept;  // 32 fraction bits
  std::uint64_t ns_to_ticks(std::int64_t ns) const noexcept;

  // Call about once a second; more often does nothing. Returns true when a new epoch began.
  bool follow() noexcept;
  std::uint32_t epoch() const noexcept { return epoch_; }

 private:
  struct Reading {
    std::uint64_t ticks;
    std::int64_t monotonic_ns;
    std::int64_t unix_ns;
  };
  static Reading read() noexcept;

  static constexpr int kRateShift = 32;
  static std::int64_t scaled(std::int64_t ticks, std::int64_t rate) noexcept {
    return static_cast<std::int64_t>((static_cast<__int128>(ticks) * rate) >> kRateShift);
  }
  Reading first_;
  Reading last_;
  std::uint64_t base_ticks_ = 0;
  std::int64_t base_unix_ns_ = 0;
  std::int64_t slew_ticks_ = 0;  // how long rate_ applies from the base; then true_rate_ does
  std::int64_t slew_ns_ = 0;     // the same in converted time
  std::int64_t rate_ = 0;        // nanoseconds per tick, kRateShift fraction bits
  std::int64_t true_rate_ = 0;   // likewise, as measured since first_
  std::uint32_t epoch_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_CLOCK_H_
