// SPDX-License-Identifier: Apache-2.0
//
// ClaimedRing: one true multi-producer ring for all threads, as the Disruptor and Vyukov's queue
// have it. Every producer claims the next slot from one counter, by adding to it or by
// compare-and-swap, and says in the slot itself when it is full.
//
// Invariants
//  1. A slot's turn is 2 * lap while it is empty for that lap, 2 * lap + 1 once it is full.
//  2. Only the producer that claimed a sequence writes its slot, between the two.
//
// Why it lost: the counter's line goes to another core at every emit of another thread, each slot
// is written by whoever comes, so no line stays with anybody, and a producer that is preempted
// between claim and publish holds up everybody's events.
#ifndef TRACEBUS_BENCH_ALTERNATIVES_CLAIMED_RING_H_
#define TRACEBUS_BENCH_ALTERNATIVES_CLAIMED_RING_H_

#include <sched.h>

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "tracebus/bench/peers/flat_event.h"

namespace tracebus::bench {

// How a producer takes its sequence number.
enum class Claim {
  kAdd,             // at once, and then it waits for that slot
  kCompareAndSwap,  // only if the slot is empty
};

template <Claim kClaim>
class ClaimedRing {
 public:
  using Event = FlatEvent;

  explicit ClaimedRing(std::size_t) : slots_(std::make_unique<Slot[]>(kSlots)) {}

  class Producer {
   public:
    Producer(ClaimedRing& ring, std::size_t) : ring_(ring) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      const std::uint64_t sequence = ring_.claim();
      Slot& slot = ring_.slots_[sequence % kSlots];
      slot.event.fill(type, event, tokens);
      slot.turn.store(full_turn(sequence), std::memory_order_release);  // pairs with drain
    }

   private:
    ClaimedRing& ring_;
  };

  template <class Visit>
  std::size_t drain(Visit visit) {
    std::size_t count = 0;
    for (; count < kBatch; ++count) {
      Slot& slot = slots_[next_ % kSlots];
      if (slot.turn.load(std::memory_order_acquire) != full_turn(next_)) break;
      visit(slot.event.type, slot.event);
      slot.turn.store(empty_turn(next_ + kSlots), std::memory_order_release);  // pairs with claim
      ++next_;
    }
    return count;
  }

 private:
  struct alignas(kCacheLineBytes) Slot {
    std::atomic<std::uint64_t> turn{0};
    FlatEvent event;
  };
  static constexpr std::size_t kSlots = std::bit_floor(kRingBytesMaxDefault / sizeof(Slot));
  static constexpr std::size_t kBatch = 256;

  static constexpr std::uint64_t empty_turn(std::uint64_t sequence) {
    return sequence / kSlots * 2;
  }
  static constexpr std::uint64_t full_turn(std::uint64_t sequence) {
    return empty_turn(sequence) + 1;
  }

  std::uint64_t claim() {
    if constexpr (kClaim == Claim::kAdd) {
      const std::uint64_t sequence = claimed_.fetch_add(1, std::memory_order_relaxed);
      while (!empty_for(sequence)) sched_yield();
      return sequence;
    }
    std::uint64_t sequence = claimed_.load(std::memory_order_relaxed);
    for (;;) {
      if (!empty_for(sequence)) {
        const std::uint64_t seen = sequence;
        sequence = claimed_.load(std::memory_order_relaxed);
        if (sequence == seen) sched_yield();
      } else if (claimed_.compare_exchange_weak(sequence, sequence + 1,
                                                std::memory_order_relaxed)) {
        return sequence;
      }
    }
  }
  bool empty_for(std::uint64_t sequence) const {
    return slots_[sequence % kSlots].turn.load(std::memory_order_acquire) == empty_turn(sequence);
  }

  const std::unique_ptr<Slot[]> slots_;
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> claimed_{0};
  alignas(kCacheLineBytes) std::uint64_t next_ = 0;  // the consumer's
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_ALTERNATIVES_CLAIMED_RING_H_
