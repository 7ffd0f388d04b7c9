// SPDX-License-Identifier: Apache-2.0
//
// What a CostTracker costs as a subscriber on the dispatcher, from one producer without a pause.
//
//   CountingCallback/N   a callback that only counts, for events of N agents; N = 1,000 is what the
//                        others are held against
//   TrackingCallback/N   a tracker that sums by all nine dimensions instead
//   Record/N             the tracker alone: record on one thread, without a bus
//
// bytes_an_agent is what the tracker holds for each of the N agents, names and all.
#include <benchmark/benchmark.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

#include "tracebus/bench/bus_rig.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/trace/cost_tracker.h"

namespace tracebus::bench {
namespace {

constexpr std::int64_t kEvents = 1'000'000;
constexpr double kCost = 0.0023;

using AgentName = std::array<char, 20>;

std::vector<AgentName> make_names(std::size_t count) {
  std::vector<AgentName> names(count);
  for (std::size_t i = 0; i < count; ++i) {
    char text[21];
    std::snprintf(text, sizeof text, "research-agt-%07u", static_cast<unsigned>(i % 10'000'000));
    std::copy_n(text, names[i].size(), names[i].begin());
  }
  return names;
}

std::string_view text_of(const AgentName& name) { return {name.data(), name.size()}; }

void produce(TraceEventBus& bus, const std::vector<AgentName>& names) {
  Producer producer = bus.producer();
  EventIds ids;
  ids.run_id.bytes[0] = 1;
  std::size_t next = 0;
  for (std::int64_t i = 0; i < kEvents; ++i) {
    const std::string_view agent = text_of(names[next]);
    if (++next == names.size()) next = 0;
    while (producer.emit(kCostRecord, ids, agent, "pipeline",
                         attr<"model">("claude-sonnet-4-20250514"), attr<"input_tokens">(i % 1000),
                         attr<"output_tokens">(120),
                         attr<"cost_usd">(kCost)) != EmitResult::kAccepted) {
      sched_yield();
    }
  }
}

// One round: all events, to a callback on the dispatcher. False if some were lost.
bool deliver(benchmark::State& state, const std::vector<AgentName>& names,
             const EventCallback& callback) {
  TraceEventBus bus(quiet_options());
  const auto id =
      bus.subscribe_filter(Filter::type(kCostRecord), callback, {.run_on = RunOn::kDispatcher});
  if (!id.ok() || !bus.flush(std::chrono::seconds(30)).ok()) return false;
  const auto begin = std::chrono::steady_clock::now();
  produce(bus, names);
  if (!bus.flush(std::chrono::seconds(30)).ok()) return false;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  state.SetIterationTime(elapsed.count());
  return true;
}

void report_rate(benchmark::State& state) {
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(state.iterations() * kEvents),
                                                  benchmark::Counter::kIsRate);
}

void CountingCallback(benchmark::State& state) {
  const std::vector<AgentName> names = make_names(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::int64_t counted = 0;
    const bool whole = deliver(state, names, [&counted](const EventView&) { ++counted; });
    if (!whole || counted != kEvents) state.SkipWithError("events were lost");
  }
  report_rate(state);
}

// All agents are known before the clock starts: this is about events, not about first sights.
void TrackingCallback(benchmark::State& state) {
  const std::vector<AgentName> names = make_names(static_cast<std::size_t>(state.range(0)));
  CostTracker tracker;
  const std::size_t before = tracker.bytes();
  for (const AgentName& name : names) tracker.record({.agent = text_of(name)});
  const auto known = static_cast<double>(tracker.bytes() - before);
  state.counters["bytes_an_agent"] = known / static_cast<double>(names.size());
  for (auto _ : state) {
    const std::int64_t calls = tracker.total().calls();
    const bool whole =
        deliver(state, names, [&tracker](const EventView& event) { tracker.observe(event); });
    if (!whole || tracker.total().calls() - calls != kEvents) {
      state.SkipWithError("events were lost");
    }
  }
  report_rate(state);
}

void Record(benchmark::State& state) {
  const std::vector<AgentName> names = make_names(static_cast<std::size_t>(state.range(0)));
  CostTracker tracker;
  CostEntry entry{.pattern = "pipeline", .model = "claude-sonnet-4-20250514"};
  entry.usage = {.input = 450, .output = 120};
  entry.cost = NanoDollars(2'300'000);
  entry.time = Timestamp{1'781'600'399, 0};
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < static_cast<std::size_t>(kEvents); ++i) {
      entry.agent = text_of(names[i % names.size()]);
      tracker.record(entry);
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(elapsed.count());
  }
  report_rate(state);
}

void timed(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1000)->Arg(1'000'000)->UseManualTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(CountingCallback)->Apply(timed);
BENCHMARK(TrackingCallback)->Apply(timed);
BENCHMARK(Record)->Apply(timed);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "CountingCallback/1000/manual_time", 3);
}
