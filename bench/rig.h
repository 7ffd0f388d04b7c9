// SPDX-License-Identifier: Apache-2.0
//
// What is compared, and how. A rig is anything that takes the comparison event on some threads and
// counts it, by type, on another:
//
//   explicit Rig(producers)     its consumer runs
//   Rig::Producer(rig, index)   one thread's end, with emit(type, event, tokens), which waits for
//                               room and loses nothing
//   finish(events) -> bool      once all producers are done: whether all were delivered
//
// emit_cost:  what an emit costs its thread, while the consumer keeps up
// delivery:   how many events a second arrive, from state.range(0) producers that do not pause
#ifndef TRACEBUS_BENCH_RIG_H_
#define TRACEBUS_BENCH_RIG_H_

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "tracebus/bench/comparison_event.h"

namespace tracebus::bench {

template <class Rig>
void emit_cost(benchmark::State& state) {
  Rig rig(1);
  std::uint64_t emitted = 0;
  {
    typename Rig::Producer producer(rig, 0);
    const ComparisonEvent& event = comparison_event();
    for (auto _ : state) {
      producer.emit(kTypes[0], event, static_cast<std::int64_t>(emitted));
      ++emitted;
    }
  }
  if (!rig.finish(emitted)) state.SkipWithError("events were lost");
}

// Some queues hand every event from thread to thread in turn. On a machine that is busy otherwise
// each turn may take a time slice, so a run ends early then, and is reckoned by what it did.
inline constexpr std::chrono::seconds kLongestRun{2};

// Returns how many events it emitted.
template <class Rig>
std::int64_t produce(Rig& rig, std::size_t index, std::int64_t events) {
  constexpr std::int64_t kEventsALook = 128;
  typename Rig::Producer producer(rig, index);
  const ComparisonEvent& event = comparison_event();
  const auto deadline = std::chrono::steady_clock::now() + kLongestRun;
  for (std::int64_t i = 0; i < events; ++i) {
    producer.emit(kTypes[static_cast<std::size_t>(i) % kTypes.size()], event, i);
    if (i % kEventsALook == 0 && std::chrono::steady_clock::now() > deadline) return i + 1;
  }
  return events;
}

template <class Rig, std::int64_t kEvents = 6'000'000>
void delivery(benchmark::State& state) {
  const auto producers = static_cast<std::size_t>(state.range(0));
  const std::int64_t each = kEvents / state.range(0);
  const auto events = static_cast<double>(each * state.range(0));
  for (auto _ : state) {
    Rig rig(producers);
    std::atomic<std::int64_t> emitted{0};
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < producers; ++i) {
      threads.emplace_back([&rig, &emitted, i, each] { emitted += produce(rig, i, each); });
    }
    for (std::thread& thread : threads) thread.join();
    if (!rig.finish(static_cast<std::uint64_t>(emitted))) state.SkipWithError("events were lost");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count() * events / static_cast<double>(emitted));
  }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * events,
                                                  benchmark::Counter::kIsRate);
}

// 1, 2, 4 ... up to four times as many producers as there are processors.
inline void sweep_producers(benchmark::internal::Benchmark* benchmark) {
  const auto most = static_cast<std::int64_t>(4 * std::thread::hardware_concurrency());
  for (std::int64_t producers = 1; producers <= most; producers *= 2) benchmark->Arg(producers);
}

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_RIG_H_
