// SPDX-License-Identifier: Apache-2.0
//
// EmergencyRing: the way in for events that cannot use a ring of their thread: from a signal
// handler that interrupted an emit, from a thread past its end, or where no ring is to be had.
//
// Thread safety. Any number of producers call claim and publish, also from signal handlers; one
// consumer calls peek and pop. Nobody waits: a producer that stops between claim and publish holds
// up what was claimed here after it, and nothing else.
//
// Invariants
//  1. Cell p % kCells serves positions p, p + kCells, p + 2 kCells, ... Its turn says for which of
//     them, and in which state: p: free for position p; p + 1: holds the record of position p.
//  2. A position belongs to the producer that moved tail_ past it.
//  3. Position p carries sequence p + 1 of one producer id, so receivers see these events in the
//     order of their positions. An event that finds no cell takes no position.
#ifndef TRACEBUS_BUS_EMERGENCY_RING_H_
#define TRACEBUS_BUS_EMERGENCY_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

template <template <class> class Atom, class Cell, std::uint32_t kCells>
class BasicEmergencyRing {
  static_assert(kCells > 1, "a record held and the next position free must look different");

 public:
  // What a producer holds between claim and publish.
  struct Place {
    Cell* cell = nullptr;  // null: all cells are taken
    std::uint64_t position = 0;
  };

  BasicEmergencyRing() noexcept {
    for (std::uint32_t i = 0; i < kCells; ++i) {
      turns_[i].store(i, std::memory_order_relaxed);  // before anybody else can look
    }
  }
  BasicEmergencyRing(const BasicEmergencyRing&) = delete;
  BasicEmergencyRing& operator=(const BasicEmergencyRing&) = delete;

  Place claim() noexcept {
    std::uint64_t position = tail_.load(std::memory_order_relaxed);  // the exchange decides
    for (;;) {
      // Acquire pairs with pop: the consumer's reads of the cell are over.
      const std::uint64_t turn = turns_[position % kCells].load(std::memory_order_acquire);
      if (turn < position) return {};
      if (turn > position) {
        position = tail_.load(std::memory_order_relaxed);  // another producer was faster
        continue;
      }
      // Relaxed: the cell's turn orders what is in it.
      if (tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed,
                                      std::memory_order_relaxed)) {
        return {&cells_[position % kCells], position};
      }
    }
  }
  void publish(const Place& place) noexcept {
    // Release pairs with peek.
    turns_[place.position % kCells].store(place.position + 1, std::memory_order_release);
  }

  // The oldest record, or null. It stays where it is until pop.
  const Cell* peek() const noexcept {
    // Acquire pairs with publish.
    const std::uint64_t turn = turns_[head_ % kCells].load(std::memory_order_acquire);
    return turn == head_ + 1 ? &cells_[head_ % kCells] : nullptr;
  }
  void pop() noexcept {
    // Release pairs with claim.
    turns_[head_ % kCells].store(head_ + kCells, std::memory_order_release);
    ++head_;
  }

  // How many were claimed so far. For any thread.
  std::uint64_t claimed() const noexcept { return tail_.load(std::memory_order_relaxed); }

 private:
  alignas(kCacheLineBytes) Atom<std::uint64_t> tail_{0};
  alignas(kCacheLineBytes) std::uint64_t head_ = 0;  // the consumer's
  Atom<std::uint64_t> turns_[kCells];
  Cell cells_[kCells];
};

// Room for an event of a signal handler or a last word: a few short attributes.
struct EmergencyCell {
  alignas(8) char record[504];
};
using EmergencyRing = BasicEmergencyRing<std::atomic, EmergencyCell, 256>;

// The id under which such events are numbered: one for each emergency ring of a bus, which has as
// many as dispatchers.
inline constexpr std::uint32_t kEmergencyProducer = 0xFFFFFFFF;
constexpr std::uint32_t emergency_producer(std::uint32_t shard) noexcept {
  return kEmergencyProducer - shard;
}
constexpr bool is_emergency_producer(std::uint32_t producer) noexcept {
  return producer > kEmergencyProducer - kDispatchersMax;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_EMERGENCY_RING_H_
