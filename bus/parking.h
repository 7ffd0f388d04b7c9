// SPDX-License-Identifier: Apache-2.0
//
// Parking: how a dispatcher without work sleeps, and how producers wake it at the price of one
// relaxed load for each event.
//
//   awake  --(dispatcher: park)--> parked
//   parked --(a producer that published, or anybody: the one whose exchange finds it so)--> awake
//   parked --(dispatcher: the deadline has come)--> awake
//
// Thread safety. park belongs to the dispatcher; wake_if_parked and wake to everybody.
//
// Who may miss whom
//  1. wake() misses nothing: waker and dispatcher exchange the same flag, so either the waker finds
//     the dispatcher parked, or the dispatcher's look for work finds what the waker stored before.
//  2. wake_if_parked() may miss: its load can be answered before the publish has left the store
//     buffer. An event that came this way is found at the deadline; or park is given a barrier, a
//     full fence on all threads at once. Every producer then either published before the fence, so
//     that the look for work finds it, or loads the flag after it, and finds the dispatcher parked.
//
// Atom and Count are std::atomic and EventCount in the library; see event_count.h.
#ifndef TRACEBUS_BUS_PARKING_H_
#define TRACEBUS_BUS_PARKING_H_

#include <atomic>

#include "tracebus/bus/event_count.h"

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic, class Count = EventCount>
class BasicParking {
 public:
  using TimePoint = EventCount::Clock::time_point;

  // --- Producers, after a publish ---
  void wake_if_parked() noexcept {
    // The compiler must leave the load behind the publish; the processor is the barrier's business.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    // Relaxed: see "who may miss whom".
    if (parked_.load(std::memory_order_relaxed)) [[unlikely]]
      wake();
  }

  // --- Anybody, after making visible what the dispatcher is to find ---
  void wake() noexcept {
    // Acquire and release pair with the other exchange of park, see there.
    if (parked_.exchange(false, std::memory_order_acq_rel)) wakes_.notify();
  }

  // --- Dispatcher ---

  // Sleeps until a wake, or until the deadline; not at all if work_waits(). Without a deadline if
  // barrier() says that it made a full fence on all threads. Returns whether it slept.
  template <class Barrier, class WorkWaits>
  bool park(TimePoint deadline, Barrier&& barrier, WorkWaits&& work_waits) noexcept {
    const auto key = wakes_.prepare();
    // Acquire pairs with every wake that came before: work_waits sees what it is about. Release
    // pairs with the wake that finds the flag set: it notifies after the key was taken.
    parked_.exchange(true, std::memory_order_acq_rel);
    const bool misses_nobody = barrier();
    const bool sleeps = !work_waits();
    if (sleeps) wakes_.wait(key, misses_nobody ? TimePoint::max() : deadline);
    // Relaxed: an exchange rather than a store, it keeps the release of the wakes before it for the
    // next park to acquire.
    parked_.exchange(false, std::memory_order_relaxed);
    return sleeps;
  }

 private:
  // Loaded by producers after each event. Both are written when the dispatcher parks and when it is
  // woken, and at no other time; so they may share a line with what else producers only read.
  Atom<bool> parked_{false};
  Count wakes_;
};

using Parking = BasicParking<>;
static_assert(sizeof(Parking) <= 16, "it leaves room in its cache line");

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_PARKING_H_
