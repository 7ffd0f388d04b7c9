// SPDX-License-Identifier: Apache-2.0
//
// RingRegistry: all rings of a bus.
//
// Thread safety. acquire and totals may be called from any thread and take a mutex, which is held
// for a few instructions. The dispatcher looks at rings without it: size, at; and for recycle it
// only tries the mutex, since it waits for nobody.
//
// Invariants
//  1. Rings are never removed; size() only grows, and at(i) is complete for every i < size().
//  2. The counts of a producer that retired are added to the totals exactly once, in the same
//     critical section in which its ring is reset. So totals are exact at any moment.
#ifndef TRACEBUS_BUS_RING_REGISTRY_H_
#define TRACEBUS_BUS_RING_REGISTRY_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "tracebus/bus/producer_ring.h"

namespace tracebus {
inline namespace v1 {

class RingRegistry {
 public:
  static constexpr std::uint32_t kRingsMax = 65536;

  RingRegistry(std::shared_ptr<EmitGate> gate, std::size_t ring_bytes)
      : gate_(std::move(gate)), ring_bytes_(ring_bytes) {}
  RingRegistry(const RingRegistry&) = delete;
  RingRegistry& operator=(const RingRegistry&) = delete;

  // A ring for a new producer, under a fresh producer id. Null when kRingsMax are in use or the
  // system refuses memory; such producers' events are counted by count_refused.
  std::shared_ptr<ProducerRing> acquire();
  void count_refused() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }  // a counter

  struct Totals {
    ProducerCounts counts;  // of all producers, gone or not
    std::uint64_t refused = 0;
    std::uint64_t producers = 0;
    std::uint64_t rings = 0;
  };
  Totals totals() const;

  // --- Dispatcher ---
  std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_acquire);  // pairs with add_ring
  }
  ProducerRing& at(std::uint32_t index) noexcept {
    // Relaxed: published by size_.
    return *chunks_[index / kChunk].load(std::memory_order_relaxed)->rings[index % kChunk];
  }
  // Makes a drained ring of a retired producer free again. False: try at the next pass.
  bool try_recycle(std::uint32_t index) noexcept;

 private:
  static constexpr std::uint32_t kChunk = 256;
  struct Chunk {
    std::array<std::shared_ptr<ProducerRing>, kChunk> rings;
  };

  std::shared_ptr<ProducerRing> add_ring();

  const std::shared_ptr<EmitGate> gate_;
  const std::size_t ring_bytes_;
  std::array<std::atomic<Chunk*>, kRingsMax / kChunk> chunks_{};
  std::atomic<std::uint32_t> size_{0};
  std::atomic<std::uint64_t> refused_{0};

  mutable std::mutex mutex_;  // guards what follows, and writing to the above
  std::vector<std::unique_ptr<Chunk>> owned_;
  std::vector<std::uint32_t> free_;  // used as a stack: the ring freed last is the warmest
  ProducerCounts exited_;
  std::uint32_t next_producer_ = 1;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_RING_REGISTRY_H_
