// SPDX-License-Identifier: Apache-2.0
//
// Emits the comparison event for callgrind to count: emit_loop <way> <events>. The bus has no
// threads, so the count is the same in every run. Only the emits themselves are collected; a batch
// of them fits into the ring, and is taken out of it in between.
#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tracebus/bus/trace_event_bus.h"

namespace tracebus::testing {
namespace {

constexpr int kBatch = 100;

// As bench/comparison_event.h. Not a constant to the compiler, so that it cannot fold lengths that
// callers know only at run time.
struct Event {
  EventIds ids;
  std::string_view agent;
  std::string_view pattern;
  std::string_view model;
  std::int64_t output_tokens;
  double cost_usd;
};

Event comparison_event() {
  Event event = {.ids = {},
                 .agent = "research-analyst-007",
                 .pattern = "supervisor",
                 .model = "claude-sonnet-4-20250514",
                 .output_tokens = 380,
                 .cost_usd = 0.00705};
  fill_random(&event.ids, sizeof event.ids);
  return event;
}

constexpr char kWantedName[] = "llm_call";
constexpr char kUnwantedName[] = "cost_record";

// The type is a constant of the call site, as in a program.
template <const EventType& kType>
EmitResult emit_typed(TraceEventBus& bus, const Event& event, std::int64_t tokens) {
  return bus.emit(kType, event.ids, event.agent, event.pattern, attr<"model">(event.model),
                  attr<"input_tokens">(tokens), attr<"output_tokens">(event.output_tokens),
                  attr<"cost_usd">(event.cost_usd));
}

template <const auto& kName>
EmitResult emit_friendly(TraceEventBus& bus, const Event& event, std::int64_t tokens) {
  return bus.emit({.event_type = kName,
                   .agent_name = event.agent,
                   .pattern_type = event.pattern,
                   .payload = {{"model", event.model},
                               {"input_tokens", tokens},
                               {"output_tokens", event.output_tokens},
                               {"cost_usd", event.cost_usd}},
                   .ids = event.ids});
}

using Emit = EmitResult (*)(TraceEventBus&, const Event&, std::int64_t);

struct Way {
  std::string_view name;
  Emit emit;
  EmitResult expected;
  bool register_keys;
};

constexpr Way kWays[] = {
    {"typed", emit_typed<kLlmCall>, EmitResult::kAccepted, true},
    // As in a program that also emits the same keys the typed way; and in one that does not.
    {"friendly", emit_friendly<kWantedName>, EmitResult::kAccepted, true},
    {"inline_keys", emit_friendly<kWantedName>, EmitResult::kAccepted, false},
    {"unwanted", emit_typed<kCostRecord>, EmitResult::kUnwanted, true},
    {"friendly_unwanted", emit_friendly<kUnwantedName>, EmitResult::kUnwanted, true},
};

// Whether every emit was answered as expected.
bool run(const Way& way, int events) {
  BusOptions options;
  options.threading = Threading::kManual;
  TraceEventBus bus(options);
  std::uint64_t seen = 0;
  const auto count = [&seen](const EventView&) { ++seen; };
  if (!bus.subscribe_filter({"llm_call"}, count, {.run_on = RunOn::kDispatcher}).ok()) return false;
  for (const char* const key : {"model", "input_tokens", "output_tokens", "cost_usd"}) {
    if (way.register_keys) AttributeKey::registered(key);
  }
  const Event event = comparison_event();
  bool as_expected = true;
  // The first batch makes the thread's ring and the call site's schema, and is not collected.
  for (int done = -kBatch; done < events; done += kBatch) {
    if (done >= 0) CALLGRIND_TOGGLE_COLLECT;
    for (int i = 0; i < kBatch; ++i) as_expected &= way.emit(bus, event, i) == way.expected;
    if (done >= 0) CALLGRIND_TOGGLE_COLLECT;
    as_expected &= bus.poll().ok();
  }
  return as_expected;
}

}  // namespace
}  // namespace tracebus::testing

int main(int argc, char** argv) {
  const std::string_view name = argc == 3 ? argv[1] : "";
  for (const auto& way : tracebus::testing::kWays) {
    if (way.name == name) return tracebus::testing::run(way, std::atoi(argv[2])) ? 0 : 1;
  }
  std::fprintf(stderr, "usage: emit_loop");
  for (const auto& way : tracebus::testing::kWays) std::fprintf(stderr, " %s", way.name.data());
  std::fprintf(stderr, " <events, in hundreds>\n");
  return 2;
}
