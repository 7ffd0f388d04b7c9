// SPDX-License-Identifier: Apache-2.0
//
// WakeMark: how a worker sleeps until enough is published for it, and how the dispatcher, which
// publishes all the time, finds by two relaxed loads that it is not yet time to wake it.
//
//   worker:     wait(marks, deadline, changed)
//   dispatcher: publish to all workers;  order_publications();  for each: if (reached(...)) wake();
//
// Thread safety. wait belongs to the worker; wake to everybody; the rest to the dispatcher.
//
// Invariants
//  1. The worker stores its marks, fences, and looks once more for what is published. The
//     dispatcher publishes, fences, and looks at the marks. So one of them sees the other.
//  2. Whoever takes the marks away notifies. The marks of the next wait are stored after its key
//     was taken, so a wake that takes those away, having meant the last, ends the next wait.
//
// Atom, Count and Fence are std::atomic, EventCount and ThreadFence in the library; see
// event_count.h.
#ifndef TRACEBUS_BUS_WAKE_MARK_H_
#define TRACEBUS_BUS_WAKE_MARK_H_

#include <atomic>
#include <cstdint>

#include "tracebus/bus/event_count.h"

namespace tracebus {
inline namespace v1 {

// What a fence is outside the model checker.
struct ThreadFence {
  static void make(std::memory_order order) noexcept { std::atomic_thread_fence(order); }
};

template <template <class> class Atom = std::atomic, class Count = EventCount,
          class Fence = ThreadFence>
class BasicWakeMark {
 public:
  using TimePoint = EventCount::Clock::time_point;
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  // The worker is woken once so many events, or so many bytes, have been published in all.
  struct Marks {
    std::uint64_t events = kNever;
    std::uint64_t bytes = kNever;
  };

  // --- Worker ---

  // Sleeps until the marks are reached, a wake, or the deadline; not at all if changed(), which
  // says whether anything was published or asked since the caller looked. Returns whether it slept.
  template <class Changed>
  bool wait(Marks marks, TimePoint deadline, Changed&& changed) noexcept {
    const auto key = wakes_.prepare();
    set(marks);
    Fence::make(std::memory_order_seq_cst);  // pairs with order_publications
    const bool sleeps = !changed();
    if (sleeps) wakes_.wait(key, deadline);
    set({});
    return sleeps;
  }

  // --- Dispatcher ---

  // Between publishing and reached; once for all marks.
  static void order_publications() noexcept {
    Fence::make(std::memory_order_seq_cst);  // pairs with wait
  }
  // Relaxed: the fences order it.
  bool reached(std::uint64_t events, std::uint64_t bytes) const noexcept {
    return events >= events_.load(std::memory_order_relaxed) ||
           bytes >= bytes_.load(std::memory_order_relaxed);
  }

  // --- Anybody, after making visible what the worker is to find ---
  void wake() noexcept {
    set({});  // so that the dispatcher does not wake it twice
    wakes_.notify();
  }

 private:
  void set(Marks marks) noexcept {
    // Relaxed: the fence after them orders marks; their absence is published by notify.
    events_.store(marks.events, std::memory_order_relaxed);
    bytes_.store(marks.bytes, std::memory_order_relaxed);
  }

  Atom<std::uint64_t> events_{kNever};
  Atom<std::uint64_t> bytes_{kNever};
  Count wakes_;
};

using WakeMark = BasicWakeMark<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_WAKE_MARK_H_
