// SPDX-License-Identifier: Apache-2.0
//
// BusRig: the bus with four callbacks on its dispatcher, each for one type of kTypes, as a rig (see
// rig.h).
#ifndef TRACEBUS_BENCH_BUS_RIG_H_
#define TRACEBUS_BENCH_BUS_RIG_H_

#include <sched.h>

#include <array>
#include <chrono>

#include "tracebus/bench/comparison_event.h"

namespace tracebus::bench {

// How an event is given to the bus.
enum class Way { kProducer, kBus };

// Options of benchmarks: rings that are full are part of what is measured, and no news.
inline BusOptions quiet_options() {
  BusOptions options;
  options.log = [](std::string_view) {};
  return options;
}

template <Way kWay>
class BusRig {
 public:
  explicit BusRig(std::size_t) : bus_(quiet_options()) {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
      const auto count = [&events = counts_[i].events](const EventView&) { ++events; };
      ready_ &=
          bus_.subscribe_filter(Filter::type(kTypes[i]), count, {.run_on = RunOn::kDispatcher})
              .ok();
    }
  }
  BusRig(const BusRig&) = delete;
  BusRig& operator=(const BusRig&) = delete;

  class Producer {
   public:
    Producer(BusRig& rig, std::size_t) : bus_(rig.bus_), producer_(rig.bus_.producer()) {}
    // A refusal is cheaper than an emit, so it does not count as one: whoever finds the ring full
    // yields and tries again.
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      while (try_emit(type, event, tokens) != EmitResult::kAccepted) sched_yield();
    }

   private:
    EmitResult try_emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      return with_attributes(event, tokens, [&](const auto&... arguments) {
        if constexpr (kWay == Way::kBus) return bus_.emit(type, arguments...);
        return producer_.emit(type, arguments...);
      });
    }
    TraceEventBus& bus_;
    tracebus::Producer producer_;
  };

  // Whether all of so many events were delivered.
  bool finish(std::uint64_t events) {
    if (!ready_ || !bus_.flush(std::chrono::seconds(30)).ok()) return false;
    std::uint64_t delivered = 0;
    for (const Count& count : counts_) delivered += count.events;
    return delivered >= events;
  }

 private:
  struct alignas(kCacheLineBytes) Count {
    std::uint64_t events = 0;
  };
  std::array<Count, kTypes.size()> counts_;
  bool ready_ = true;
  TraceEventBus bus_;  // last: its dispatcher counts
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_BUS_RIG_H_
