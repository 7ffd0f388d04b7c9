// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/ring_registry.h"

#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

void add(ProducerCounts& sum, const ProducerCounts& counts) noexcept {
  sum.emitted += counts.emitted;
  sum.full += counts.full;
  sum.too_big += counts.too_big;
  sum.closed += counts.closed;
  sum.nested += counts.nested;
}

}  // namespace

std::shared_ptr<ProducerRing> RingRegistry::acquire() {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<ProducerRing> ring;
  if (!free_.empty()) {
    const std::uint32_t index = free_.back();
    free_.pop_back();
    ring = chunks_[index / kChunk]
               .load(std::memory_order_relaxed)
               ->rings[index % kChunk];  // under mutex_
  } else {
    ring = add_ring();
  }
  if (ring == nullptr || !ring->reclaim(next_producer_)) return nullptr;
  ++next_producer_;
  return ring;
}

std::shared_ptr<ProducerRing> RingRegistry::add_ring() {
  const std::uint32_t index = size_.load(std::memory_order_relaxed);  // written under mutex_
  if (index == kRingsMax) return nullptr;
  RingMemory memory(ring_bytes_);
  if (!memory) return nullptr;
  if (index % kChunk == 0) {
    owned_.push_back(std::make_unique<Chunk>());
    // Relaxed: published by size_.
    chunks_[index / kChunk].store(owned_.back().get(), std::memory_order_relaxed);
  }
  auto ring = std::make_shared<ProducerRing>(gate_, std::move(memory));
  owned_.back()->rings[index % kChunk] = ring;
  size_.store(index + 1, std::memory_order_release);  // pairs with size
  return ring;
}

bool RingRegistry::try_recycle(std::uint32_t index) noexcept {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  ProducerRing& ring = at(index);
  add(exited_, ring.counts());
  ring.recycle();
  free_.push_back(index);
  return true;
}

RingRegistry::Totals RingRegistry::totals() const {
  const std::lock_guard lock(mutex_);
  Totals totals;
  totals.counts = exited_;
  totals.refused = refused_.load(std::memory_order_relaxed);  // a counter
  totals.rings = size_.load(std::memory_order_relaxed);       // written under mutex_
  totals.producers = totals.rings - free_.size();
  for (std::uint32_t i = 0; i < totals.rings; ++i) {
    // Relaxed: written under mutex_.
    const Chunk& chunk = *chunks_[i / kChunk].load(std::memory_order_relaxed);
    add(totals.counts, chunk.rings[i % kChunk]->counts());
  }
  return totals;
}

}  // namespace v1
}  // namespace tracebus
