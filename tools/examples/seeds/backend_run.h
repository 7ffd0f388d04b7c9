// SPDX-License-Identifier: Apache-2.0
//
// What the examples of backends send: a small pipeline; and whether all of it arrived.
#ifndef TRACEBUS_TOOLS_EXAMPLES_SEEDS_BACKEND_RUN_H_
#define TRACEBUS_TOOLS_EXAMPLES_SEEDS_BACKEND_RUN_H_

#include <chrono>
#include <cstdio>
#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::examples {

// A pattern, an agent in it, and the agent's call of a model: three spans.
inline void run_pipeline(const Tracer& tracer) {
  auto pipeline = tracer.pattern("pipeline");
  auto analyst = tracer.agent("analyst");
  auto call = tracer.llm_call({.model = "claude-sonnet-4-20250514", .provider = "anthropic"});
  call.usage({.input_tokens = 1200, .output_tokens = 480, .cost = NanoDollars(10'800'000)});
}

// For the program's exit: 0 if every event is where it belongs; else says who lost some, and why.
inline int end(TraceEventBus& bus) {
  constexpr auto kLimit = std::chrono::seconds(20);
  bool is_lost = !bus.flush(kLimit).ok();
  is_lost = !bus.shutdown(kLimit).ok() || is_lost;
  for (const SubscriptionStats& each : bus.stats().subscriptions) {
    if (each.delivered != 0 && each.last_error.empty()) continue;
    std::fprintf(stderr, "%s: delivered %llu: %s\n", each.name.c_str(),
                 static_cast<unsigned long long>(each.delivered), each.last_error.c_str());
    is_lost = true;
  }
  return is_lost ? 1 : 0;
}

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_SEEDS_BACKEND_RUN_H_
