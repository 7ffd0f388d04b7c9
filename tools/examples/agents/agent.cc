// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/agent.h"

#include <algorithm>
#include <exception>

#include "tracebus/tools/examples/agents/chat_json.h"
#include "tracebus/tools/examples/agents/model_span.h"

namespace tracebus::examples {

std::string Agent::run(std::string_view input, std::int64_t round) {
  return run_hooked({.agent = spec_.name, .input = input, .system_prompt = spec_.system_prompt},
                    [&](AgentRun& run) {
                      if (round != 0) run.set("round", round);
                      return answer(run);
                    });
}

std::string Agent::answer(AgentRun& run) {
  const AgentPrompt prompt = run.prompt();
  std::vector<ChatMessage> messages;
  for (const ModelMessage& message : prompt.messages()) {
    messages.push_back({std::string(message.role), std::string(message.content)});
  }
  for (int step = 0; step < kAgentStepsMax; ++step) {
    ChatReply reply = ask(run, messages);
    if (reply.tool_calls.empty()) return std::move(reply.text);
    messages.push_back({"assistant", reply.text, reply.tool_calls});
    for (const ToolCall& call : reply.tool_calls) {
      messages.push_back({"tool", use_tool(run, call), {}, call.id});
    }
  }
  throw ChatError(spec_.name + " asked for tools " + std::to_string(kAgentStepsMax) +
                  " times and gave no answer");
}

ChatReply Agent::ask(AgentRun& run, const std::vector<ChatMessage>& messages) {
  ChatRequest request = {.agent = spec_.name,
                         .model = spec_.model,
                         .messages = messages,
                         .temperature = spec_.temperature,
                         .max_tokens = spec_.max_tokens};
  for (const Tool& tool : tools_) request.tools.push_back(tool.description);
  const std::vector<ModelMessage> prompt = prompt_of(messages);
  const LlmCall call = {.model = spec_.model,
                        .provider = spec_.provider,
                        .operation = "chat",
                        .temperature = spec_.temperature,
                        .max_tokens = spec_.max_tokens};
  return run.call_model({call, prompt}, [&](ModelCall& model) {
    if (spec_.stream) model.set("stream", true);
    ChatReply reply =
        spec_.stream ? client_->stream(request, [&](std::string_view text) { model.take(text); })
                     : client_->complete(request);
    describe(reply, [&](std::string_view key, const Value& value) { model.set(key, value); });
    return reply;
  });
}

std::string Agent::use_tool(AgentRun& run, const ToolCall& call) {
  const auto tool = std::find_if(tools_.begin(), tools_.end(), [&](const Tool& known) {
    return known.description.name == call.name;
  });
  // The model may invent tools; it may do better when it is told.
  if (tool == tools_.end()) return "error: there is no tool of that name";
  try {
    return run.call_tool(call.name, call.arguments,
                         [&] { return tool->call(run, call.arguments); });
  } catch (const ToolError& error) {
    return "error: " + std::string(error.what());
  }
}

}  // namespace tracebus::examples
