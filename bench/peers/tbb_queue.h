// SPDX-License-Identifier: Apache-2.0
//
// oneapi::tbb::concurrent_bounded_queue, with its own push, which waits for room.
#ifndef TRACEBUS_BENCH_PEERS_TBB_QUEUE_H_
#define TRACEBUS_BENCH_PEERS_TBB_QUEUE_H_

#include <oneapi/tbb/concurrent_queue.h>

#include "tracebus/bench/peers/flat_event.h"

namespace tracebus::bench {

class TbbQueue {
 public:
  using Event = FlatEvent;

  explicit TbbQueue(std::size_t producers) {
    queue_.set_capacity(static_cast<std::ptrdiff_t>(kQueueEvents * producers));
  }

  class Producer {
   public:
    Producer(TbbQueue& queue, std::size_t) : queue_(queue.queue_) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      FlatEvent flat;
      flat.fill(type, event, tokens);
      queue_.push(flat);
    }

   private:
    oneapi::tbb::concurrent_bounded_queue<FlatEvent>& queue_;
  };

  template <class Visit>
  std::size_t drain(Visit visit) {
    FlatEvent event;
    std::size_t count = 0;
    for (; count < kBatch && queue_.try_pop(event); ++count) visit(event.type, event);
    return count;
  }

 private:
  static constexpr std::size_t kBatch = 256;
  oneapi::tbb::concurrent_bounded_queue<FlatEvent> queue_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_TBB_QUEUE_H_
