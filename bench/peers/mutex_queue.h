// SPDX-License-Identifier: Apache-2.0
//
// A std::deque behind a std::mutex. The consumer takes all of it at once, so that it holds the lock
// as short as can be.
#ifndef TRACEBUS_BENCH_PEERS_MUTEX_QUEUE_H_
#define TRACEBUS_BENCH_PEERS_MUTEX_QUEUE_H_

#include <sched.h>

#include <deque>
#include <mutex>

#include "tracebus/bench/peers/flat_event.h"

namespace tracebus::bench {

class MutexQueue {
 public:
  using Event = FlatEvent;

  explicit MutexQueue(std::size_t producers) : events_max_(kQueueEvents * producers) {}

  class Producer {
   public:
    Producer(MutexQueue& queue, std::size_t) : queue_(queue) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      FlatEvent flat;
      flat.fill(type, event, tokens);
      while (!queue_.try_push(flat)) sched_yield();
    }

   private:
    MutexQueue& queue_;
  };

  template <class Visit>
  std::size_t drain(Visit visit) {
    {
      const std::lock_guard lock(mutex_);
      events_.swap(taken_);
    }
    for (const FlatEvent& event : taken_) visit(event.type, event);
    const std::size_t count = taken_.size();
    taken_.clear();
    return count;
  }

 private:
  bool try_push(const FlatEvent& event) {
    const std::lock_guard lock(mutex_);
    if (events_.size() >= events_max_) return false;
    events_.push_back(event);
    return true;
  }

  const std::size_t events_max_;
  alignas(kCacheLineBytes) std::mutex mutex_;
  std::deque<FlatEvent> events_;                          // under mutex_
  alignas(kCacheLineBytes) std::deque<FlatEvent> taken_;  // the consumer's
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_MUTEX_QUEUE_H_
