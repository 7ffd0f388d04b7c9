// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/agent_run.h"

namespace tracebus {
inline namespace v1 {

std::vector<ModelMessage> AgentPrompt::messages() const {
  std::vector<ModelMessage> messages;
  if (!system_prompt.empty()) messages.push_back({"system", system_prompt});
  if (!context.empty()) messages.push_back({"system", context});
  messages.push_back({"user", input});
  return messages;
}

double AgentRun::Savings::share() const noexcept {
  if (original_tokens <= 0) return 0;
  return static_cast<double>(original_tokens - compressed_tokens) /
         static_cast<double>(original_tokens);
}

AgentRun::AgentRun(const HookSet& hooks, const AgentTask& task) : hooks_(hooks), task_(task) {
  if (hooks.bus == nullptr) return;
  // Costs are recorded by the hooks, also where there is no bus.
  tracer_.emplace(*hooks.bus, TracerOptions{.service_name = hooks.service_name});
  span_.emplace(*tracer_, SpanStart{SpanKind::kAgent, task.agent, {{"input", task.input}}});
  start_ = Clock::now();  // what it takes to make a tracer is not the agent's time
}

AgentPrompt AgentRun::prompt() const {
  AgentPrompt prompt = {.system_prompt = task_.system_prompt, .input = task_.input};
  if (hooks_.context) prompt.context = hooks_.context.read(task_.agent);
  return prompt;
}

void AgentRun::emit(EventType type, const Payload& payload) const noexcept {
  if (!span_ || !tracer_->bus().wants(type)) return;
  const Context& context = span_->context();
  TraceEvent event = {.event_type = type.name(),
                      .agent_name = task_.agent,
                      .pattern_type = context.pattern(),
                      .payload = payload,
                      .ids = context.ids()};
  tracer_->bus().emit(event);
}

void AgentRun::hand_off(const HandOff& to) noexcept {
  if (!span_) return;
  Payload payload;
  const auto add = [&payload](std::string_view key, std::string_view value) {
    if (!value.empty()) payload.add(key, value);
  };
  add(kHandOffFrom, to.agent_name.empty() ? task_.agent : to.agent_name);
  add(kHandOffTo, to.to_agent);
  add(kHandOffReason, to.handoff_reason);
  add(kHandOffProtocol, to.protocol);
  emit(kHandoff, payload);
}

std::optional<AgentRun::Savings> AgentRun::compress(std::string& answer) const {
  if (!hooks_.compressor) return std::nullopt;
  const std::int64_t original = quarter_of_characters(answer);
  answer = hooks_.compressor.compress(answer);
  const Savings savings = {original, quarter_of_characters(answer)};
  if (savings.share() <= 0) return savings;
  emit(kCompression, {{"original_tokens", savings.original_tokens},
                      {"compressed_tokens", savings.compressed_tokens},
                      {"savings_pct", savings.share()}});
  return savings;
}

std::string AgentRun::finish(std::string answer) {
  const std::int64_t output_tokens = quarter_of_characters(answer);
  const std::optional<Savings> savings = compress(answer);
  if (hooks_.context) {
    hooks_.context.write(task_.agent, answer);
    emit(kContextUpdate, {{"source", task_.agent}, {"tokens", quarter_of_characters(answer)}});
  }
  if (!span_) return answer;
  const std::chrono::duration<double> took = Clock::now() - start_;
  span_->set(attr<"output">(answer))
      .set(attr<"output_tokens">(output_tokens))
      .set(attr<"duration_seconds">(took.count()));
  if (savings) {
    span_->set(attr<"compressed">(savings->share() > 0))
        .set(attr<"original_tokens">(savings->original_tokens))
        .set(attr<"compressed_tokens">(savings->compressed_tokens))
        .set(attr<"savings_pct">(savings->share()));
  }
  span_->set_status(SpanStatus::kOk);
  span_->end();
  return answer;
}

void AgentRun::fail() noexcept {
  if (!span_) return;
  span_->set_current_error();
  span_->end();
}

}  // namespace v1
}  // namespace tracebus
