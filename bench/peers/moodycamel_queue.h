// SPDX-License-Identifier: Apache-2.0
//
// moodycamel::ConcurrentQueue with tokens on both sides.
//
// It grows without bound, and try_enqueue into a preallocated one can fail for ever when tokens
// hold its blocks. So the producers ask now and then how much is in it, and enqueue. One look in
// kEventsALook events costs it next to nothing.
#ifndef TRACEBUS_BENCH_PEERS_MOODYCAMEL_QUEUE_H_
#define TRACEBUS_BENCH_PEERS_MOODYCAMEL_QUEUE_H_

#include <concurrentqueue/concurrentqueue.h>
#include <sched.h>

#include <memory>

#include "tracebus/bench/peers/flat_event.h"

namespace tracebus::bench {

class MoodycamelQueue {
 public:
  using Event = FlatEvent;
  static constexpr std::uint32_t kEventsALook = 256;

  explicit MoodycamelQueue(std::size_t producers)
      : events_max_(kQueueEvents * producers), queue_(events_max_), token_(queue_),
        batch_(std::make_unique<FlatEvent[]>(kBatch)) {}

  class Producer {
   public:
    Producer(MoodycamelQueue& queue, std::size_t) : queue_(queue), token_(queue.queue_) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      if (++emitted_ % kEventsALook == 0) [[unlikely]] {
        while (queue_.queue_.size_approx() > queue_.events_max_) sched_yield();
      }
      FlatEvent flat;
      flat.fill(type, event, tokens);
      while (!queue_.queue_.enqueue(token_, flat)) sched_yield();
    }

   private:
    MoodycamelQueue& queue_;
    moodycamel::ProducerToken token_;
    std::uint32_t emitted_ = 0;
  };

  template <class Visit>
  std::size_t drain(Visit visit) {
    const std::size_t count = queue_.try_dequeue_bulk(token_, batch_.get(), kBatch);
    for (std::size_t i = 0; i < count; ++i) visit(batch_[i].type, batch_[i]);
    return count;
  }

 private:
  static constexpr std::size_t kBatch = 256;

  const std::size_t events_max_;
  moodycamel::ConcurrentQueue<FlatEvent> queue_;
  alignas(kCacheLineBytes) moodycamel::ConsumerToken token_;
  const std::unique_ptr<FlatEvent[]> batch_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_MOODYCAMEL_QUEUE_H_
