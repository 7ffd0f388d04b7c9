// SPDX-License-Identifier: Apache-2.0
//
// boost::lockfree::spsc_queue, one for each producer.
#ifndef TRACEBUS_BENCH_PEERS_BOOST_SPSC_QUEUE_H_
#define TRACEBUS_BENCH_PEERS_BOOST_SPSC_QUEUE_H_

#include <sched.h>

#include <boost/lockfree/spsc_queue.hpp>
#include <memory>
#include <vector>

#include "tracebus/bench/peers/flat_event.h"

namespace tracebus::bench {

class BoostSpscQueue {
 public:
  using Event = FlatEvent;

  explicit BoostSpscQueue(std::size_t producers) {
    for (std::size_t i = 0; i < producers; ++i) {
      queues_.push_back(std::make_unique<Queue>(kQueueEvents));
    }
  }

  class Producer {
   public:
    Producer(BoostSpscQueue& queue, std::size_t index) : queue_(*queue.queues_[index]) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      FlatEvent flat;
      flat.fill(type, event, tokens);
      while (!queue_.push(flat)) sched_yield();
    }

   private:
    boost::lockfree::spsc_queue<FlatEvent>& queue_;
  };

  template <class Visit>
  std::size_t drain(Visit visit) {
    std::size_t count = 0;
    for (const auto& queue : queues_) {
      count += queue->consume_all([&](const FlatEvent& event) { visit(event.type, event); });
    }
    return count;
  }

 private:
  using Queue = boost::lockfree::spsc_queue<FlatEvent>;
  std::vector<std::unique_ptr<Queue>> queues_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_BOOST_SPSC_QUEUE_H_
