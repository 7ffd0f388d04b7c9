// SPDX-License-Identifier: Apache-2.0
//
// Begins and ends spans for callgrind to count: span_loop <way> <spans, in hundreds>. The bus has
// no threads, so the count is the same in every run; a batch of spans fits into the ring.
//   set      a tool's span, not attached, with 4 attributes that are set while it is open
//   given    likewise, with 4 attributes that it begins with, so that its start has them too
//   scope    as set, and made current
//   unwanted as scope, but nobody wants it
#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::testing {
namespace {

constexpr int kBatch = 50;

// Not a constant to the compiler.
struct Values {
  std::string_view model = "claude-sonnet-4-20250514";
  std::int64_t output_tokens = 380;
  double cost_usd = 0.00705;
};

void set_all(Span& span, const Values& values, std::int64_t tokens) {
  span.set(attr<"model">(values.model))
      .set(attr<"input_tokens">(tokens))
      .set(attr<"output_tokens">(values.output_tokens))
      .set(attr<"cost_usd">(values.cost_usd));
}

void set_while_open(const Tracer& tracer, const Values& values, std::int64_t tokens) {
  auto span = tracer.span({.kind = SpanKind::kTool, .name = "fetch", .current = false});
  set_all(span, values, tokens);
}

void give_at_start(const Tracer& tracer, const Values& values, std::int64_t tokens) {
  auto span = tracer.span({.kind = SpanKind::kTool,
                           .name = "fetch",
                           .attributes = {attr<"model">(values.model), attr<"input_tokens">(tokens),
                                          attr<"output_tokens">(values.output_tokens),
                                          attr<"cost_usd">(values.cost_usd)},
                           .current = false});
}

template <SpanKind kKind>
void make_current(const Tracer& tracer, const Values& values, std::int64_t tokens) {
  auto span = tracer.span({.kind = kKind, .name = "fetch"});
  set_all(span, values, tokens);
}

using Way = void (*)(const Tracer&, const Values&, std::int64_t);

Way way_called(std::string_view name) {
  if (name == "set") return set_while_open;
  if (name == "given") return give_at_start;
  if (name == "scope") return make_current<SpanKind::kTool>;
  return name == "unwanted" ? make_current<SpanKind::kChain> : nullptr;
}

bool run(Way way, int spans) {
  BusOptions options;
  options.threading = Threading::kManual;
  TraceEventBus bus(options);
  const auto ignore = [](const EventView&) {};
  const Filter tools = Filter::types({"tool_start", "tool_end", "tool_error"});
  if (!bus.subscribe_filter(tools, ignore, {.run_on = RunOn::kDispatcher}).ok()) return false;
  const Tracer tracer(bus);
  const Values values;
  auto parent = tracer.agent("analyst");
  // The first batch makes the thread's ring and registers keys, and is not collected.
  for (int done = -kBatch; done < spans; done += kBatch) {
    if (done >= 0) CALLGRIND_TOGGLE_COLLECT;
    for (int i = 0; i < kBatch; ++i) way(tracer, values, i);
    if (done >= 0) CALLGRIND_TOGGLE_COLLECT;
    if (!bus.poll().ok()) return false;
  }
  return total(bus.stats().rejected) == 0;
}

}  // namespace
}  // namespace tracebus::testing

int main(int argc, char** argv) {
  const auto way = tracebus::testing::way_called(argc == 3 ? argv[1] : "");
  if (way == nullptr) {
    std::fprintf(stderr, "usage: span_loop set|given|scope|unwanted <spans, in hundreds>\n");
    return 2;
  }
  return tracebus::testing::run(way, std::atoi(argv[2])) ? 0 : 1;
}
