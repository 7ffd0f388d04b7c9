// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_clock.h"

#include <atomic>

namespace tracebus {
inline namespace v1 {
namespace {

struct Baseline {
  std::uint64_t ticks = Clock::ordered_ticks();
  std::uint64_t monotonic_ns = Clock::monotonic_ns();
};

const Baseline& baseline() noexcept {
  static const Baseline first;
  return first;
}

// What the rate was measured over.
constinit std::atomic<std::uint64_t> g_measured_ticks{0};

}  // namespace

constinit std::atomic<std::uint64_t> SpanClock::rate_{0};

void SpanClock::measure_again() noexcept {
  const Baseline& first = baseline();
  const Baseline now;
  const std::uint64_t elapsed = now.ticks - first.ticks;
  const auto elapsed_ns = static_cast<unsigned __int128>(now.monotonic_ns - first.monotonic_ns);
  if (elapsed == 0 || elapsed_ns == 0) return;
  // Relaxed: as in scaled.
  rate_.store(static_cast<std::uint64_t>((elapsed_ns << 32) / elapsed), std::memory_order_relaxed);
  g_measured_ticks.store(elapsed, std::memory_order_relaxed);  // likewise
}

void SpanClock::prepare() noexcept {
  Clock::choose();
  if (!Clock::uses_tsc() || rate_.load(std::memory_order_relaxed) != 0) return;  // as in scaled
  const Baseline& first = baseline();
  while (Clock::monotonic_ns() - first.monotonic_ns < 1'000'000) {
  }
  measure_again();
}

std::int64_t SpanClock::long_nanoseconds(std::uint64_t ticks) noexcept {
  if (static_cast<std::int64_t>(ticks) < 0) return 0;
  if (!Clock::uses_tsc()) return static_cast<std::int64_t>(ticks);
  // Relaxed: as in scaled.
  if (ticks > g_measured_ticks.load(std::memory_order_relaxed)) measure_again();
  return scaled(ticks);
}

}  // namespace v1
}  // namespace tracebus
