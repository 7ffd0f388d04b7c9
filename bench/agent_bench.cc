// SPDX-License-Identifier: Apache-2.0
//
// What the number of agents costs, from one producer without a pause to the dispatcher. Agents'
// names are read from as many addresses in every case, so that what differs is what the bus does
// with them, not what the caches of the benchmark do.
//
//   AgentCallbacks/N   N callbacks on the shared worker, each for one agent; every event is for one
//                      of them, its agent from a table of 10,000 names. N = 10 is what N = 10,000
//                      is held against
//   AgentCallbacksOnDispatcher/N   the same on the dispatcher
//   Agents/N           N distinct agents in a table of 1,000,000 names; 4 callbacks on the
//                      dispatcher, each for one type of four
//
// resident_growth_mb is what the process holds more after the run than before.
#include <benchmark/benchmark.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/ratio_reporter.h"

namespace tracebus::bench {
namespace {

constexpr std::size_t kCallbackNames = 10'000;
constexpr std::size_t kAgentNames = 1'000'000;
constexpr std::int64_t kEvents = 500'000;
// Room for all events of a run, so that none is dropped.
constexpr std::size_t kCallbackQueueBytes = std::size_t{256} << 20;

using AgentName = std::array<char, kAgent.size()>;

// count names of 20 bytes, of which `distinct` differ.
std::vector<AgentName> make_names(std::size_t count, std::size_t distinct) {
  std::vector<AgentName> names(count);
  for (std::size_t i = 0; i < count; ++i) {
    char text[kAgent.size() + 1];
    std::snprintf(text, sizeof text, "research-agt-%07u",
                  static_cast<unsigned>(i % distinct % 10'000'000));
    std::copy_n(text, kAgent.size(), names[i].begin());
  }
  return names;
}

std::string_view text_of(const AgentName& name) { return {name.data(), name.size()}; }

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

void produce(TraceEventBus& bus, const std::vector<AgentName>& names) {
  Producer producer = bus.producer();
  ComparisonEvent event = comparison_event();
  std::size_t next = 0;
  for (std::int64_t i = 0; i < kEvents; ++i) {
    event.agent = text_of(names[next]);
    if (++next == names.size()) next = 0;
    const EventType type = kTypes[static_cast<std::size_t>(i) % kTypes.size()];
    while (with_attributes(event, i, [&](const auto&... arguments) {
             return producer.emit(type, arguments...);
           }) != EmitResult::kAccepted) {
      sched_yield();
    }
  }
}

// With one callback for each filter. REQUIRES: together they match every event once.
void run(benchmark::State& state, const std::vector<AgentName>& names,
         const std::vector<Filter>& filters, RunOn run_on) {
  BusOptions options = quiet_options();
  options.callback_queue_bytes_max = kCallbackQueueBytes;
  std::uint64_t matched = 0;
  double growth_mb = 0;
  for (auto _ : state) {
    TraceEventBus bus(options);
    for (const Filter& filter : filters) {
      const auto count = [&matched](const EventView&) { ++matched; };
      if (!bus.subscribe_filter(filter, count, {.run_on = run_on}).ok()) {
        state.SkipWithError("no subscription");
      }
    }
    // The dispatcher has taken all subscriptions in: this is about events.
    if (!bus.flush(std::chrono::seconds(30)).ok()) state.SkipWithError("flush failed");
    const double before_mb = resident_mb();
    const auto begin = std::chrono::steady_clock::now();
    produce(bus, names);
    if (!bus.flush(std::chrono::seconds(30)).ok()) state.SkipWithError("flush failed");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count());
    growth_mb = std::max(growth_mb, resident_mb() - before_mb);
  }
  const std::int64_t events = state.iterations() * kEvents;
  if (matched != static_cast<std::uint64_t>(events)) state.SkipWithError("not one match an event");
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
  state.counters["resident_growth_mb"] = growth_mb;
}

void run_agent_callbacks(benchmark::State& state, RunOn run_on) {
  const auto distinct = static_cast<std::size_t>(state.range(0));
  const std::vector<AgentName> names = make_names(kCallbackNames, distinct);
  std::vector<Filter> filters;
  for (std::size_t i = 0; i < distinct; ++i) filters.push_back(Filter::agent(text_of(names[i])));
  run(state, names, filters, run_on);
}

void AgentCallbacks(benchmark::State& state) { run_agent_callbacks(state, RunOn::kSharedWorker); }

void AgentCallbacksOnDispatcher(benchmark::State& state) {
  run_agent_callbacks(state, RunOn::kDispatcher);
}

void Agents(benchmark::State& state) {
  const std::vector<AgentName> names =
      make_names(kAgentNames, static_cast<std::size_t>(state.range(0)));
  std::vector<Filter> filters;
  for (const EventType type : kTypes) filters.push_back(Filter::type(type));
  run(state, names, filters, RunOn::kDispatcher);
}

void timed(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(AgentCallbacks)->Arg(10)->Arg(100)->Arg(1000)->Arg(10'000)->Apply(timed);
BENCHMARK(AgentCallbacksOnDispatcher)->Arg(10)->Arg(100)->Arg(1000)->Arg(10'000)->Apply(timed);
BENCHMARK(Agents)->Arg(1)->Arg(1000)->Arg(1'000'000)->Apply(timed);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "Agents/1/manual_time", 3);
}
