// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/thread_rings.h"

#include "tracebus/bus/thread_producer.h"

namespace tracebus {
inline namespace v1 {

constinit thread_local ThreadProducer t_thread_producer;

namespace {

constinit thread_local bool t_rings_are_gone = false;

}  // namespace

ProducerRing* ThreadRings::find(std::uint64_t bus_id, RingRegistry& registry) noexcept {
  if (t_rings_are_gone) return nullptr;
  thread_local ThreadRings rings;
  ProducerRing* const ring = rings.find_or_acquire(bus_id, registry);
  if (ring != nullptr) t_thread_producer = {bus_id, ring};
  return ring;
}

ProducerRing* ThreadRings::find_or_acquire(std::uint64_t bus_id, RingRegistry& registry) {
  // Rings that only this thread still holds belonged to a bus that is gone.
  std::erase_if(held_, [](const Held& held) { return held.ring.use_count() == 1; });
  for (const Held& held : held_) {
    if (held.bus_id == bus_id) return held.ring.get();
  }
  std::shared_ptr<ProducerRing> ring = registry.acquire();
  if (ring == nullptr) return nullptr;
  held_.push_back({bus_id, std::move(ring)});
  return held_.back().ring.get();
}

ThreadRings::~ThreadRings() {
  t_rings_are_gone = true;
  t_thread_producer = {};
  for (const Held& held : held_) held.ring->retire();
}

}  // namespace v1
}  // namespace tracebus
