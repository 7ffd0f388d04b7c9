// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/examples.h"

#include <algorithm>
#include <utility>

#include "tracebus/trace/price_file.h"

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

absl::StatusOr<std::shared_ptr<const PriceTable>> example_prices(const std::string& file) {
  auto table = file.empty() ? parse_prices(example_price_file(), "the examples' prices")
                            : read_price_file(file);
  if (!table.ok()) return table.status();
  return std::make_shared<const PriceTable>(*std::move(table));
}

}  // namespace tracebus::examples
