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
constexpr std::string_view kAgent = "research-analyst-007";
constexpr std::string_view kPattern = "supervisor";
constexpr std::string_view kModel = "claude-sonnet-4-20250514";

EmitResult emit_typed(TraceEventBus& bus, const EventIds& ids, std::int64_t tokens) {
  return bus.emit(kLlmCall, ids, kAgent, kPattern, attr<"model">(kModel),
                  attr<"input_tokens">(tokens), attr<"output_tokens">(std::int64_t{380}),
                  attr<"cost_usd">(0.00705));
}

EmitResult emit_friendly(TraceEventBus& bus, const EventIds& ids, std::int64_t tokens) {
  return bus.emit({.event_type = "llm_call",
                   .agent_name = kAgent,
                   .pattern_type = kPattern,
                   .payload = {{"model", kModel},
                               {"input_tokens", tokens},
                               {"output_tokens", std::int64_t{380}},
                               {"cost_usd", 0.00705}},
                   .ids = ids});
}

EmitResult emit_unwanted(TraceEventBus& bus, const EventIds& ids, std::int64_t tokens) {
  return bus.emit(kCostRecord, ids, kAgent, kPattern, attr<"model">(kModel),
                  attr<"input_tokens">(tokens), attr<"output_tokens">(std::int64_t{380}),
                  attr<"cost_usd">(0.00705));
}

using Emit = EmitResult (*)(TraceEventBus&, const EventIds&, std::int64_t);

Emit way_called(std::string_view name) {
  if (name == "typed") return emit_typed;
  if (name == "friendly") return emit_friendly;
  return name == "unwanted" ? emit_unwanted : nullptr;
}

// Whether every emit was answered as expected.
bool run(Emit emit, int events, EmitResult expected) {
  BusOptions options;
  options.threading = Threading::kManual;
  TraceEventBus bus(options);
  std::uint64_t seen = 0;
  const auto count = [&seen](const EventView&) { ++seen; };
  if (!bus.subscribe_filter({"llm_call"}, count, {.run_on = RunOn::kDispatcher}).ok()) return false;
  EventIds ids;
  fill_random(&ids, sizeof ids);
  bool as_expected = true;
  // The first batch makes the thread's ring and the call site's schema, and is not collected.
  for (int done = -kBatch; done < events; done += kBatch) {
    if (done >= 0) CALLGRIND_TOGGLE_COLLECT;
    for (int i = 0; i < kBatch; ++i) as_expected &= emit(bus, ids, i) == expected;
    if (done >= 0) CALLGRIND_TOGGLE_COLLECT;
    as_expected &= bus.poll().ok();
  }
  return as_expected;
}

}  // namespace
}  // namespace tracebus::testing

int main(int argc, char** argv) {
  using tracebus::EmitResult;
  const std::string_view way = argc == 3 ? argv[1] : "";
  const auto emit = tracebus::testing::way_called(way);
  if (emit == nullptr) {
    std::fprintf(stderr, "usage: emit_loop typed|friendly|unwanted <events, in hundreds>\n");
    return 2;
  }
  const EmitResult expected = way == "unwanted" ? EmitResult::kUnwanted : EmitResult::kAccepted;
  return tracebus::testing::run(emit, std::atoi(argv[2]), expected) ? 0 : 1;
}
