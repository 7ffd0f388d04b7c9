// SPDX-License-Identifier: Apache-2.0
//
// AgentTracer: scopes for what agents do, with the names and attributes of the tutorial.
//
// Names and the attributes of models' calls are those that the profile `tutorial` makes of ours
// (core/profile.h): an AGENT is "agent_run", an LLM is "llm_call" with llm.model, llm.temperature,
// llm.prompt_tokens, llm.completion_tokens and llm.duration_ms, a TOOL is "tool:<name>", a DECISION
// "decision:<type>", and a MEMORY "memory:<operation>". All else stands under the tutorial's names.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_AGENT_TRACER_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_AGENT_TRACER_H_

#include <concepts>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "tracebus/trace/tracer.h"

namespace tracebus::examples {

// Borrows its texts.
struct AgentConfig {
  std::string_view name = {};
  std::string_view type = {};
  std::string_view model = {};
  std::string_view provider = {};
  std::int64_t max_iterations = 10;
  bool stream = false;  // the model's answers come in pieces
};

// Each scope calls what it is given with the span, within the span, and returns what that returns.
// The span ends OK, or with the exception that leaves it. Thread safety: any thread.
class AgentTracer {
 public:
  // REQUIRES: the tracer outlives it.
  explicit AgentTracer(const Tracer& tracer) noexcept : tracer_(tracer) {}
  const Tracer& tracer() const noexcept { return tracer_; }

  // Event agent_started with the configuration; agent_completed unless it failed.
  template <class Body>
  auto trace_agent_run(std::string_view task, const AgentConfig& config, const Body& body) const;
  template <class Body>
  auto trace_iteration(std::int64_t number, const Body& body) const;
  template <class Body>
  auto trace_llm_call(const LlmCall& call, SpanAttributeList attributes, const Body& body) const;
  // input: for its size; keys: of its members. Event tool_invoked.
  template <class Body>
  auto trace_tool_call(std::string_view name, std::string_view input,
                       std::span<const std::string> keys, const Body& body) const;
  template <class Body>
  auto trace_memory_operation(std::string_view operation, std::string_view memory_type,
                              const Body& body) const;
  template <class Body>
  auto trace_decision(std::string_view type, std::span<const std::string_view> options,
                      const Body& body) const;

 private:
  template <class AnySpan, class Body>
  static auto within(AnySpan& span, const Body& body);

  const Tracer& tracer_;
};

// The first characters of a task (code points).
std::string_view preview_of(std::string_view task, std::size_t characters_max = 100) noexcept;
Value config_value(const AgentConfig& config);

template <class AnySpan, class Body>
auto AgentTracer::within(AnySpan& span, const Body& body) {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<const Body&, AnySpan&>>) {
      std::invoke(body, span);
      span.set_status(SpanStatus::kOk);
    } else {
      auto result = std::invoke(body, span);
      span.set_status(SpanStatus::kOk);
      return result;
    }
  } catch (...) {
    span.set_current_error();
    throw;
  }
}

template <class Body>
auto AgentTracer::trace_agent_run(std::string_view task, const AgentConfig& config,
                                  const Body& body) const {
  // An agent's model is not that of a call: the tutorial says `model` of the one and `llm.model` of
  // the other, and its profile knows which by our two names.
  auto span = tracer_.agent(config.name, {{"task_preview", preview_of(task)},
                                          {"agent_type", config.type},
                                          {"agent_model", config.model}});
  span.add_event("agent_started", {{"config", config_value(config)}});
  return within(span, [&](Span& run) {
    auto result = body(run);
    run.add_event("agent_completed");
    return result;
  });
}

template <class Body>
auto AgentTracer::trace_iteration(std::int64_t number, const Body& body) const {
  auto span = tracer_.chain("iteration_" + std::to_string(number), {{"iteration", number}});
  return within(span, body);
}

template <class Body>
auto AgentTracer::trace_llm_call(const LlmCall& call, SpanAttributeList attributes,
                                 const Body& body) const {
  auto span = tracer_.llm_call(call, attributes);
  return within(span, body);
}

template <class Body>
auto AgentTracer::trace_tool_call(std::string_view name, std::string_view input,
                                  std::span<const std::string> keys, const Body& body) const {
  auto span = tracer_.tool(
      name, {{"tool_name", name}, {"tool.input_size", input.size()}, {"tool.arguments", input}});
  span.add_event("tool_invoked", {{"input_keys", Value::array({keys.begin(), keys.end()})}});
  return within(span, body);
}

template <class Body>
auto AgentTracer::trace_memory_operation(std::string_view operation, std::string_view memory_type,
                                         const Body& body) const {
  auto span =
      tracer_.memory(operation, {{"memory.operation", operation}, {"memory.type", memory_type}});
  return within(span, body);
}

template <class Body>
auto AgentTracer::trace_decision(std::string_view type, std::span<const std::string_view> options,
                                 const Body& body) const {
  auto span =
      tracer_.decision(type, {{"decision.type", type}, {"decision.option_count", options.size()}});
  return within(span, body);
}

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_AGENT_TRACER_H_
