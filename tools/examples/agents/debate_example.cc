// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "tracebus/tools/examples/agents/debate.h"
#include "tracebus/tools/examples/agents/examples.h"

namespace tracebus::examples {

std::string run_debate(const ExampleWorld& world) {
  const auto agent = [&](AgentSpec spec) {
    return Agent(world.adapted(std::move(spec)), world.client);
  };
  std::vector<Agent> debaters;
  debaters.push_back(agent({.name = "bull",
                            .model = "gemini-2.5-flash",
                            .provider = "gcp.gemini",
                            .system_prompt = "Argue the bull case, in three sentences."}));
  debaters.push_back(agent({.name = "bear",
                            .model = "gemini-2.5-flash",
                            .provider = "gcp.gemini",
                            .system_prompt = "Argue the bear case, in three sentences."}));
  Debate debate(std::move(debaters),
                agent({.name = "judge",
                       .model = "claude-sonnet-4-20250514",
                       .provider = "anthropic",
                       .system_prompt = "Weigh the debate and render a final verdict.",
                       .temperature = 0.2}),
                2);
  attach_hooks(debate,
               {.bus = &world.bus, .costs = &world.costs, .service_name = "investment-analysis"});
  return debate.run("Should we buy Nvidia at $3.2T market cap?");
}

}  // namespace tracebus::examples
