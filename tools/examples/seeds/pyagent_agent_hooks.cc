// SPDX-License-Identifier: Apache-2.0
//
// Document 000, "Agent Hook Integration": a bus and a cost tracker attached to an agent that knows
// of neither; and a provider of models whose calls are seen, whoever makes them.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/agent_hooks.h"
#include "tracebus/trace/traced_provider.h"

using namespace tracebus;

namespace {

constexpr std::string_view kModel = "claude-sonnet-4-20250514";

// Stands for a client of Anthropic's: anything with such a `complete` is a provider.
class AnthropicLlm {
 public:
  ModelReply complete(const std::vector<ModelMessage>& messages, std::string_view) {
    return {"Revenue rose, says: " + std::string(messages.back().content),
            LlmUsage{.input_tokens = 1200, .output_tokens = 480}};
  }
};

// An agent holds no tracing of its own.
class Agent : public AgentHooks<Agent> {
 public:
  Agent(std::string name, TracedProvider<AnthropicLlm>& llm, std::string system_prompt)
      : name_(std::move(name)), llm_(llm), system_prompt_(std::move(system_prompt)) {}

  std::string run(std::string_view task) {
    return run_hooked(
        {.agent = name_,
         .input = task,
         .system_prompt = system_prompt_,
         .call = {.model = kModel, .provider = "anthropic"}},
        [this](const AgentPrompt& prompt) { return llm_.complete(prompt.messages(), kModel); });
  }

 private:
  std::string name_;
  TracedProvider<AnthropicLlm>& llm_;
  std::string system_prompt_;
};

std::shared_ptr<const PriceTable> prices() {
  PriceTable table;
  const absl::Status added =
      table.add("claude-sonnet-4", {.input = 3'000'000, .output = 15'000'000});
  return added.ok() ? std::make_shared<const PriceTable>(std::move(table)) : nullptr;
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);  // a console, and a file
  CostTracker tracker({.bus = &example.bus, .prices = prices()});

  AnthropicLlm anthropic;
  TracedProvider llm(anthropic, "anthropic", example.bus);  // emits provider_call_start and _end
  Agent agent("analyst", llm, "Analyse the document.");
  agent
      .set_trace_bus(example.bus)  // emits agent_start and agent_end, and the model's calls
      .set_cost_tracker(tracker);  // emits cost_record after each call

  const std::string result = agent.run("Summarise Q3 earnings");
  return result == "Revenue rose, says: Summarise Q3 earnings" ? example.end() : 1;
}
