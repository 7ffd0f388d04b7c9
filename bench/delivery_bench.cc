// SPDX-License-Identifier: Apache-2.0
//
// How many events a second go from emit to those who asked for them, in shapes of the whole
// pipeline. Producers yield when their ring is full and try again, so the slower side sets the
// pace. Events that an exporter's queue had no room for do not count as delivered.
//
//   DispatcherCallbacks/P   P producers, 4 callbacks on the dispatcher, each for one type of four:
//                           1P1C, 2P1C, 4P1C, 8P1C ...
//   SharedWorker/P          P producers, one callback on the shared worker, for everything
//   Exporters/P             P producers, 4 exporters that count, one for everything, three for 1/8:
//                           1P4E ... 8P4E
//   Dispatchers/P/D         the same with D dispatchers; it takes more processors than D to gain
//   FanOut/S                one producer, S callbacks on the dispatcher, each for everything
//   FanOutShared/S          the same on the shared worker
//   ExporterCount/E         one producer, E exporters, each for everything
//   Filtered/P              as DispatcherCallbacks, and each takes half of its type by an attribute
//   IdleProducers/I         as DispatcherCallbacks/1, beside I producers that are idle
//
// producer_ns, dispatcher_ns and worker_ns are processor time of the threads of a kind, for each
// event: the one that is nearest to the time of an event sets the pace. scaling.md uses them.
#include <benchmark/benchmark.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/bench/rig.h"
#include "tracebus/bench/thread_times.h"

namespace tracebus::bench {
namespace {

// An eighth of all events: what three of the exporters take, each its own.
constexpr std::array<EventType, 8> kEighths = {kLlmCallEnd,   kAgentStart, kAgentEnd, kCostRecord,
                                               kPatternStart, kPatternEnd, kLlmCall,  kError};

// Where rates are compared: rings that begin small and grow, and threads that begin, are a third of
// what a million events take.
constexpr std::int64_t kManyEvents = 4'000'000;

struct Load {
  std::int64_t producers = 1;
  std::int64_t events = 1'000'000;
  std::span<const EventType> types = kTypes;
  std::int64_t idle_producers = 0;  // beside them
};

// Processor time of the calling thread.
std::int64_t own_time_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Processor time by kind of thread.
class Times {
 public:
  void add_producer(std::int64_t ns) noexcept { producer_ns_ += ns; }
  // Before the load and after it: what the threads of the bus did between.
  void begin() { add_bus_threads(-1); }
  void end() { add_bus_threads(1); }
  void report(benchmark::State& state, double events) const {
    state.counters["producer_ns"] = static_cast<double>(producer_ns_) / events;
    state.counters["dispatcher_ns"] = dispatcher_ns_ / events;
    state.counters["worker_ns"] = worker_ns_ / events;
  }

 private:
  void add_bus_threads(int sign) {
    for (const auto& [name, ns] : thread_times_ns()) {
      if (name == "tb-dispatcher") dispatcher_ns_ += sign * ns;
      if (name == "tb-worker") worker_ns_ += sign * ns;
    }
  }

  std::atomic<std::int64_t> producer_ns_{0};
  double dispatcher_ns_ = 0;
  double worker_ns_ = 0;
};

void produce(TraceEventBus& bus, const Load& load, Times& times) {
  const std::int64_t begin_ns = own_time_ns();
  Producer producer = bus.producer();
  const ComparisonEvent& event = comparison_event();
  for (std::int64_t i = 0; i < load.events / load.producers; ++i) {
    const EventType type = load.types[static_cast<std::size_t>(i) % load.types.size()];
    while (with_attributes(event, i, [&](const auto&... arguments) {
             return producer.emit(type, arguments...);
           }) != EmitResult::kAccepted) {
      sched_yield();
    }
  }
  times.add_producer(own_time_ns() - begin_ns);
}

// Each has a ring, and has used it once.
std::vector<Producer> idle_producers(TraceEventBus& bus, std::int64_t count) {
  std::vector<Producer> producers;
  for (std::int64_t i = 0; i < count; ++i) {
    with_attributes(comparison_event(), i, [&](const auto&... arguments) {
      return producers.emplace_back(bus.producer()).emit(kTypes[0], arguments...);
    });
  }
  return producers;
}

// Counted by each exporter, by one thread.
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

// By each of many callbacks, in lines of their own.
struct alignas(kCacheLineBytes) Count {
  std::uint64_t events = 0;
};

std::uint64_t most_dropped(const TraceEventBus& bus) {
  std::uint64_t most = 0;
  for (const SubscriptionStats& subscription : bus.stats().subscriptions) {
    most = std::max(most, total(subscription.dropped));
  }
  return most;
}

// Runs the load against a bus made ready by subscribe, until all is delivered.
template <class Subscribe>
void run(benchmark::State& state, const Load& load, Subscribe subscribe,
         const BusOptions& options = quiet_options()) {
  std::uint64_t dropped = 0;
  Times times;
  for (auto _ : state) {
    TraceEventBus bus(options);
    if (!subscribe(bus)) state.SkipWithError("no subscription");
    const std::vector<Producer> idle = idle_producers(bus, load.idle_producers);
    times.begin();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (std::int64_t i = 0; i < load.producers; ++i) {
      threads.emplace_back([&] { produce(bus, load, times); });
    }
    for (std::thread& thread : threads) thread.join();
    if (!bus.flush(std::chrono::seconds(30)).ok()) state.SkipWithError("flush failed");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count());
    dropped += most_dropped(bus);
    times.end();
  }
  const auto events = static_cast<double>(state.iterations() * load.events);
  times.report(state, events);
  state.counters["events/s"] =
      benchmark::Counter(events - static_cast<double>(dropped), benchmark::Counter::kIsRate);
  state.counters["dropped_share"] = static_cast<double>(dropped) / events;
}

// A callback for each filter, which counts.
bool add_callbacks(TraceEventBus& bus, const std::vector<Filter>& filters,
                   std::vector<Count>& counts, RunOn run_on) {
  counts.assign(filters.size(), Count{});
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const auto count = [&events = counts[i].events](const EventView&) { ++events; };
    if (!bus.subscribe_filter(filters[i], count, {.run_on = run_on}).ok()) return false;
  }
  return true;
}

void run_callbacks(benchmark::State& state, const Load& load, const std::vector<Filter>& filters,
                   RunOn run_on) {
  std::vector<Count> counts;
  run(state, load, [&](TraceEventBus& bus) { return add_callbacks(bus, filters, counts, run_on); });
}

void run_exporters(benchmark::State& state, const Load& load, const std::vector<Filter>& filters,
                   const BusOptions& bus_options = quiet_options()) {
  const auto add_exporters = [&](TraceEventBus& bus) {
    for (const Filter& filter : filters) {
      ExporterOptions options;
      options.filter = filter;
      options.queue_bytes_max = std::size_t{64} << 20;
      if (!bus.add_exporter(std::make_unique<CountingExporter>(), options).ok()) return false;
    }
    return true;
  };
  run(state, load, add_exporters, bus_options);
}

std::vector<Filter> one_a_type(const Filter& condition = Filter()) {
  std::vector<Filter> filters;
  for (const EventType type : kTypes) filters.push_back(Filter::type(type) && condition);
  return filters;
}

// One takes all, three an eighth each.
std::vector<Filter> wide_and_narrow() {
  return {Filter(), Filter::type(kEighths[5]), Filter::type(kEighths[3]),
          Filter::type(kEighths[1])};
}

std::vector<Filter> everything(std::int64_t times) {
  return std::vector<Filter>(static_cast<std::size_t>(times));
}

void DispatcherCallbacks(benchmark::State& state) {
  run_callbacks(state, {.producers = state.range(0), .events = kManyEvents}, one_a_type(),
                RunOn::kDispatcher);
}

void SharedWorker(benchmark::State& state) {
  run_callbacks(state, {.producers = state.range(0)}, everything(1), RunOn::kSharedWorker);
}

void Exporters(benchmark::State& state) {
  run_exporters(state, {.producers = state.range(0), .events = kManyEvents, .types = kEighths},
                wide_and_narrow());
}

void Dispatchers(benchmark::State& state) {
  BusOptions options = quiet_options();
  options.dispatchers = static_cast<std::size_t>(state.range(1));
  run_exporters(state, {.producers = state.range(0), .types = kEighths}, wide_and_narrow(),
                options);
}

void FanOut(benchmark::State& state) {
  run_callbacks(state, {.events = 250'000}, everything(state.range(0)), RunOn::kDispatcher);
}

void FanOutShared(benchmark::State& state) {
  run_callbacks(state, {.events = 250'000}, everything(state.range(0)), RunOn::kSharedWorker);
}

void ExporterCount(benchmark::State& state) {
  run_exporters(state, {.events = 250'000}, everything(state.range(0)));
}

void Filtered(benchmark::State& state) {
  const Load load = {.producers = state.range(0)};
  const Filter half =
      Filter::attribute("input_tokens", Compare::kGreaterEqual, load.events / load.producers / 2);
  run_callbacks(state, load, one_a_type(half), RunOn::kDispatcher);
}

void IdleProducers(benchmark::State& state) {
  run_callbacks(state, {.idle_producers = state.range(0)}, one_a_type(), RunOn::kDispatcher);
}

void timed(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(DispatcherCallbacks)->Apply(sweep_producers)->Apply(timed);
BENCHMARK(SharedWorker)->Apply(sweep_producers)->Apply(timed);
BENCHMARK(Exporters)->Apply(sweep_producers)->Apply(timed);
BENCHMARK(Dispatchers)->Args({4, 2})->Apply(timed);
BENCHMARK(FanOut)->Arg(1)->Arg(4)->Arg(16)->Arg(64)->Apply(timed);
BENCHMARK(FanOutShared)->Arg(1)->Arg(4)->Arg(16)->Arg(64)->Apply(timed);
BENCHMARK(ExporterCount)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->Apply(timed);
BENCHMARK(Filtered)->Arg(1)->Arg(4)->Apply(timed);
BENCHMARK(IdleProducers)->Arg(0)->Arg(1000)->Arg(10'000)->Apply(timed);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "DispatcherCallbacks/1/manual_time", 3);
}
