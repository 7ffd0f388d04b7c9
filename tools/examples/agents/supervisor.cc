// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/supervisor.h"

#include <algorithm>
#include <utility>

#include "tracebus/tools/examples/agents/chat_json.h"

namespace tracebus::examples {

Supervisor::Supervisor(Agent lead, std::vector<Agent> team)
    : lead_(std::move(lead)), team_(std::move(team)) {
  lead_.add_tool(hand_off_tool());
}

Tool Supervisor::hand_off_tool() {
  return {{"hand_off", "Gives a task to an agent of the team, and returns what it found.",
           R"({"type": "object", "properties": {"agent": {"type": "string"}, )"
           R"("task": {"type": "string"}, "reason": {"type": "string"}}, )"
           R"("required": ["agent", "task", "reason"]})"},
          [this](AgentRun& run, std::string_view arguments) { return hand_off(run, arguments); }};
}

std::string Supervisor::hand_off(AgentRun& run, std::string_view arguments) {
  const std::string name = text_member(arguments, "agent");
  const std::string task = text_member(arguments, "task");
  const std::string reason = text_member(arguments, "reason");
  const auto agent = std::find_if(team_.begin(), team_.end(),
                                  [&](const Agent& member) { return member.name() == name; });
  if (agent == team_.end()) throw ToolError("there is no agent of that name in the team");
  run.hand_off({.handoff_reason = reason, .to_agent = name, .protocol = "local"});
  return agent->run(task);
}

}  // namespace tracebus::examples
