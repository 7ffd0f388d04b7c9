// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/event_count.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace tracebus {
inline namespace v1 {

// FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, which is what steady_clock counts.
void FutexSleep::wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                      TimePoint deadline) noexcept {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  timespec until{};
  timespec* timeout = nullptr;
  if (deadline != TimePoint::max()) {
    const std::int64_t ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
    if (ns <= 0) return;
    until.tv_sec = ns / kSecondNs;
    until.tv_nsec = ns % kSecondNs;
    timeout = &until;
  }
  const int saved_errno = errno;
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_BITSET_PRIVATE, expected,
          timeout, nullptr, FUTEX_BITSET_MATCH_ANY);
  errno = saved_errno;
}

void FutexSleep::wake_all(std::atomic<std::uint32_t>& word) noexcept {
  const int saved_errno = errno;
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr,
          nullptr, 0);
  errno = saved_errno;
}

template class BasicEventCount<>;

}  // namespace v1
}  // namespace tracebus
