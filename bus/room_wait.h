// SPDX-License-Identifier: Apache-2.0
//
// RoomWait: whether producers wait for room in a queue (see Overflow::kBlock), so that its worker
// takes whatever is published, however little and however young.
//
//   dispatcher: begin(the worker's mark);  ...  end();
//   worker:     if (lasts()) take what is published;  sleep, but not while lasts() and there is any
//
// Thread safety: begin and end are the dispatcher's, lasts is the worker's.
//
// Invariants
//  1. begin is visible before the wake that follows it, and the worker asks lasts() within
//     WakeMark::wait, which took its key before. So it either learns of the wait, or does not
//     sleep, and learns of it when it looks again.
//  2. A worker that has taken all that was published sleeps until the next event, whatever its
//     batches' limits: so what is published while the wait lasts needs no wake but that of its
//     mark.
//
// Atom is std::atomic in the library. Mark is its WakeMark, and the model checker's in tests/model.
#ifndef TRACEBUS_BUS_ROOM_WAIT_H_
#define TRACEBUS_BUS_ROOM_WAIT_H_

#include <atomic>

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic>
class BasicRoomWait {
 public:
  template <class Mark>
  void begin(Mark& mark) noexcept {
    lasts_.store(true, std::memory_order_relaxed);  // the wake publishes it
    mark.wake();
  }
  // Relaxed: a worker that learns of it late takes some events sooner than it had to.
  void end() noexcept { lasts_.store(false, std::memory_order_relaxed); }

  // Relaxed: ordered by the wake, or else the wake is still to come.
  bool lasts() const noexcept { return lasts_.load(std::memory_order_relaxed); }

 private:
  Atom<bool> lasts_{false};
};

using RoomWait = BasicRoomWait<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_ROOM_WAIT_H_
