// SPDX-License-Identifier: Apache-2.0
//
// Consumed: a queue with a consumer thread of its own, as a rig (see rig.h).
//
// A queue is a class with
//   Event                              what it delivers
//   explicit Queue(producers)          made for so many
//   Producer(queue, index)             one thread's end, with emit(type, event, tokens), which
//                                      waits for room by yielding, and never loses an event
//   drain(visit) -> how many           on the consumer: visit(type number, event) for what is there
#ifndef TRACEBUS_BENCH_PEERS_CONSUMED_H_
#define TRACEBUS_BENCH_PEERS_CONSUMED_H_

#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "tracebus/bench/peers/type_callbacks.h"
#include "tracebus/bench/peers/wait.h"

namespace tracebus::bench {

template <class Queue, class Wait = StayAway>
class Consumed {
 public:
  class Producer {
   public:
    Producer(Consumed& rig, std::size_t index) : end_(rig.queue_, index) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      end_.emit(type, event, tokens);
    }

   private:
    typename Queue::Producer end_;
  };

  explicit Consumed(std::size_t producers) : queue_(producers), consumer_([this] { consume(); }) {}
  ~Consumed() {
    stop_.store(true, std::memory_order_release);
    consumer_.join();
  }
  Consumed(const Consumed&) = delete;
  Consumed& operator=(const Consumed&) = delete;

  // Whether `events` were delivered, waited for half a minute at most.
  bool finish(std::uint64_t events) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (callbacks_.delivered() < events) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    return true;
  }

 private:
  void consume() {
    Wait::begin();
    const auto visit = [this](std::uint16_t type, const auto& event) {
      callbacks_.deliver(type, event);
    };
    // Stop is read before the drain that finds nothing, so what came before it is delivered.
    for (;;) {
      const bool stopping = stop_.load(std::memory_order_acquire);
      if (queue_.drain(visit) != 0) {
        callbacks_.publish();
      } else if (stopping) {
        return;
      } else {
        Wait::once_dry();
      }
    }
  }

  Queue queue_;
  TypeCallbacks<typename Queue::Event> callbacks_;
  alignas(kCacheLineBytes) std::atomic<bool> stop_{false};
  std::thread consumer_;  // last: it uses all of the above
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_CONSUMED_H_
