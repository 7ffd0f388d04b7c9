// SPDX-License-Identifier: Apache-2.0
//
// TypeCallbacks: four callbacks, each for one type of kTypes, as the bus has them on its
// dispatcher: what the consumer of a bare queue has to do by hand.
//
// Thread safety: deliver belongs to the consumer; delivered may be read by any thread.
#ifndef TRACEBUS_BENCH_PEERS_TYPE_CALLBACKS_H_
#define TRACEBUS_BENCH_PEERS_TYPE_CALLBACKS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>

#include "tracebus/bench/comparison_event.h"

namespace tracebus::bench {

template <class Event>
class TypeCallbacks {
 public:
  TypeCallbacks() {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
      of_type_.at(kTypes[i].number()) = [&count = counts_[i].events](const Event&) { ++count; };
    }
  }
  TypeCallbacks(const TypeCallbacks&) = delete;
  TypeCallbacks& operator=(const TypeCallbacks&) = delete;

  void deliver(std::uint16_t type, const Event& event) {
    if (type < of_type_.size() && of_type_[type]) of_type_[type](event);
  }
  // What is delivered up to now may be seen by delivered.
  void publish() {
    std::uint64_t sum = 0;
    for (const Count& count : counts_) sum += count.events;
    delivered_.store(sum, std::memory_order_release);
  }
  std::uint64_t delivered() const { return delivered_.load(std::memory_order_acquire); }

 private:
  struct alignas(kCacheLineBytes) Count {
    std::uint64_t events = 0;
  };
  std::array<std::function<void(const Event&)>, 32> of_type_;
  std::array<Count, kTypes.size()> counts_;
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> delivered_{0};
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_TYPE_CALLBACKS_H_
