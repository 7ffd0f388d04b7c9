// SPDX-License-Identifier: Apache-2.0
//
// What an emit costs the thread that emits, with a dispatcher that keeps up on another core.
//
//   Floor            read the clock and write the same bytes to a private ring
//   ProducerEmit     producer.emit, typed, one subscription on the dispatcher that counts
//   BusEmit          bus.emit, typed: the same through the thread's own ring
//   FriendlyEmit     bus.emit of a TraceEvent
//   WantsUnwanted    the guard of an event nobody wants
//   EmitUnwanted     a typed emit of an event nobody wants
//   ClockRead, ProducerEmitHandles: for orientation
#include <benchmark/benchmark.h>

#include <memory>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/bench/counting_bus.h"
#include "tracebus/bench/ratio_reporter.h"

namespace tracebus::bench {
namespace {

void ClockRead(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Clock::ticks());
}

void Floor(benchmark::State& state) {
  const ComparisonEvent& event = comparison_event();
  constexpr std::size_t kRingBytes = kRingBytesDefault;
  const auto ring = std::make_unique<std::uint64_t[]>(kRingBytes / 8);
  char* const bytes = reinterpret_cast<char*>(ring.get());
  std::size_t at = 0;
  std::uint64_t sequence = 0;
  std::int64_t tokens = 0;
  for (auto _ : state) {
    with_attributes(event, ++tokens,
                    [&](const auto& ids, Name agent, Name pattern, const auto&... attributes) {
                      using Record = TypedRecord<EventIds, std::decay_t<decltype(attributes)>...>;
                      const std::size_t size = Record::size(agent, pattern, attributes...);
                      if (at + size > kRingBytes) at = 0;
                      Record::write(bytes + at, size, kLlmCall, ids, agent, pattern, 1,
                                    {++sequence, 1}, attributes...);
                      at += size;
                    });
    benchmark::ClobberMemory();
  }
}

void ProducerEmit(benchmark::State& state) {
  CountingBus counting;
  Producer producer = counting.bus().producer();
  const ComparisonEvent& event = comparison_event();
  std::int64_t tokens = 0;
  for (auto _ : state) {
    ++tokens;
    until_accepted([&] {
      return with_attributes(event, tokens, [&](const auto&... arguments) {
        return producer.emit(kLlmCall, arguments...);
      });
    });
  }
  counting.report(state);
}

void ProducerEmitHandles(benchmark::State& state) {
  CountingBus counting;
  Producer producer = counting.bus().producer();
  const ComparisonEvent& event = comparison_event();
  const NameHandle agent = NameHandle::of(event.agent);
  const NameHandle pattern = NameHandle::of(event.pattern);
  std::int64_t tokens = 0;
  for (auto _ : state) {
    ++tokens;
    until_accepted([&] {
      return producer.emit(kLlmCall, event.ids, agent, pattern, attr<"model">(event.model),
                           attr<"input_tokens">(tokens), attr<"output_tokens">(event.output_tokens),
                           attr<"cost_usd">(event.cost_usd));
    });
  }
  counting.report(state);
}

void BusEmit(benchmark::State& state) {
  CountingBus counting;
  TraceEventBus& bus = counting.bus();
  const ComparisonEvent& event = comparison_event();
  std::int64_t tokens = 0;
  for (auto _ : state) {
    ++tokens;
    until_accepted([&] {
      return with_attributes(event, tokens, [&](const auto&... arguments) {
        return bus.emit(kLlmCall, arguments...);
      });
    });
  }
  counting.report(state);
}

void FriendlyEmit(benchmark::State& state) {
  CountingBus counting;
  TraceEventBus& bus = counting.bus();
  const ComparisonEvent& event = comparison_event();
  std::int64_t tokens = 0;
  for (auto _ : state) {
    ++tokens;
    until_accepted([&] {
      return bus.emit({.event_type = "llm_call",
                       .agent_name = event.agent,
                       .pattern_type = event.pattern,
                       .payload = {{"model", event.model},
                                   {"input_tokens", tokens},
                                   {"output_tokens", event.output_tokens},
                                   {"cost_usd", event.cost_usd}},
                       .ids = event.ids});
    });
  }
  counting.report(state);
}

void WantsUnwanted(benchmark::State& state) {
  TraceEventBus bus;
  bus.subscribe_filter({"agent_start"}, [](const EventView&) {});
  for (auto _ : state) benchmark::DoNotOptimize(bus.wants(kLlmCall));
}

void EmitUnwanted(benchmark::State& state) {
  TraceEventBus bus;
  bus.subscribe_filter({"agent_start"}, [](const EventView&) {});
  const ComparisonEvent& event = comparison_event();
  std::int64_t tokens = 0;
  for (auto _ : state) {
    with_attributes(event, ++tokens,
                    [&](const auto&... arguments) { return bus.emit(kLlmCall, arguments...); });
  }
}

BENCHMARK(Floor);
BENCHMARK(ClockRead);
BENCHMARK(ProducerEmit)->UseRealTime();
BENCHMARK(ProducerEmitHandles)->UseRealTime();
BENCHMARK(BusEmit)->UseRealTime();
BENCHMARK(FriendlyEmit)->UseRealTime();
BENCHMARK(WantsUnwanted);
BENCHMARK(EmitUnwanted);

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) { return tracebus::bench::run_with_ratios(argc, argv, "Floor"); }
