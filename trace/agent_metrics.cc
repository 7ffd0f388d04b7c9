// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/agent_metrics.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kNsPerSecond = 1e9;  // recorded are nanoseconds, told are seconds

// OpenTelemetry's semantic conventions of GenAI metrics, ExplicitBucketBoundaries.
constexpr std::uint64_t kTokenBounds[] = {
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
constexpr std::uint64_t kDurationBounds[] = {
    10'000'000,     20'000'000,     40'000'000,     80'000'000,    160'000'000,
    320'000'000,    640'000'000,    1'280'000'000,  2'560'000'000, 5'120'000'000,
    10'240'000'000, 20'480'000'000, 40'960'000'000, 81'920'000'000};

// A label's value: a text as it is, a number or boolean as text of its own.
class LabelText {
 public:
  std::string_view of(const ValueView& value) noexcept {
    switch (value.type()) {
      case ValueType::kString:
        return value.as_string();
      case ValueType::kBool:
        return value.as_bool() ? "true" : "false";
      case ValueType::kInt64:
        return written(std::to_chars(text_.data(), std::end(text_), value.as_int64()).ptr);
      case ValueType::kDouble:
        return written(std::to_chars(text_.data(), std::end(text_), value.as_double()).ptr);
      default:
        return {};
    }
  }
  std::string_view of(const Value& value) noexcept {
    if (value.type() == ValueType::kString) return value.as_string();
    if (value.type() == ValueType::kBool) return of(ValueView::of_bool(value.as_bool()));
    if (value.type() == ValueType::kInt64) return of(ValueView::of_int64(value.as_int64()));
    if (value.type() != ValueType::kDouble) return {};
    return of(ValueView::of_double_bits(value.scalar_word()));
  }

 private:
  std::string_view written(const char* end) const noexcept {
    return {text_.data(), static_cast<std::size_t>(end - text_.data())};
  }
  std::array<char, 32> text_;  // not initialised
};

// The values of some labels, and of success behind them.
class LabelValues {
 public:
  explicit LabelValues(std::span<const std::string> keys) noexcept : keys_(keys) {}

  void read(const Payload& attributes, bool success) noexcept {
    for (const Attribute& attribute : attributes) {
      for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (keys_[i] == attribute.key) values_[i] = texts_[i].of(attribute.value);
      }
    }
    values_[keys_.size()] = success ? "1" : "0";
  }
  void read(const EventView& event, std::string_view tool, bool success) noexcept {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i] == "exo.agent.name") {
        values_[i] = event.agent_name();
      } else if (keys_[i] == "exo.tool.name") {
        values_[i] = tool;
      } else if (const auto value = find(event, keys_[i])) {
        values_[i] = texts_[i].of(*value);
      }
    }
    values_[keys_.size()] = success ? "1" : "0";
  }
  std::span<const std::string_view> get() const noexcept {
    return std::span(values_).first(keys_.size() + 1);
  }

 private:
  // By exo's name or by ours.
  static std::optional<ValueView> find(const EventView& event, std::string_view key) noexcept {
    constexpr std::pair<std::string_view, std::string_view> kOurs[] = {
        {"exo.session.id", "session.id"},
        {"exo.user.id", "user.id"},
        {"exo.agent.model", "model"},
        {"exo.agent.status", "span.status"}};
    auto value = event.find(key);
    for (const auto& [exo, ours] : kOurs) {
      if (!value && exo == key) value = event.find(ours);
    }
    return value;
  }

  std::span<const std::string> keys_;
  std::array<LabelText, kMetricLabelsMax> texts_;
  std::array<std::string_view, kMetricLabelsMax> values_{};
};

std::string_view text_of(const EventView& event, std::string_view key) noexcept {
  const auto value = event.find(key);
  return value && value->type() == ValueType::kString ? value->as_string() : std::string_view();
}

std::string_view first_text(const EventView& event,
                            std::initializer_list<std::string_view> keys) noexcept {
  for (const std::string_view key : keys) {
    if (const std::string_view text = text_of(event, key); !text.empty()) return text;
  }
  return {};
}

bool succeeded(const EventView& event) noexcept {
  return text_of(event, kSpanStatus.name()) != to_string(SpanStatus::kFailed);
}

// In seconds; none is said: not a number.
double duration_of(const EventView& event) noexcept {
  if (const auto value = event.find(kDurationMs.name()); value && value->is_number()) {
    return value->to_double() / 1e3;
  }
  for (const std::string_view key : {"duration_seconds", "duration_s"}) {
    if (const auto value = event.find(key); value && value->is_number()) return value->to_double();
  }
  return std::nan("");
}

MetricSpec duration_spec(std::string_view name, std::string help, std::vector<std::string> labels) {
  return {.name = std::string(name),
          .unit = "s",
          .help = std::move(help),
          .kind = MetricKind::kHistogram,
          .label_keys = std::move(labels),
          .per_unit = kNsPerSecond};
}

MetricSpec counter_spec(std::string_view name, std::string help, std::vector<std::string> labels) {
  return {.name = std::string(name), .help = std::move(help), .label_keys = std::move(labels)};
}

MetricSpec tokens_spec(std::string_view name, std::string help, std::vector<std::string> labels) {
  return {.name = std::string(name),
          .unit = "{token}",
          .help = std::move(help),
          .kind = MetricKind::kHistogram,
          .label_keys = std::move(labels)};
}

std::vector<std::string> with(std::vector<std::string> labels, std::string last) {
  labels.push_back(std::move(last));
  return labels;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AgentMetrics>> AgentMetrics::create(Metrics& metrics,
                                                                   AgentMetricsOptions options) {
  std::unique_ptr<AgentMetrics> made(new AgentMetrics(std::move(options)));
  if (absl::Status status = made->add_families(metrics); !status.ok()) return status;
  return made;
}

absl::Status AgentMetrics::add_families(Metrics& metrics) {
  const auto runs = with(options_.agent_labels, "exo.agent.run.success");
  const auto steps = with(options_.tool_labels, "exo.tool.step.success");
  const std::vector<std::string> calls = {"gen_ai.operation.name", "gen_ai.provider.name",
                                          "gen_ai.request.model"};
  MetricSpec call_tokens = tokens_spec(kGenAiTokenUsage, "Tokens used by calls of models",
                                       with(calls, "gen_ai.token.type"));
  call_tokens.bounds.assign(std::begin(kTokenBounds), std::end(kTokenBounds));
  MetricSpec call_duration = duration_spec(kGenAiOperationDuration, "Duration of calls of models",
                                           with(calls, "error.type"));
  call_duration.bounds.assign(std::begin(kDurationBounds), std::end(kDurationBounds));
  const std::pair<MetricFamily**, MetricSpec> all[] = {
      {&run_duration_, duration_spec(kAgentRunDuration, "Duration of runs of agents", runs)},
      {&run_counter_, counter_spec(kAgentRunCounter, "Runs of agents", runs)},
      {&token_usage_, tokens_spec(kAgentTokenUsage, "Tokens used by a run of an agent", runs)},
      {&step_duration_, duration_spec(kToolStepDuration, "Duration of steps of tools", steps)},
      {&step_counter_, counter_spec(kToolStepCounter, "Steps of tools", steps)},
      {&call_tokens_, std::move(call_tokens)},
      {&call_duration_, std::move(call_duration)}};
  for (const auto& [place, spec] : all) {
    MetricSpec bounded = spec;
    bounded.series_max = options_.series_max;
    const auto family = metrics.add(std::move(bounded));
    if (!family.ok()) return family.status();
    *place = *family;
  }
  return absl::OkStatus();
}

std::uint64_t AgentMetrics::tokens_of(std::int64_t tokens) noexcept {
  if (tokens >= 0) return static_cast<std::uint64_t>(tokens);
  ignored_.fetch_add(1, std::memory_order_relaxed);  // a counter orders nothing
  return 0;
}

void AgentMetrics::record_duration(MetricSeries& series, double duration_s) noexcept {
  constexpr double kSecondsMax = 9e9;  // some 285 years: what fits as nanoseconds
  if (duration_s >= 0) {
    const double bounded = std::min(duration_s, kSecondsMax);
    series.record(static_cast<std::uint64_t>(std::llround(bounded * kNsPerSecond)));
  } else {
    ignored_.fetch_add(1, std::memory_order_relaxed);  // a counter orders nothing
  }
}

void AgentMetrics::record_run(std::span<const std::string_view> labels, double duration_s,
                              std::uint64_t tokens) noexcept {
  record_duration(run_duration_->series(labels), duration_s);
  run_counter_->series(labels).add(1);
  if (tokens != 0) token_usage_->series(labels).record(tokens);
}

void AgentMetrics::record_step(std::span<const std::string_view> labels,
                               double duration_s) noexcept {
  record_duration(step_duration_->series(labels), duration_s);
  step_counter_->series(labels).add(1);
}

void AgentMetrics::record_agent_run(const AgentRunMeasure& run) noexcept {
  LabelValues labels(options_.agent_labels);
  labels.read(run.attributes, run.success);
  record_run(labels.get(), run.duration_s,
             tokens_of(run.input_tokens) + tokens_of(run.output_tokens));
}

void AgentMetrics::record_tool_step(const ToolStepMeasure& step) noexcept {
  LabelValues labels(options_.tool_labels);
  labels.read(step.attributes, step.success);
  record_step(labels.get(), step.duration_s);
}

void AgentMetrics::record_model_call(const ModelCallMeasure& call) noexcept {
  const std::string_view duration[] = {call.operation, call.provider, call.model, call.error_type};
  record_duration(call_duration_->series(duration), call.duration_s);
  const auto record = [&](std::string_view type, std::uint64_t tokens) {
    const std::string_view labels[] = {call.operation, call.provider, call.model, type};
    if (tokens != 0) call_tokens_->series(labels).record(tokens);
  };
  record("input", tokens_of(call.input_tokens));
  record("output", tokens_of(call.output_tokens));
}

void AgentMetrics::observe(const EventView& event) noexcept {
  const EventType type = event.type();
  if (type == kAgentEnd) observe_agent(event);
  if (type == kToolEnd || type == kToolError) observe_tool(event);
  if (type == kLlmCall || type == kLlmCallEnd || type == kLlmCallError) observe_call(event);
}

void AgentMetrics::observe_agent(const EventView& event) noexcept {
  const CostEvent read = reader_.read(event);
  LabelValues labels(options_.agent_labels);
  labels.read(event, {}, succeeded(event));
  record_run(labels.get(), duration_of(event),
             tokens_of(read.entry.usage.input) + tokens_of(read.entry.usage.output));
}

void AgentMetrics::observe_tool(const EventView& event) noexcept {
  LabelValues labels(options_.tool_labels);
  labels.read(event, first_text(event, {"tool_name", "tool.name", "tool", kSpanName.name()}),
              event.type() != kToolError && succeeded(event));
  record_step(labels.get(), duration_of(event));
}

void AgentMetrics::observe_call(const EventView& event) noexcept {
  const CostEvent read = reader_.read(event);
  ModelCallMeasure call = {.duration_s = duration_of(event),
                           .provider = read.entry.provider,
                           .model = read.entry.model,
                           .input_tokens = read.entry.usage.input,
                           .output_tokens = read.entry.usage.output};
  const std::string_view operation = first_text(event, {"operation", "gen_ai.operation.name"});
  if (!operation.empty()) call.operation = operation;
  if (event.type() == kLlmCallError || !succeeded(event)) {
    call.error_type = first_text(event, {"error_type", "error.type"});
    if (call.error_type.empty()) call.error_type = "_OTHER";  // as OpenTelemetry has it
  }
  record_model_call(call);
}

absl::StatusOr<ScopedSubscription> AgentMetrics::watch(TraceEventBus& bus,
                                                       const CallbackOptions& options) {
  auto id = bus.subscribe_filter(
      {"agent_end", "tool_end", "tool_error", "llm_call", "llm_call_error"},
      [this](const EventView& event) { observe(event); }, options);
  if (!id.ok()) return id.status();
  return ScopedSubscription(bus, *id);
}

AgentMetrics& default_agent_metrics() {
  static AgentMetrics* const metrics = [] {
    auto made = AgentMetrics::create(default_metrics());
    // Somebody gave these names to other metrics: then nobody sees ours, and nothing breaks.
    if (!made.ok()) made = AgentMetrics::create(*new Metrics());
    return made->release();
  }();
  return *metrics;
}

}  // namespace v1
}  // namespace tracebus
