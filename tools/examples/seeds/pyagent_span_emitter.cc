// SPDX-License-Identifier: Apache-2.0
//
// Document 000, "PatternSpanEmitter — Manual Control": spans that are parents and children by hand.
#include <exception>
#include <stdexcept>
#include <string>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/pattern_span_emitter.h"

using namespace tracebus;

namespace {

struct DebateResult {
  std::string output;
  int rounds = 0;
  double cost_estimate = 0;
};

// Two rounds between bull and bear, and a verdict.
DebateResult debate(const PatternSpanEmitter& emitter, const Span& run,
                    const std::string& question) {
  constexpr int kRounds = 2;
  for (int round = 1; round <= kRounds; ++round) {
    auto bull = emitter.agent_span("bull", &run, {{"round", round}});
    auto bear = emitter.agent_span("bear", &run, {{"round", round}});
  }
  auto judge = emitter.agent_span("judge", &run);
  if (question.empty()) throw std::invalid_argument("nothing to judge");
  return {"Hold: " + question, kRounds, 0.01032};
}

DebateResult run_traced(const PatternSpanEmitter& emitter, const std::string& question) {
  auto span = emitter.pattern_span("debate", {{"rounds", 2}, {"topic", "nvidia_investment"}});
  try {
    DebateResult result = debate(emitter, span, question);
    emitter.set_pattern_result(span, {.output_len = static_cast<std::int64_t>(result.output.size()),
                                      .rounds = result.rounds,
                                      .cost_estimate = result.cost_estimate});
    return result;
  } catch (const std::exception& exception) {
    emitter.record_error(span, exception);
    throw;
  }
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus, {.service_name = "investment-analysis"});
  const PatternSpanEmitter emitter(tracer);
  run_traced(emitter, "Should we buy Nvidia at $3.2T market cap?");
  try {
    run_traced(emitter, "");
    return 1;
  } catch (const std::invalid_argument&) {
  }
  return example.end();
}
