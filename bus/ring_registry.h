// SPDX-License-Identifier: Apache-2.0
//
// RingRegistry: all rings of a bus.
//
// Thread safety. acquire may be called from any thread, also from a signal handler: it neither
// allocates nor locks. totals takes a mutex, which is held for a few instructions. The dispatcher
// looks at rings without it: size, at; and for recycle it only tries the mutex, since it waits for
// nobody.
//
// Invariants
//  1. Rings are never removed; size() only grows. at(i) is complete or, while a producer is about
//     to enter it, null.
//  2. The counts of a producer that retired are added to the totals exactly once, in the same
//     critical section in which its ring is reset. So totals are exact at any moment.
//  3. Free rings form a stack: the dispatcher alone pushes, anybody pops. See FreeStack.
#ifndef TRACEBUS_BUS_RING_REGISTRY_H_
#define TRACEBUS_BUS_RING_REGISTRY_H_

#include <atomic>
#include <cstdint>
#include <mutex>

#include "tracebus/bus/free_stack.h"
#include "tracebus/bus/producer_ring.h"

namespace tracebus {
inline namespace v1 {

class RingRegistry {
 public:
  static constexpr std::uint32_t kRingsMax = 65536;
  // Free rings with memory behind them that are kept ready for new producers.
  static constexpr std::uint32_t kSpareRings = 4;

  // The ids of the producers: first, first + step, ...
  struct Numbering {
    std::uint32_t first = 1;
    std::uint32_t step = 1;
  };

  // prepares: whether spare rings are touched ahead (see Pages).
  RingRegistry(EmitGate& gate, const ProducerRing::Sizes& sizes, Numbering numbering,
               bool prepares) noexcept;
  RingRegistry(const RingRegistry&) = delete;
  RingRegistry& operator=(const RingRegistry&) = delete;
  ~RingRegistry();

  // A ring for a new producer, under a fresh producer id, with a share for the caller. Null when
  // kRingsMax are in use, or the budget or the system refuses memory.
  ProducerRing* acquire() noexcept;

  // Rings that producers have now, or that are not drained yet. A moment's number.
  // Counted by itself: a spare ring in the making is not free yet, and no producer has it.
  std::uint32_t in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }

  struct Totals {
    ProducerCounts counts;  // of all producers, gone or not
    std::uint64_t producers = 0;
    std::uint64_t rings = 0;
  };
  Totals totals() const;

  // --- Dispatcher ---
  std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_acquire);  // pairs with add_ring
  }
  ProducerRing* at(std::uint32_t index) noexcept {
    return rings_[index].load(std::memory_order_acquire);  // pairs with add_ring
  }
  // Makes a drained ring of a retired producer free again. False: try at the next pass.
  bool try_recycle(ProducerRing& ring) noexcept;
  // Makes a spare ring if there are too few. Costs a system call or two.
  void keep_spares() noexcept;

 private:
  ProducerRing* add_ring() noexcept;
  ProducerRing* pop() noexcept;
  void push(ProducerRing& ring) noexcept;

  EmitGate& gate_;
  const ProducerRing::Sizes sizes_;
  const bool prepares_;
  std::atomic<ProducerRing*>* const rings_;  // kRingsMax of them, in pages of their own
  std::atomic<std::uint32_t> size_{0};
  std::atomic<std::uint32_t> in_use_{0};
  FreeStack free_;
  std::atomic<std::uint32_t> next_producer_;
  const std::uint32_t producer_step_;

  mutable std::mutex mutex_;  // guards exited_, and the resetting of counts
  ProducerCounts exited_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_RING_REGISTRY_H_
