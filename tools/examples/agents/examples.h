// SPDX-License-Identifier: Apache-2.0
//
// The examples that `tracebus example` runs: real agents and patterns, each with a recording to
// answer it.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLES_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLES_H_

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tracebus/core/profile.h"
#include "tracebus/tools/examples/agents/agent.h"
#include "tracebus/trace/price_table.h"

namespace tracebus::examples {

// Where an example runs. All of it outlives the run.
struct ExampleWorld {
  ChatClient& client;
  TraceEventBus& bus;
  CostTracker& costs;
  std::string model = {};  // of all agents; empty: each has its own
  bool stream = false;     // all agents take their answers in pieces

  // An agent's spec, as this world has it.
  AgentSpec adapted(AgentSpec spec) const;
};

struct Example {
  std::string_view name;
  std::string_view summary;
  std::optional<Profile> profile;  // in whose words its tree is told; none: in its own
  bool fold_calls;                 // of models, into the line of their agent
  // The answer. Throws ChatError.
  std::string (*run)(const ExampleWorld& world);
};

std::string run_debate(const ExampleWorld& world);
std::string run_executor(const ExampleWorld& world);
std::string run_pipeline(const ExampleWorld& world);
std::string run_supervisor(const ExampleWorld& world);

std::span<const Example> all_examples() noexcept;
// Null if there is none of that name.
const Example* example_called(std::string_view name) noexcept;

// The JSONL of the recording that answers an example; empty if there is none.
std::string_view recording_of(std::string_view example) noexcept;

// ../prices.json, which is part of the program.
std::string_view example_price_file() noexcept;

// Of the models that the examples ask, or those of a file. Errors as of read_price_file.
absl::StatusOr<std::shared_ptr<const PriceTable>> example_prices(const std::string& file = {});

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_EXAMPLES_H_
