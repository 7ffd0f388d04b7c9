// SPDX-License-Identifier: Apache-2.0
//
// Pipeline: each agent goes on with what the one before it came to.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_PIPELINE_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_PIPELINE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/tools/examples/agents/agent.h"
#include "tracebus/trace/pattern_hooks.h"

namespace tracebus::examples {

class Pipeline : public PatternHooks<Pipeline> {
 public:
  explicit Pipeline(std::vector<Agent> stages) : stages_(std::move(stages)) {}

  std::string run(std::string_view input) {
    return run_hooked({.pattern = "pipeline", .input = input}, [&](PatternRun& run) {
      run.set("stages", stages_.size());
      std::string text(input);
      for (Agent& stage : stages_) text = stage.run(text);
      return text;
    });
  }

  template <class Visit>
  void visit_agents(Visit&& visit) {
    for (Agent& stage : stages_) visit(stage);
  }

 private:
  std::vector<Agent> stages_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_PIPELINE_H_
