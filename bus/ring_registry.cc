// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/ring_registry.h"

#include <algorithm>

#include "tracebus/bus/thread_rings.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kTableBytes =
    RingRegistry::kRingsMax * sizeof(std::atomic<ProducerRing*>);  // untouched pages cost nothing
static_assert(std::atomic<ProducerRing*>::is_always_lock_free);

}  // namespace

RingRegistry::RingRegistry(EmitGate& gate, const ProducerRing::Sizes& sizes,
                           Numbering numbering, bool prepares) noexcept
    : gate_(gate), sizes_(sizes), prepares_(prepares),
      rings_(static_cast<std::atomic<ProducerRing*>*>(gate.arena().map(kTableBytes))),
      next_producer_(numbering.first), producer_step_(numbering.step) {
  gate_.add_share();
  ThreadRings::watch_thread_ends();
}

RingRegistry::~RingRegistry() {
  for (std::uint32_t i = 0; i < size(); ++i) {
    ProducerRing* const ring = at(i);
    if (ring == nullptr) continue;
    ring->discard();
    ring->drop_share();
  }
  if (rings_ != nullptr) gate_.arena().unmap(rings_, kTableBytes);
  gate_.drop_share();
}

ProducerRing* RingRegistry::acquire() noexcept {
  ProducerRing* ring = pop();
  if (ring == nullptr) ring = add_ring();
  if (ring == nullptr) return nullptr;
  // Relaxed: unique is all it has to be.
  const std::uint32_t producer =
      next_producer_.fetch_add(producer_step_, std::memory_order_relaxed);
  if (!ring->reclaim(producer)) return nullptr;
  in_use_.fetch_add(1, std::memory_order_relaxed);  // a number
  if (!ring->ensure_storage()) {
    ring->retire();  // the dispatcher puts it back
    return nullptr;
  }
  ring->add_share();
  return ring;
}

// A ring that belongs to nobody yet, and is not on the stack.
ProducerRing* RingRegistry::add_ring() noexcept {
  if (rings_ == nullptr || size() >= kRingsMax) return nullptr;
  ProducerRing* const ring = ProducerRing::create(gate_, sizes_);
  if (ring == nullptr) return nullptr;
  std::uint32_t index = size_.load(std::memory_order_relaxed);  // the exchange decides
  do {
    if (index == kRingsMax) {
      gate_.ring_budget().give_back(sizes_.bytes);
      ring->drop_share();
      return nullptr;
    }
    // Release pairs with size: the place at index is there, if empty.
  } while (!size_.compare_exchange_weak(index, index + 1, std::memory_order_release,
                                        std::memory_order_relaxed));
  ring->index = index;
  rings_[index].store(ring, std::memory_order_release);  // pairs with at
  return ring;
}

ProducerRing* RingRegistry::pop() noexcept {
  const auto link_of = [this](std::uint32_t i) -> FreeStack::Link& { return at(i)->next_free; };
  const std::uint32_t index = free_.pop(link_of);
  return index == FreeStack::kNone ? nullptr : at(index);
}

void RingRegistry::push(ProducerRing& ring) noexcept {
  free_.push(ring.index, [&](std::uint32_t) -> FreeStack::Link& { return ring.next_free; });
}

bool RingRegistry::try_recycle(ProducerRing& ring) noexcept {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  exited_ += ring.counts();
  // A few stay ready; the others only keep their addresses. What another thread touched is not
  // ready where the next one is to touch it first.
  ring.recycle(prepares_ && free_.size() < kSpareRings);
  in_use_.fetch_sub(1, std::memory_order_relaxed);  // a number
  push(ring);
  return true;
}

void RingRegistry::keep_spares() noexcept {
  if (free_.size() >= kSpareRings) return;
  ProducerRing* const ring = add_ring();
  if (ring == nullptr) return;
  if (prepares_) ring->prefault();
  push(*ring);
}

RingRegistry::Totals RingRegistry::totals() const {
  const std::lock_guard lock(mutex_);
  Totals totals;
  totals.counts = exited_;
  const std::uint32_t rings = size();
  totals.rings = rings;
  totals.producers = in_use();
  for (std::uint32_t i = 0; i < rings; ++i) {
    const ProducerRing* const ring =
        rings_[i].load(std::memory_order_acquire);  // pairs with add_ring
    if (ring != nullptr) totals.counts += ring->counts();
  }
  return totals;
}

}  // namespace v1
}  // namespace tracebus
