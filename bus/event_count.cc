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
namespace {

// FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, which is what steady_clock counts.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                EventCount::Clock::time_point deadline) noexcept {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  timespec until{};
  timespec* timeout = nullptr;
  if (deadline != EventCount::Clock::time_point::max()) {
    const std::int64_t ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
    if (ns <= 0) return;
    until.tv_sec = ns / kSecondNs;
    until.tv_nsec = ns % kSecondNs;
    timeout = &until;
  }
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_BITSET_PRIVATE, expected,
          timeout, nullptr, FUTEX_BITSET_MATCH_ANY);
}

}  // namespace

void EventCount::wait(std::uint32_t key, Clock::time_point deadline) noexcept {
  const int saved_errno = errno;
  waiters_.fetch_add(1);
  if (epoch_.load() == key) futex_wait(epoch_, key, deadline);
  waiters_.fetch_sub(1);
  errno = saved_errno;
}

void EventCount::notify() noexcept {
  // Sequentially consistent, as is wait: either this thread sees the waiter, or the waiter sees the
  // new epoch and does not sleep.
  epoch_.fetch_add(1);
  if (waiters_.load() == 0) return;
  const int saved_errno = errno;
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&epoch_), FUTEX_WAKE_PRIVATE, INT_MAX,
          nullptr, nullptr, 0);
  errno = saved_errno;
}

}  // namespace v1
}  // namespace tracebus
