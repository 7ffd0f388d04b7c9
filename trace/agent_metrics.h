// SPDX-License-Identifier: Apache-2.0
//
// AgentMetrics: how often and how long agents, tools and models ran, and what tokens they used.
//
//   Metrics metrics;
//   auto agents = AgentMetrics::create(metrics);
//   auto watching = (*agents)->watch(bus);          // what spans say
//   (*agents)->record_tool_step({.duration_s = 0.12, .success = true,
//                                .attributes = build_tool_attributes({.name = "search"})});
//
// trace/metrics.md has the table of the metrics, their labels and buckets.
// Thread safety: every method may be called from any thread. Recording takes no lock and no heap
// for labels that are known.
#ifndef TRACEBUS_TRACE_AGENT_METRICS_H_
#define TRACEBUS_TRACE_AGENT_METRICS_H_

#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/value.h"
#include "tracebus/trace/cost_event.h"
#include "tracebus/trace/metrics.h"

namespace tracebus {
inline namespace v1 {

// exo's metrics, and OpenTelemetry's.
inline constexpr std::string_view kAgentRunDuration = "agent_run_duration";
inline constexpr std::string_view kAgentRunCounter = "agent_run_counter";
inline constexpr std::string_view kAgentTokenUsage = "agent_token_usage";
inline constexpr std::string_view kToolStepDuration = "tool_step_duration";
inline constexpr std::string_view kToolStepCounter = "tool_step_counter";
inline constexpr std::string_view kGenAiTokenUsage = "gen_ai.client.token.usage";
inline constexpr std::string_view kGenAiOperationDuration = "gen_ai.client.operation.duration";

struct AgentMetricsOptions {
  // Which attributes are labels, besides success: attributes of another name do not make series.
  // At most kMetricLabelsMax - 1.
  std::vector<std::string> agent_labels = {"exo.agent.name"};
  std::vector<std::string> tool_labels = {"exo.tool.name", "exo.agent.name"};
  std::uint32_t series_max = 1024;  // of each metric
};

// One run of an agent, one step of a tool. Durations that are negative or no number are ignored,
// and so are tokens below 0.
struct AgentRunMeasure {
  double duration_s = 0;
  bool success = true;
  Payload attributes = {};  // as build_agent_attributes makes them
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};
struct ToolStepMeasure {
  double duration_s = 0;
  bool success = true;
  Payload attributes = {};  // as build_tool_attributes makes them
};
struct ModelCallMeasure {
  double duration_s = 0;
  std::string_view operation = "chat";
  std::string_view provider = {};
  std::string_view model = {};
  std::string_view error_type = {};  // empty: it went well
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

class AgentMetrics {
 public:
  // Errors as of Metrics::add. REQUIRES: the metrics outlive the result.
  static absl::StatusOr<std::unique_ptr<AgentMetrics>> create(Metrics& metrics,
                                                              AgentMetricsOptions options = {});
  AgentMetrics(const AgentMetrics&) = delete;
  AgentMetrics& operator=(const AgentMetrics&) = delete;

  void record_agent_run(const AgentRunMeasure& run) noexcept;
  void record_tool_step(const ToolStepMeasure& step) noexcept;
  void record_model_call(const ModelCallMeasure& call) noexcept;

  // Records what an end of a span says, in our words or in the seed's; nothing for other events.
  void observe(const EventView& event) noexcept;
  // Subscribes to ends of agents, tools and calls, until the result goes away. REQUIRES: this and
  // the bus outlive it. Errors as TraceEventBus::subscribe_filter.
  absl::StatusOr<ScopedSubscription> watch(TraceEventBus& bus, const CallbackOptions& options = {});

  // Durations and tokens that were no such thing.
  std::uint64_t ignored() const noexcept {
    return ignored_.load(std::memory_order_relaxed);  // a counter orders nothing
  }

 private:
  AgentMetrics(AgentMetricsOptions options) : options_(std::move(options)) {}
  absl::Status add_families(Metrics& metrics);

  void observe_agent(const EventView& event) noexcept;
  void observe_tool(const EventView& event) noexcept;
  void observe_call(const EventView& event) noexcept;
  // Tokens in all; 0 where they are no such thing.
  std::uint64_t tokens_of(std::int64_t tokens) noexcept;
  void record_duration(MetricSeries& series, double duration_s) noexcept;
  void record_run(std::span<const std::string_view> labels, double duration_s,
                  std::uint64_t tokens) noexcept;
  void record_step(std::span<const std::string_view> labels, double duration_s) noexcept;

  const AgentMetricsOptions options_;
  const CostEventReader reader_;
  MetricFamily* run_duration_ = nullptr;
  MetricFamily* run_counter_ = nullptr;
  MetricFamily* token_usage_ = nullptr;
  MetricFamily* step_duration_ = nullptr;
  MetricFamily* step_counter_ = nullptr;
  MetricFamily* call_tokens_ = nullptr;
  MetricFamily* call_duration_ = nullptr;
  std::atomic<std::uint64_t> ignored_{0};
};

// Those in default_metrics().
AgentMetrics& default_agent_metrics();

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_AGENT_METRICS_H_
