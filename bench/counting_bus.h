// SPDX-License-Identifier: Apache-2.0
//
// CountingBus: a bus whose only subscriber counts on the dispatcher what it wants, for benchmarks
// of the thread that emits.
#ifndef TRACEBUS_BENCH_COUNTING_BUS_H_
#define TRACEBUS_BENCH_COUNTING_BUS_H_

#include <benchmark/benchmark.h>
#include <sched.h>

#include <cstdint>
#include <memory>

#include "tracebus/bus/trace_event_bus.h"

namespace tracebus::bench {

class CountingBus {
 public:
  explicit CountingBus(const Filter& filter = {}, const BusOptions& options = {}) : bus_(options) {
    counted_ =
        bus_.subscribe_filter(filter, [&events = count_->events](const EventView&) { ++events; },
                              {.run_on = RunOn::kDispatcher})
            .ok();
  }
  TraceEventBus& bus() { return bus_; }
  // Rejected events cost less than accepted ones: the share says whether the dispatcher kept up.
  void report(benchmark::State& state) {
    const BusStats stats = bus_.stats();
    const auto emitted = static_cast<double>(stats.emitted);
    state.counters["rejected_share"] =
        emitted == 0 ? 0 : static_cast<double>(total(stats.rejected)) / emitted;
    if (!counted_) state.SkipWithError("no subscription");
  }

 private:
  // In lines of its own: beside anything that the producer uses it would measure false sharing.
  struct alignas(2 * kCacheLineBytes) Count {
    std::uint64_t events = 0;
  };

  const std::unique_ptr<Count> count_ = std::make_unique<Count>();
  bool counted_ = false;
  TraceEventBus bus_;
};

// A refusal is cheaper than an emit. So an emit that finds its ring full yields and tries again,
// and the time that takes is part of what is measured.
template <class Emit>
void until_accepted(Emit emit) {
  while (emit() != EmitResult::kAccepted) sched_yield();
}

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_COUNTING_BUS_H_
