// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/traced_agent_executor.h"

#include <array>
#include <utility>

#include "tracebus/tools/examples/agents/chat_json.h"
#include "tracebus/tools/examples/agents/model_span.h"
#include "tracebus/trace/token_stream.h"

namespace tracebus::examples {
namespace {

constexpr std::string_view kRespond = "respond";
constexpr double kTemperature = 0.7;

std::string system_prompt_of(const TracedAgentExecutor::Actions& actions) {
  std::string names;
  for (const auto& [name, action] : actions) names += name + ", ";
  return "Work towards the task one action at a time. Answer with JSON alone: {\"action\": one "
         "of " +
         names + "respond, \"input\": text}.";
}

}  // namespace

ExecutorResult TracedAgentExecutor::run(std::string_view task, const AgentConfig& config) {
  return tracer_.trace_agent_run(task, config, [&](Span& span) {
    span.set("task.length", task.size());
    ExecutorResult result = {.task = std::string(task), .iterations = {}, .answer = {}};
    messages_ = {{"system", system_prompt_of(actions_)}, {"user", result.task}};
    std::int64_t iterations = 0;
    for (bool goes_on = true; goes_on && iterations < config.max_iterations;) {
      ++iterations;
      goes_on = tracer_.trace_iteration(
          iterations, [&](Span& iteration) { return iterate(config, iteration, result); });
    }
    span.set("total_iterations", iterations);
    return result;
  });
}

bool TracedAgentExecutor::iterate(const AgentConfig& config, Span& span, ExecutorResult& result) {
  std::string thought = think(config);
  Action action = decide(thought);
  if (action.type == kRespond) {
    span.add_event("task_complete");
    result.answer = std::move(action.input);
    return false;
  }
  std::string outcome = act(action);
  messages_.push_back({"assistant", thought});
  messages_.push_back({"user", "Result: " + outcome});
  result.iterations.push_back({std::move(thought), std::move(action), std::move(outcome)});
  return true;
}

std::string TracedAgentExecutor::think(const AgentConfig& config) {
  const ChatRequest request = {.agent = std::string(config.name),
                               .model = std::string(config.model),
                               .messages = messages_,
                               .temperature = kTemperature};
  const LlmCall call = {
      .model = config.model, .provider = config.provider, .temperature = kTemperature};
  const std::vector<ModelMessage> prompt = prompt_of(messages_);
  return tracer_.trace_llm_call(call, {{"messages", messages_value(prompt)}}, [&](LlmSpan& span) {
    TokenStream stream(tracer_.tracer(), span);
    if (config.stream) span.set("stream", true);
    ChatReply reply =
        config.stream ? client_.stream(request, [&](std::string_view text) { stream.take(text); })
                      : client_.complete(request);
    span.set("response", reply.text);
    describe(reply, [&](std::string_view key, const Value& value) { span.set(key, value); });
    if (reply.usage) span.usage(*reply.usage);
    return std::move(reply.text);
  });
}

Action TracedAgentExecutor::decide(std::string_view thought) {
  std::vector<std::string_view> options;
  for (const auto& [name, action] : actions_) options.push_back(name);
  options.push_back(kRespond);
  return tracer_.trace_decision("action_selection", options, [&](Span& span) {
    Action action;
    try {
      action = {text_member(thought, "action"), text_member(thought, "input")};
    } catch (const ToolError& error) {
      throw ChatError("the model answered with no action: " + std::string(error.what()));
    }
    span.set("decision.chosen", action.type);
    if (action.type != kRespond && !actions_.contains(action.type)) {
      throw ChatError("the model chose an action that there is not");
    }
    return action;
  });
}

std::string TracedAgentExecutor::act(const Action& action) {
  static const std::array<std::string, 1> kKeys = {"input"};
  return tracer_.trace_tool_call(action.type, action.input, kKeys, [&](Span& span) {
    try {
      std::string result = actions_.find(action.type)->second(action.input);
      span.set("tool.success", true).set("tool.result", result);
      return result;
    } catch (const ToolError& error) {
      span.set("tool.success", false).set_error(error);
      return "error: " + std::string(error.what());
    }
  });
}

}  // namespace tracebus::examples
