// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/calculator.h"
#include "tracebus/tools/examples/agents/examples.h"
#include "tracebus/tools/examples/agents/notes.h"
#include "tracebus/tools/examples/agents/text_search.h"
#include "tracebus/tools/examples/agents/traced_agent_executor.h"

namespace tracebus::examples {

std::string run_executor(const ExampleWorld& world) {
  const Tracer tracer(world.bus, {.service_name = "agent_service", .costs = &world.costs});
  const TextSearch notes(kNotes);
  TracedAgentExecutor executor(
      tracer, world.client,
      {{"search",
        [&](std::string_view query) {
          const std::string found = notes.find(query);
          return found.empty() ? std::string("nothing found") : found;
        }},
       {"analyze", [](std::string_view expression) { return calculate(expression); }}});
  const AgentSpec spec =
      world.adapted({.name = "executor", .model = "gpt-4o", .provider = "openai"});
  const AgentConfig config = {.name = spec.name,
                              .type = "think_decide_act",
                              .model = spec.model,
                              .provider = spec.provider,
                              .stream = spec.stream};
  ExecutorResult result = executor.run(
      "How much did a person of the west region's staff bring in "
      "during the third quarter, on average?",
      config);
  if (result.answer.empty()) return "no answer within the iterations that it had";
  return result.answer;
}

}  // namespace tracebus::examples
