// SPDX-License-Identifier: Apache-2.0
//
// ThreadRings: the rings that the calling thread emits through, one a bus, given back at its end.
//
// Thread safety: each thread sees its own. All of it may be called from a signal handler, also from
// one that interrupted it: then there is no ring, and the event goes the emergency way. So nothing
// here allocates or locks.
#ifndef TRACEBUS_BUS_THREAD_RINGS_H_
#define TRACEBUS_BUS_THREAD_RINGS_H_

#include <cstdint>

#include "tracebus/bus/shard.h"

namespace tracebus {
inline namespace v1 {

class ThreadRings {
 public:
  // The calling thread's ring of this bus, acquired if need be, and left in t_thread_producer. Null
  // if there is none to be had: the rings' budget is used up, or the thread is past its end.
  static ProducerRing* find(std::uint64_t bus_id, Shards& shards) noexcept;
  // In the child of a fork: the rings are those of the parent, and are left alone.
  static void forget_after_fork() noexcept;
  // As above, of one bus: a maker of exporters may have emitted before the bus was made anew.
  static void forget(std::uint64_t bus_id) noexcept;
  // Once, before the first find: sees to it that threads give their rings back.
  static void watch_thread_ends() noexcept;

  constexpr ThreadRings() noexcept = default;
  ThreadRings(const ThreadRings&) = delete;
  ThreadRings& operator=(const ThreadRings&) = delete;

 private:
  // A thread that emits to more living buses than this goes the emergency way into the others. To
  // give a ring back for another one is no way out: a signal handler may come here while the frame
  // it interrupted writes to that very ring.
  static constexpr std::uint32_t kHeldMax = 32;
  struct Held {
    std::uint64_t bus_id = 0;
    ProducerRing* ring = nullptr;  // with a share
  };

  ProducerRing* find_or_acquire(std::uint64_t bus_id, Shards& shards) noexcept;
  Held* free_place() noexcept;
  static void give_back(Held& held) noexcept;
  static void on_thread_end(void* rings) noexcept;

  Held held_[kHeldMax];
  bool busy_ = false;
  bool gone_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_THREAD_RINGS_H_
