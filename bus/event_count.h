// SPDX-License-Identifier: Apache-2.0
//
// EventCount: wait for something that another thread announces, without a lock and with a deadline.
//
//   waiter:    key = prepare();  if (nothing to do yet) wait(key, deadline);
//   announcer: make it visible;  notify();
//
// Thread safety: all of it. notify never waits, and makes a system call only if somebody waits.
// A notify after prepare ends the wait, whether it comes before or after the futex call.
#ifndef TRACEBUS_BUS_EVENT_COUNT_H_
#define TRACEBUS_BUS_EVENT_COUNT_H_

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

class EventCount {
 public:
  using Clock = std::chrono::steady_clock;

  std::uint32_t prepare() const noexcept { return epoch_.load(); }
  // Returns after a notify since prepare, at the deadline, or now and then for no reason.
  void wait(std::uint32_t key, Clock::time_point deadline) noexcept;
  void notify() noexcept;

 private:
  std::atomic<std::uint32_t> epoch_{0};
  std::atomic<std::uint32_t> waiters_{0};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_EVENT_COUNT_H_
