// SPDX-License-Identifier: Apache-2.0
//
// EventCount: wait for something that another thread announces, without a lock and with a deadline.
//
//   waiter:    key = prepare();  if (nothing to do yet) wait(key, deadline);
//   announcer: make it visible;  notify();
//
// Thread safety: all of it. notify never waits, and makes a system call only if somebody waits.
// A notify after prepare ends the wait, whether it comes before or after the futex call.
//
// Invariants
//  1. Whoever reads a new epoch sees what was announced with it. So a waiter whose key is new finds
//     what it looks for, and one whose key is old does not sleep.
//  2. A waiter raises waiters_ before its last look at epoch_, an announcer changes epoch_ before
//     its look at waiters_: one of them sees the other. Both need sequential consistency.
//
// Atom and Sleep are std::atomic and the kernel's futex in the library; tests/model puts a model
// checker's in their place, and so runs this very code.
#ifndef TRACEBUS_BUS_EVENT_COUNT_H_
#define TRACEBUS_BUS_EVENT_COUNT_H_

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

// How a thread sleeps outside the model checker. Leaves errno alone.
struct FutexSleep {
  using TimePoint = std::chrono::steady_clock::time_point;

  // Sleeps until wake_all or the deadline if word is as expected; TimePoint::max() is never.
  static void wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                   TimePoint deadline) noexcept;
  static void wake_all(std::atomic<std::uint32_t>& word) noexcept;
};

template <template <class> class Atom = std::atomic, class Sleep = FutexSleep>
class BasicEventCount {
 public:
  using Clock = std::chrono::steady_clock;

  std::uint32_t prepare() const noexcept {
    return epoch_.load(std::memory_order_acquire);  // pairs with notify
  }
  // Returns after a notify since prepare, at the deadline, or now and then for no reason.
  void wait(std::uint32_t key, Clock::time_point deadline) noexcept;
  void notify() noexcept;

 private:
  Atom<std::uint32_t> epoch_{0};
  Atom<std::uint32_t> waiters_{0};
  [[no_unique_address]] Sleep sleep_;
};

template <template <class> class Atom, class Sleep>
void BasicEventCount<Atom, Sleep>::wait(std::uint32_t key, Clock::time_point deadline) noexcept {
  waiters_.fetch_add(1);
  if (epoch_.load() == key) sleep_.wait(epoch_, key, deadline);
  // Relaxed: an announcer that still counts this waiter makes a call too many, no more.
  waiters_.fetch_sub(1, std::memory_order_relaxed);
}

template <template <class> class Atom, class Sleep>
void BasicEventCount<Atom, Sleep>::notify() noexcept {
  epoch_.fetch_add(1);
  if (waiters_.load() != 0) sleep_.wake_all(epoch_);
}

// Compiled once, in event_count.cc, so that no emit grows by it.
extern template class BasicEventCount<>;

using EventCount = BasicEventCount<>;
static_assert(sizeof(EventCount) == 8, "the two words and nothing else");

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_EVENT_COUNT_H_
