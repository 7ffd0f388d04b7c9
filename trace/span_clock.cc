// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_clock.h"

#include <atomic>

namespace tracebus {
inline namespace v1 {
namespace {

// From here on the first measurement, of a millisecond, may be off by more than clocks read.
constexpr std::uint64_t kLongTicks = std::uint64_t{1} << 26;

struct Baseline {
  std::uint64_t ticks = Clock::ordered_ticks();
  std::uint64_t monotonic_ns = Clock::monotonic_ns();
};

const Baseline& baseline() noexcept {
  static const Baseline first;
  return first;
}

// Nanoseconds per tick, with 32 fraction bits; 0: not measured.
constinit std::atomic<std::uint64_t> g_rate{0};
// What g_rate was measured over.
constinit std::atomic<std::uint64_t> g_measured_ticks{0};

[[gnu::noinline, gnu::cold]] void measure_again() noexcept {
  const Baseline& first = baseline();
  const Baseline now;
  const std::uint64_t elapsed = now.ticks - first.ticks;
  const auto elapsed_ns = static_cast<unsigned __int128>(now.monotonic_ns - first.monotonic_ns);
  if (elapsed == 0 || elapsed_ns == 0) return;
  // Relaxed: each says all there is to say, and a rate of a moment ago is as good.
  g_rate.store(static_cast<std::uint64_t>((elapsed_ns << 32) / elapsed), std::memory_order_relaxed);
  g_measured_ticks.store(elapsed, std::memory_order_relaxed);  // as above
}

}  // namespace

void SpanClock::prepare() noexcept {
  Clock::choose();
  if (!Clock::uses_tsc() || g_rate.load(std::memory_order_relaxed) != 0) return;  // as above
  const Baseline& first = baseline();
  while (Clock::monotonic_ns() - first.monotonic_ns < 1'000'000) {
  }
  measure_again();
}

std::int64_t SpanClock::nanoseconds(std::uint64_t begin_ticks, std::uint64_t end_ticks) noexcept {
  const std::uint64_t ticks = end_ticks - begin_ticks;
  if (static_cast<std::int64_t>(ticks) < 0) return 0;
  if (!Clock::uses_tsc()) return static_cast<std::int64_t>(ticks);
  // Relaxed: as in measure_again.
  if (ticks > kLongTicks && ticks > g_measured_ticks.load(std::memory_order_relaxed)) {
    measure_again();
  }
  const std::uint64_t rate = g_rate.load(std::memory_order_relaxed);  // as above
  return static_cast<std::int64_t>((static_cast<unsigned __int128>(ticks) * rate) >> 32);
}

}  // namespace v1
}  // namespace tracebus
