// SPDX-License-Identifier: Apache-2.0
//
// WakeMark: how a worker sleeps until enough is published for it, and how the dispatcher, which
// publishes all the time, finds by two relaxed loads that it is not yet time to wake it.
//
//   worker:     wait(marks_of, deadline, changed)
//   dispatcher: publish to all workers;  order_publications();  for each: if (reached(...)) wake();
//
// A worker with several queues has one mark for each; the dispatcher of a queue looks at that one.
//
// Thread safety. wait belongs to the worker; wake to everybody; the rest to the dispatchers.
//
// Invariants
//  1. The worker stores its marks, fences, and looks once more for what is published. A dispatcher
//     publishes, fences, and looks at its mark. So one of them sees the other.
//  2. Whoever takes the marks away notifies. The marks of the next wait are stored after its key
//     was taken, so a wake that takes those away, having meant the last, ends the next wait.
//
// Atom, Count and Fence are std::atomic, EventCount and ThreadFence in the library; see
// event_count.h.
#ifndef TRACEBUS_BUS_WAKE_MARK_H_
#define TRACEBUS_BUS_WAKE_MARK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

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

  explicit BasicWakeMark(std::size_t queues)
      : queues_(queues), marks_(std::make_unique<AtomicMarks[]>(queues)) {}

  // --- Worker ---

  // Sleeps until the marks of a queue are reached, marks_of(queue), a wake, or the deadline; not at
  // all if changed(), which says whether anything was published or asked since the caller looked.
  // Returns whether it slept.
  template <class MarksOf, class Changed>
  bool wait(MarksOf&& marks_of, TimePoint deadline, Changed&& changed) noexcept {
    const auto key = wakes_.prepare();
    for (std::size_t queue = 0; queue < queues_; ++queue) set(queue, marks_of(queue));
    Fence::make(std::memory_order_seq_cst);  // pairs with order_publications
    const bool sleeps = !changed();
    if (sleeps) wakes_.wait(key, deadline);
    clear();
    return sleeps;
  }

  // --- Dispatcher ---

  // Between publishing and reached; once for all workers.
  static void order_publications() noexcept {
    Fence::make(std::memory_order_seq_cst);  // pairs with wait
  }
  // Relaxed: the fences order it.
  bool reached(std::size_t queue, std::uint64_t events, std::uint64_t bytes) const noexcept {
    const AtomicMarks& marks = marks_[queue];
    return events >= marks.events.load(std::memory_order_relaxed) ||  // as said
           bytes >= marks.bytes.load(std::memory_order_relaxed);      // likewise
  }

  // --- Anybody, after making visible what the worker is to find ---
  void wake() noexcept {
    clear();  // so that the dispatchers do not wake it twice
    wakes_.notify();
  }

 private:
  struct AtomicMarks {
    Atom<std::uint64_t> events{kNever};
    Atom<std::uint64_t> bytes{kNever};
  };

  void set(std::size_t queue, Marks marks) noexcept {
    // Relaxed: the fence after them orders marks; their absence is published by notify.
    marks_[queue].events.store(marks.events, std::memory_order_relaxed);
    marks_[queue].bytes.store(marks.bytes, std::memory_order_relaxed);
  }
  void clear() noexcept {
    for (std::size_t queue = 0; queue < queues_; ++queue) set(queue, {});
  }

  const std::size_t queues_;
  const std::unique_ptr<AtomicMarks[]> marks_;
  Count wakes_;
};

using WakeMark = BasicWakeMark<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_WAKE_MARK_H_
