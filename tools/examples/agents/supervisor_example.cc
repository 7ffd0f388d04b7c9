// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "tracebus/tools/examples/agents/calculator.h"
#include "tracebus/tools/examples/agents/examples.h"
#include "tracebus/tools/examples/agents/notes.h"
#include "tracebus/tools/examples/agents/supervisor.h"
#include "tracebus/tools/examples/agents/text_search.h"

namespace tracebus::examples {

std::string run_supervisor(const ExampleWorld& world) {
  const auto agent = [&](AgentSpec spec) {
    return Agent(world.adapted(std::move(spec)), world.client);
  };
  std::vector<Agent> team;
  team.push_back(agent({.name = "researcher",
                        .model = "gpt-4o-mini",
                        .provider = "openai",
                        .system_prompt = "Answer from the notes, which you search."}));
  team.back().add_tool(search_tool(kNotes));
  team.push_back(agent({.name = "analyst",
                        .model = "gpt-4o-mini",
                        .provider = "openai",
                        .system_prompt = "Work out figures with the calculator, never by heart.",
                        .temperature = 0}));
  team.back().add_tool(calculator_tool());
  Supervisor supervisor(
      agent({.name = "lead",
             .model = "gpt-4o",
             .provider = "openai",
             .system_prompt = "You lead a researcher, who has the notes, and an analyst, who "
                              "calculates. Hand off to them, then answer in one sentence."}),
      std::move(team));
  attach_hooks(supervisor,
               {.bus = &world.bus, .costs = &world.costs, .service_name = "quarterly-review"});
  return supervisor.run(
      "Which region grew fastest from the second to the third quarter, and by how many percent?");
}

}  // namespace tracebus::examples
