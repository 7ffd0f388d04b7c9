// SPDX-License-Identifier: Apache-2.0
//
// ThreadRings: the rings that the calling thread emits through, one a bus, given back at its end.
#ifndef TRACEBUS_BUS_THREAD_RINGS_H_
#define TRACEBUS_BUS_THREAD_RINGS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "tracebus/bus/ring_registry.h"

namespace tracebus {
inline namespace v1 {

class ThreadRings {
 public:
  // The calling thread's ring of this bus, acquired if need be, and left in t_thread_producer.
  // Null if there is none to be had, or the thread is past the destructors of its thread_locals.
  static ProducerRing* find(std::uint64_t bus_id, RingRegistry& registry) noexcept;

  ThreadRings() = default;
  ThreadRings(const ThreadRings&) = delete;
  ThreadRings& operator=(const ThreadRings&) = delete;
  ~ThreadRings();

 private:
  struct Held {
    std::uint64_t bus_id;
    std::shared_ptr<ProducerRing> ring;
  };
  ProducerRing* find_or_acquire(std::uint64_t bus_id, RingRegistry& registry);

  std::vector<Held> held_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_THREAD_RINGS_H_
