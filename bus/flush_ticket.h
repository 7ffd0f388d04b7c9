// SPDX-License-Identifier: Apache-2.0
//
// FlushTicket: a request to flush, on its way from the dispatcher to a subscription's worker and
// back. It travels beside the queue, where no drop can lose it.
//
//   dispatcher: publish;  ask(epoch, number);  wake the worker
//   worker:     epoch = due(front);  if (epoch != 0) { flush the sink;  answer(epoch); }
//   anybody:    wait until answered() >= epoch
//
// Thread safety. ask belongs to the dispatcher; asked, due and answer to the worker; answered to
// everybody.
//
// Invariants
//  1. Epochs and numbers only grow. A ticket that comes before the last one was answered takes its
//     place: its epoch answers both.
//  2. The number that the worker reads is that of the epoch it read, or of a later one, and then
//     larger: it never flushes too early.
//
// Atom is std::atomic in the library; tests/model puts a model checker's in its place.
#ifndef TRACEBUS_BUS_FLUSH_TICKET_H_
#define TRACEBUS_BUS_FLUSH_TICKET_H_

#include <atomic>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom = std::atomic>
class BasicFlushTicket {
 public:
  // --- Dispatcher ---
  // The worker is to settle all events below number, and then to flush.
  void ask(std::uint64_t epoch, std::uint64_t number) noexcept {
    number_.store(number, std::memory_order_relaxed);  // published by asked_
    asked_.store(epoch, std::memory_order_release);    // pairs with due
  }

  // --- Worker ---
  // Whether there is a request that was not answered. Relaxed: due decides.
  bool asked() const noexcept {
    return asked_.load(std::memory_order_relaxed) != answered_.load(std::memory_order_relaxed);
  }
  // The epoch to answer once the sink is flushed; 0 if nobody asks, or not all events below the
  // number are settled. All events below front are.
  std::uint64_t due(std::uint64_t front) const noexcept {
    const std::uint64_t epoch = asked_.load(std::memory_order_acquire);   // pairs with ask
    if (epoch == answered_.load(std::memory_order_relaxed)) return 0;     // own store
    return front >= number_.load(std::memory_order_relaxed) ? epoch : 0;  // see invariant 2
  }
  void answer(std::uint64_t epoch) noexcept {
    answered_.store(epoch, std::memory_order_release);  // pairs with answered
  }

  // --- Anybody ---
  std::uint64_t answered() const noexcept {
    return answered_.load(std::memory_order_acquire);  // pairs with answer
  }

 private:
  Atom<std::uint64_t> number_{0};
  Atom<std::uint64_t> asked_{0};
  Atom<std::uint64_t> answered_{0};
};

using FlushTicket = BasicFlushTicket<>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_FLUSH_TICKET_H_
