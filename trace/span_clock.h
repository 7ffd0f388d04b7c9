// SPDX-License-Identifier: Apache-2.0
//
// SpanClock: how long a span took, from the ticks at its ends.
#ifndef TRACEBUS_TRACE_SPAN_CLOCK_H_
#define TRACEBUS_TRACE_SPAN_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {

// One rate for the process, which long spans make more exact: a span is never measured by a rate
// from a shorter time than its own, but for the first, of a millisecond.
// Thread safety: any thread.
class SpanClock {
 public:
  // Measures the rate, about a millisecond, unless that was done.
  static void prepare() noexcept;

  // 0 where end lies before begin: durations are never negative.
  static std::int64_t nanoseconds(std::uint64_t begin_ticks, std::uint64_t end_ticks) noexcept {
    const std::uint64_t ticks = end_ticks - begin_ticks;
    if (ticks > kLongTicks || !Clock::uses_tsc()) return long_nanoseconds(ticks);
    return scaled(ticks);
  }

 private:
  // From here on the first measurement, of a millisecond, may be off by more than clocks read.
  static constexpr std::uint64_t kLongTicks = std::uint64_t{1} << 26;

  static std::int64_t scaled(std::uint64_t ticks) noexcept {
    // Relaxed: it says all there is to say, and a rate of a moment ago is as good.
    const std::uint64_t rate = rate_.load(std::memory_order_relaxed);
    return static_cast<std::int64_t>((static_cast<unsigned __int128>(ticks) * rate) >> 32);
  }
  // Of ticks that may be less than none.
  [[gnu::noinline]] static std::int64_t long_nanoseconds(std::uint64_t ticks) noexcept;
  [[gnu::noinline, gnu::cold]] static void measure_again() noexcept;

  // Nanoseconds per tick, with 32 fraction bits; 0: not measured.
  static std::atomic<std::uint64_t> rate_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_CLOCK_H_
