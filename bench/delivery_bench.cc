// SPDX-License-Identifier: Apache-2.0
//
// How many events a second go from emit to those who asked for them. Producers yield when their
// ring is full and try again, so every event is delivered and the slower side sets the pace.
//
//   DispatcherCallbacks/P   P producers, 4 callbacks on the dispatcher, each for one type of four
//   SharedWorker/P          P producers, one callback on the shared worker, for everything
//   Exporters/P             P producers, 4 exporters that count: one for everything, three for 1/4
//   Dispatchers/P/D         the same with D dispatchers; it takes more processors than D to gain
#include <benchmark/benchmark.h>
#include <sched.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/bench/ratio_reporter.h"

namespace tracebus::bench {
namespace {

constexpr std::int64_t kEventsPerRun = 4'000'000;

void produce(TraceEventBus& bus, std::int64_t events) {
  Producer producer = bus.producer();
  const ComparisonEvent& event = comparison_event();
  for (std::int64_t i = 0; i < events; ++i) {
    const EventType type = kTypes[static_cast<std::size_t>(i) % kTypes.size()];
    while (with_attributes(event, i, [&](const auto&... arguments) {
             return producer.emit(type, arguments...);
           }) != EmitResult::kAccepted) {
      sched_yield();
    }
  }
}

class CountingExporter final : public Exporter {
 public:
  std::string_view name() const noexcept override { return "counting"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    for (const EventView& event : batch) bytes_ += event.size_bytes();
    return ExportResult::ok();
  }

 private:
  std::uint64_t bytes_ = 0;
};

// Runs state.range(0) producers against a bus made ready by subscribe, until all is delivered.
template <class Subscribe>
void run(benchmark::State& state, Subscribe subscribe, const BusOptions& options = {}) {
  const std::int64_t producers = state.range(0);
  std::uint64_t dropped = 0;
  for (auto _ : state) {
    TraceEventBus bus(options);
    subscribe(bus);
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (std::int64_t i = 0; i < producers; ++i) {
      threads.emplace_back([&] { produce(bus, kEventsPerRun / producers); });
    }
    for (std::thread& thread : threads) thread.join();
    if (!bus.flush(std::chrono::seconds(30)).ok()) state.SkipWithError("flush failed");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count());
    for (const SubscriptionStats& subscription : bus.stats().subscriptions)
      dropped += total(subscription.dropped);
  }
  const auto events = static_cast<double>(state.iterations() * kEventsPerRun);
  state.counters["events/s"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
  state.counters["dropped_share"] = static_cast<double>(dropped) / events;
}

void DispatcherCallbacks(benchmark::State& state) {
  struct alignas(kCacheLineBytes) Count {
    std::uint64_t events = 0;
  };
  auto counts = std::make_unique<std::array<Count, kTypes.size()>>();
  run(state, [&](TraceEventBus& bus) {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
      const auto count = [&events = (*counts)[i].events](const EventView&) { ++events; };
      if (!bus.subscribe_filter(Filter::type(kTypes[i]), count, {.run_on = RunOn::kDispatcher})
               .ok()) {
        state.SkipWithError("no subscription");
      }
    }
  });
}

void SharedWorker(benchmark::State& state) {
  std::uint64_t count = 0;
  run(state, [&](TraceEventBus& bus) { bus.subscribe([&](const EventView&) { ++count; }); });
}

void run_exporters(benchmark::State& state, const BusOptions& bus_options) {
  const auto add_exporters = [&](TraceEventBus& bus) {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
      ExporterOptions options;
      if (i != 0) options.filter = Filter::type(kTypes[i]);
      options.queue_bytes_max = std::size_t{64} << 20;
      if (!bus.add_exporter(std::make_unique<CountingExporter>(), options).ok()) {
        state.SkipWithError("no exporter");
      }
    }
  };
  run(state, add_exporters, bus_options);
}

void Exporters(benchmark::State& state) { run_exporters(state, {}); }

void Dispatchers(benchmark::State& state) {
  BusOptions options;
  options.dispatchers = static_cast<std::size_t>(state.range(1));
  run_exporters(state, options);
}

BENCHMARK(DispatcherCallbacks)->Arg(1)->Arg(4)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(SharedWorker)->Arg(1)->Arg(4)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Exporters)->Arg(1)->Arg(4)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Dispatchers)->Args({4, 2})->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "DispatcherCallbacks/1/manual_time");
}
