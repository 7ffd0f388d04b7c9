// SPDX-License-Identifier: Apache-2.0
//
// Agent: asks a model, calls the tools that the model asks for, and asks again until it has an
// answer. All that is seen of it comes from the hooks that are attached to it.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_AGENT_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_AGENT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tools/examples/agents/chat.h"
#include "tracebus/trace/agent_hooks.h"

namespace tracebus::examples {

struct AgentSpec {
  std::string name;
  std::string model;
  std::string provider = {};  // as in OpenTelemetry's gen_ai.provider.name
  std::string system_prompt = {};
  double temperature = 0.7;
  std::int64_t max_tokens = 1024;
  bool stream = false;  // its answers come in pieces, each an llm_token event
};

struct Tool {
  ToolDescription description;
  // Takes the arguments that the model wrote, as JSON; what it throws, the model is told.
  std::function<std::string(AgentRun&, std::string_view arguments)> call;
};

// How often an agent asks in one run.
inline constexpr int kAgentStepsMax = 8;

// Thread safety: none.
class Agent : public AgentHooks<Agent> {
 public:
  // REQUIRES: the client outlives the agent.
  Agent(AgentSpec spec, ChatClient& client) : spec_(std::move(spec)), client_(&client) {}

  Agent& add_tool(Tool tool) {
    tools_.push_back(std::move(tool));
    return *this;
  }

  // The answer. round: of the pattern that asks, which its span says; 0: of none. Throws ChatError.
  std::string run(std::string_view input, std::int64_t round = 0);

  const std::string& name() const noexcept { return spec_.name; }

 private:
  std::string answer(AgentRun& run);
  ChatReply ask(AgentRun& run, const std::vector<ChatMessage>& messages);
  std::string use_tool(AgentRun& run, const ToolCall& call);

  AgentSpec spec_;
  ChatClient* client_;
  std::vector<Tool> tools_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_AGENT_H_
