// SPDX-License-Identifier: Apache-2.0
//
// TracedAgentExecutor: the tutorial's agent, with its spans: it thinks, decides and acts until it
// responds.
//
//   agent_run
//     iteration_1
//       llm_call
//       decision:action_selection
//       tool:search
//     iteration_2
//       ...
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_TRACED_AGENT_EXECUTOR_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_TRACED_AGENT_EXECUTOR_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tools/examples/agents/agent_tracer.h"
#include "tracebus/tools/examples/agents/chat.h"

namespace tracebus::examples {

// What the model decided: {"action": "search", "input": "..."}.
struct Action {
  std::string type;
  std::string input;
};

struct Iteration {
  std::string thought;
  Action action;
  std::string result;
};

struct ExecutorResult {
  std::string task;
  std::vector<Iteration> iterations;  // those that acted
  std::string answer;                 // empty if none was found within max_iterations
};

// Thread safety: none.
class TracedAgentExecutor {
 public:
  // What it can do besides responding, by name: each takes the action's input. What one throws as a
  // ToolError is told to the model.
  using Actions = std::map<std::string, std::function<std::string(std::string_view)>, std::less<>>;

  // REQUIRES: tracer and client outlive it.
  TracedAgentExecutor(const Tracer& tracer, ChatClient& client, Actions actions)
      : tracer_(tracer), client_(client), actions_(std::move(actions)) {}

  // Throws ChatError, also for a thought that is no action.
  ExecutorResult run(std::string_view task, const AgentConfig& config);

 private:
  std::string think(const AgentConfig& config);
  Action decide(std::string_view thought);
  std::string act(const Action& action);
  // Whether it goes on.
  bool iterate(const AgentConfig& config, Span& span, ExecutorResult& result);

  const AgentTracer tracer_;
  ChatClient& client_;
  const Actions actions_;
  std::vector<ChatMessage> messages_;  // of the run
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_TRACED_AGENT_EXECUTOR_H_
