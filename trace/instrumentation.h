// SPDX-License-Identifier: Apache-2.0
//
// Runs of agents and steps of tools that somebody else timed, told after the fact.
//
//   record_agent_run({.agent_name = "researcher", .step = 1, .model = "gpt-4o",
//                     .prompt_tokens = 500, .output_tokens = 150, .elapsed_ms = elapsed * 1000});
//   record_tool_step({.tool_name = "search", .status = "success", .elapsed_ms = 120.5});
//
// Each makes a span, as a child of the current one, which ends now and began elapsed_ms ago: its
// two events are those of core/span_kind.h, with given times. The forms that take a measure record
// in default_agent_metrics() and make no span. Whoever watches a bus with AgentMetrics counts the
// spans, so one of the two is enough.
//
// Thread safety: any thread.
#ifndef TRACEBUS_TRACE_INSTRUMENTATION_H_
#define TRACEBUS_TRACE_INSTRUMENTATION_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "tracebus/trace/agent_metrics.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

// "success", "ok", "completed" and none at all mean that it went well; anything else, or an error,
// that it failed. A time that is negative or no number is taken as 0.
struct AgentRunRecord {
  std::string_view agent_name = {};
  std::optional<std::int64_t> step = {};
  std::string_view model = {};
  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 0;
  double elapsed_ms = 0;
  std::string_view status = {};
  std::string_view error = {};
};
struct ToolStepRecord {
  std::string_view tool_name = {};
  std::string_view status = {};
  double elapsed_ms = 0;
  std::string_view error = {};
};

// tracer: whose span it is; null: default_tracer(). Returns the span's ids; all none without any
// tracer, and then nothing happens.
EventIds record_agent_run(const AgentRunRecord& run, const Tracer* tracer = nullptr) noexcept;
EventIds record_tool_step(const ToolStepRecord& step, const Tracer* tracer = nullptr) noexcept;

inline void record_agent_run(const AgentRunMeasure& run) noexcept {
  default_agent_metrics().record_agent_run(run);
}
inline void record_tool_step(const ToolStepMeasure& step) noexcept {
  default_agent_metrics().record_tool_step(step);
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_INSTRUMENTATION_H_
