// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/thread_rings.h"

#include <pthread.h>

#include <atomic>

#include "tracebus/bus/thread_producer.h"

namespace tracebus {
inline namespace v1 {

constinit thread_local ThreadProducer t_thread_producer;

namespace {

// Initial-exec: the first look at it, which may be a signal handler's, allocates nothing.
[[gnu::tls_model("initial-exec")]] constinit thread_local ThreadRings t_rings;
// glibc keeps the values of the first keys of a process in the thread itself: setting one does not
// allocate.
pthread_key_t g_thread_end_key;
bool g_has_key = false;
// Not the guard of a static: the child of a fork would wait for one that a thread of its parent
// held. pthread_once begins anew there.
pthread_once_t g_key_once = PTHREAD_ONCE_INIT;

}  // namespace

void ThreadRings::watch_thread_ends() noexcept {
  pthread_once(&g_key_once,
               [] { g_has_key = pthread_key_create(&g_thread_end_key, on_thread_end) == 0; });
}

ProducerRing* ThreadRings::find(std::uint64_t bus_id, Shards& shards) noexcept {
  ThreadRings& rings = t_rings;
  if (rings.gone_ || rings.busy_) return nullptr;
  rings.busy_ = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  ProducerRing* const ring = rings.find_or_acquire(bus_id, shards);
  if (ring != nullptr) {
    // A handler between these lines finds no bus, and comes to the check above.
    t_thread_producer.bus_id = 0;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    t_thread_producer.ring = ring;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    t_thread_producer.bus_id = bus_id;
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  rings.busy_ = false;
  return ring;
}

ProducerRing* ThreadRings::find_or_acquire(std::uint64_t bus_id, Shards& shards) noexcept {
  for (const Held& held : held_) {
    if (held.bus_id == bus_id) return held.ring;
  }
  Held* const place = free_place();
  if (place == nullptr) return nullptr;
  ProducerRing* const ring = shards.acquire();
  if (ring == nullptr) return nullptr;
  *place = {bus_id, ring};
  if (g_has_key) pthread_setspecific(g_thread_end_key, this);
  return ring;
}

ThreadRings::Held* ThreadRings::free_place() noexcept {
  for (Held& held : held_) {
    if (held.ring == nullptr) return &held;
  }
  for (Held& held : held_) {
    if (held.ring->shared()) continue;
    give_back(held);  // of a bus that is gone
    return &held;
  }
  return nullptr;
}

void ThreadRings::give_back(Held& held) noexcept {
  held.ring->retire();
  held.ring->drop_share();
  held = {};
}

void ThreadRings::on_thread_end(void* rings) noexcept {
  auto& ending = *static_cast<ThreadRings*>(rings);
  ending.gone_ = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  t_thread_producer = {};
  for (Held& held : ending.held_) {
    if (held.ring != nullptr) give_back(held);
  }
}

void ThreadRings::forget(std::uint64_t bus_id) noexcept {
  if (t_thread_producer.bus_id == bus_id) t_thread_producer = {};
  for (Held& held : t_rings.held_) {
    if (held.bus_id == bus_id) held = {};
  }
}

void ThreadRings::forget_after_fork() noexcept {
  t_thread_producer = {};
  for (Held& held : t_rings.held_) held = {};
  t_rings.busy_ = false;
}

}  // namespace v1
}  // namespace tracebus
