// SPDX-License-Identifier: Apache-2.0
//
// Supervisor: one agent hands parts of a task off to others, and answers with what they found.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_SUPERVISOR_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_SUPERVISOR_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tools/examples/agents/agent.h"
#include "tracebus/trace/pattern_hooks.h"

namespace tracebus::examples {

class Supervisor : public PatternHooks<Supervisor> {
 public:
  // The lead gets a tool "hand_off", by which it reaches the team.
  Supervisor(Agent lead, std::vector<Agent> team);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  std::string run(std::string_view task) {
    return run_hooked({.pattern = "supervisor", .input = task},
                      [&](PatternRun&) { return lead_.run(task); });
  }

  template <class Visit>
  void visit_agents(Visit&& visit) {
    visit(lead_);
    for (Agent& agent : team_) visit(agent);
  }

 private:
  Tool hand_off_tool();
  // What the agent came to. Throws ToolError where there is no such agent.
  std::string hand_off(AgentRun& run, std::string_view arguments);

  Agent lead_;
  std::vector<Agent> team_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_SUPERVISOR_H_
