// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "tracebus/tools/examples/agents/examples.h"
#include "tracebus/tools/examples/agents/pipeline.h"

namespace tracebus::examples {
namespace {

constexpr std::string_view kReport =
    "Minutes of the harbour council, 12 May. The new ferry pier is to open on 1 July; it takes "
    "two ships at a time instead of one, and cost 4.1 million, 0.3 million less than planned. "
    "Between 14 and 30 June the old pier is closed on weekdays from 9 to 16 h. Commuters asked for "
    "a later last ferry; the operator will try 23:30 on Fridays until October. The vote was "
    "unanimous.";

}  // namespace

std::string run_pipeline(const ExampleWorld& world) {
  const auto agent = [&](AgentSpec spec) {
    return Agent(world.adapted(std::move(spec)), world.client);
  };
  std::vector<Agent> stages;
  stages.push_back(agent({.name = "extractor",
                          .model = "claude-haiku-3-5-20241022",
                          .provider = "anthropic",
                          .system_prompt = "Extract the key facts, one a line.",
                          .temperature = 0}));
  stages.push_back(agent({.name = "writer",
                          .model = "gpt-4o-mini",
                          .provider = "openai",
                          .system_prompt = "Write a concise brief for travellers."}));
  Pipeline pipeline(std::move(stages));
  attach_hooks(pipeline, {.bus = &world.bus, .costs = &world.costs, .service_name = "newsroom"});
  return pipeline.run(kReport);
}

}  // namespace tracebus::examples
