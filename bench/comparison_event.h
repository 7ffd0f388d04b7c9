// SPDX-License-Identifier: Apache-2.0
//
// The event that all benchmarks of emit write: three ids and a run id, a 20-byte agent, a 10-byte
// pattern, a 24-byte model, two int64 and one double.
#ifndef TRACEBUS_BENCH_COMPARISON_EVENT_H_
#define TRACEBUS_BENCH_COMPARISON_EVENT_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "tracebus/bus/trace_event_bus.h"

namespace tracebus::bench {

inline constexpr std::string_view kAgent = "research-analyst-007";
inline constexpr std::string_view kPattern = "supervisor";
inline constexpr std::string_view kModel = "claude-sonnet-4-20250514";
static_assert(kAgent.size() == 20 && kPattern.size() == 10 && kModel.size() == 24);

// Not a constant to the compiler, so that it cannot fold lengths that callers know only at run
// time.
struct ComparisonEvent {
  EventIds ids;
  std::string_view agent = kAgent;
  std::string_view pattern = kPattern;
  std::string_view model = kModel;
  std::int64_t input_tokens = 450;
  std::int64_t output_tokens = 380;
  double cost_usd = 0.00705;
};
const ComparisonEvent& comparison_event();

// Calls emit(type, ids, agent, pattern, attributes...) with the event.
template <class Emit>
auto with_attributes(const ComparisonEvent& event, std::int64_t input_tokens, Emit&& emit) {
  return emit(event.ids, event.agent, event.pattern, attr<"model">(event.model),
              attr<"input_tokens">(input_tokens), attr<"output_tokens">(event.output_tokens),
              attr<"cost_usd">(event.cost_usd));
}

// Four types in turn, for filters to tell apart.
inline constexpr std::array<EventType, 4> kTypes = {kLlmCallEnd, kAgentStart, kAgentEnd,
                                                    kCostRecord};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_COMPARISON_EVENT_H_
