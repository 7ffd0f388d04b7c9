// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

std::int64_t read_clock(clockid_t id) noexcept {
  timespec now{};
  clock_gettime(id, &now);
  return now.tv_sec * kSecondNs + now.tv_nsec;
}

// The kernel leaves "tsc" as its clock source only while it finds the counter stable and in step
// on all processors.
bool kernel_trusts_tsc() noexcept {
  const int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                        O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[16] = {};
  const ssize_t length = read(file, text, sizeof text);
  close(file);
  return length >= 3 && std::string_view(text, 3) == "tsc";
}

}  // namespace

constinit bool Clock::uses_tsc_ = false;

namespace {

constinit const ClockSource* g_source = nullptr;
constinit bool g_chosen = false;
pthread_once_t g_choose_once = PTHREAD_ONCE_INIT;

}  // namespace

void Clock::choose() noexcept {
  pthread_once(&g_choose_once, [] {
    if (!g_chosen) uses_tsc_ = detect_tsc();
  });
}

namespace {

// For those who read ticks before there is a bus.
[[maybe_unused]] const bool g_chosen_at_start = (Clock::choose(), true);

}  // namespace

void Clock::simulate(const ClockSource* source) noexcept {
  g_source = source;
  g_chosen = true;
  uses_tsc_ = source == nullptr && detect_tsc();
}

bool Clock::detect_tsc() noexcept {
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  const bool invariant =
      __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1u << 8)) != 0;
  return invariant && kernel_trusts_tsc();
#else
  return false;
#endif
}

std::uint64_t Clock::monotonic_ns() noexcept {
  if (g_source != nullptr) [[unlikely]]
    return g_source->monotonic_ns();
  return static_cast<std::uint64_t>(read_clock(CLOCK_MONOTONIC));
}

std::int64_t Clock::unix_ns() noexcept {
  return g_source != nullptr ? g_source->unix_ns() : read_clock(CLOCK_REALTIME);
}

ClockMap::Reading ClockMap::read() noexcept {
  // The tightest of some readings: a preemption between the three clocks would skew them.
  Reading best{};
  std::uint64_t best_width = ~std::uint64_t{0};
  for (int attempt = 0; attempt < 25; ++attempt) {
    const std::uint64_t before = Clock::ordered_ticks();
    const auto monotonic = static_cast<std::int64_t>(Clock::monotonic_ns());
    const std::int64_t unix_time = Clock::unix_ns();
    const std::uint64_t after = Clock::ordered_ticks();
    if (after - before >= best_width) continue;
    best_width = after - before;
    best = {before + (after - before) / 2, monotonic, unix_time};
  }
  return best;
}

ClockMap::ClockMap() noexcept : first_((Clock::choose(), read())) {
  last_ = first_;
  while (Clock::uses_tsc() && last_.monotonic_ns - first_.monotonic_ns < 1'000'000) last_ = read();
  base_ticks_ = last_.ticks;
  base_unix_ns_ = last_.unix_ns;
  if (!Clock::uses_tsc()) {
    rate_ = true_rate_ = std::int64_t{1} << kRateShift;
    return;
  }
  const auto elapsed_ns = static_cast<__int128>(last_.monotonic_ns - first_.monotonic_ns);
  rate_ = static_cast<std::int64_t>((elapsed_ns << kRateShift) /
                                    static_cast<__int128>(last_.ticks - first_.ticks));
  true_rate_ = rate_;
}

std::uint64_t ClockMap::ticks_per_ns_q32() const noexcept {
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(1) << (2 * kRateShift)) /
                                    static_cast<std::uint64_t>(rate_));
}

std::uint64_t ClockMap::ns_to_ticks(std::int64_t ns) const noexcept {
  const auto product =
      static_cast<unsigned __int128>(static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)));
  return static_cast<std::uint64_t>((product * ticks_per_ns_q32()) >> kRateShift);
}

bool ClockMap::follow() noexcept {
  const Reading now = read();
  if (now.monotonic_ns - last_.monotonic_ns < kSecondNs) return false;
  last_ = now;
  const std::int64_t mapped = to_unix_ns(now.ticks);
  const std::int64_t error = now.unix_ns - mapped;
  true_rate_ = static_cast<std::int64_t>(
      (static_cast<__int128>(now.monotonic_ns - first_.monotonic_ns) << kRateShift) /
      static_cast<__int128>(now.ticks - first_.ticks));
  base_ticks_ = now.ticks;
  if (error > kStepNs || error < -kStepNs) {
    base_unix_ns_ = now.unix_ns;
    rate_ = true_rate_;
    slew_ticks_ = slew_ns_ = 0;
    ++epoch_;
    return true;
  }
  // Slew by at most 500 parts per million, as the kernel does.
  base_unix_ns_ = mapped;
  const std::int64_t slew = std::clamp<std::int64_t>(error, -kSecondNs / 2000, kSecondNs / 2000);
  rate_ =
      true_rate_ + static_cast<std::int64_t>(static_cast<__int128>(true_rate_) * slew / kSecondNs);
  slew_ticks_ =
      static_cast<std::int64_t>((static_cast<__int128>(kSecondNs) << kRateShift) / true_rate_);
  slew_ns_ = scaled(slew_ticks_, rate_);
  return false;
}

}  // namespace v1
}  // namespace tracebus
