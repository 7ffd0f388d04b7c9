// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/examples.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tracebus::examples {
namespace {

constexpr Example kExamples[] = {
    {"debate", "two agents argue for two rounds, and a judge decides", Profile::kPyagent, true,
     run_debate},
    {"executor", "one agent thinks, decides and acts: the tutorial's TracedAgentExecutor",
     Profile::kTutorial, false, run_executor},
    {"pipeline", "one agent extracts facts, the next writes a brief of them", Profile::kPyagent,
     true, run_pipeline},
    {"supervisor", "one agent hands off to others, which search and calculate", std::nullopt, true,
     run_supervisor},
};

// In millionths of a dollar for a million tokens, as of the autumn of 2025.
struct ListPrice {
  std::string_view model;
  ModelPrice price;
};
const ListPrice kPrices[] = {
    {"claude-haiku-3-5", {.input = 800'000, .output = 4'000'000, .cache_read = 80'000}},
    {"claude-sonnet-4", {.input = 3'000'000, .output = 15'000'000, .cache_read = 300'000}},
    {"gemini-2.5-flash", {.input = 300'000, .output = 2'500'000, .cache_read = 75'000}},
    {"gpt-4o", {.input = 2'500'000, .output = 10'000'000, .cache_read = 1'250'000}},
    {"gpt-4o-mini", {.input = 150'000, .output = 600'000, .cache_read = 75'000}},
};

}  // namespace

AgentSpec ExampleWorld::adapted(AgentSpec spec) const {
  spec.stream = stream;
  if (model.empty()) return spec;
  spec.model = model;
  spec.provider.clear();
  return spec;
}

std::span<const Example> all_examples() noexcept { return kExamples; }

const Example* example_called(std::string_view name) noexcept {
  const auto found = std::ranges::find(kExamples, name, &Example::name);
  return found == std::end(kExamples) ? nullptr : found;
}

std::shared_ptr<const PriceTable> example_prices() {
  PriceTable table;
  for (const ListPrice& price : kPrices) {
    const absl::Status added = table.add(price.model, price.price);
    if (!added.ok()) throw std::logic_error(std::string(added.message()));
  }
  return std::make_shared<const PriceTable>(std::move(table));
}

}  // namespace tracebus::examples
