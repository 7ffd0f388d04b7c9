// SPDX-License-Identifier: Apache-2.0
//
// Debate: agents argue in turns, each knowing what was said before, and a judge decides.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_DEBATE_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_DEBATE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/tools/examples/agents/agent.h"
#include "tracebus/trace/pattern_hooks.h"

namespace tracebus::examples {

class Debate : public PatternHooks<Debate> {
 public:
  Debate(std::vector<Agent> debaters, Agent judge, int rounds)
      : debaters_(std::move(debaters)), judge_(std::move(judge)), rounds_(rounds) {}

  std::string run(std::string_view question) {
    return run_hooked({.pattern = "debate", .input = question}, [&](PatternRun& run) {
      run.set("rounds", rounds_);
      std::string transcript = "Question: " + std::string(question);
      for (int round = 1; round <= rounds_; ++round) {
        for (Agent& debater : debaters_) {
          const std::string said = debater.run(transcript, round);
          transcript += "\n" + debater.name() + ", round " + std::to_string(round) + ": " + said;
        }
      }
      std::string verdict = judge_.run(transcript);
      run.set("early_stop", false);
      return verdict;
    });
  }

  template <class Visit>
  void visit_agents(Visit&& visit) {
    for (Agent& debater : debaters_) visit(debater);
    visit(judge_);
  }

 private:
  std::vector<Agent> debaters_;
  Agent judge_;
  int rounds_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_DEBATE_H_
