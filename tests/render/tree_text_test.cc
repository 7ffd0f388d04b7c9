// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/tree_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/trace/made_trace.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::made_trace;
using testing::MadeSpan;
using ::testing::Not;

Payload call(std::string_view model, std::int64_t input, std::int64_t output, double cost) {
  return {{"model", model}, {"input_tokens", input}, {"output_tokens", output}, {"cost_usd", cost}};
}

// The debate of the document: two debaters, two rounds, a judge.
std::vector<MadeSpan> debate() {
  constexpr auto kAgent = SpanKind::kAgent;
  const std::string_view gemini = "gemini-2.5-flash";
  std::vector<MadeSpan> spans = {
      {.id = 1,
       .kind = SpanKind::kPattern,
       .name = "debate",
       .duration_ms = 9800,
       .attributes = {{"service.name", "investment-analysis"}, {"early_stop", false}}},
      {.id = 2,
       .parent = 1,
       .kind = kAgent,
       .name = "bull",
       .start_ms = 0,
       .duration_ms = 2400,
       .attributes = call(gemini, 450, 380, 0.00094)},
      {.id = 3,
       .parent = 1,
       .kind = kAgent,
       .name = "bear",
       .start_ms = 2400,
       .duration_ms = 2700,
       .attributes = call(gemini, 450, 410, 0.00098)},
      {.id = 4,
       .parent = 1,
       .kind = kAgent,
       .name = "bull",
       .start_ms = 5100,
       .duration_ms = 2100,
       .attributes = call(gemini, 410, 360, 0.00086)},
      {.id = 5,
       .parent = 1,
       .kind = kAgent,
       .name = "bear",
       .start_ms = 7200,
       .duration_ms = 1900,
       .attributes = call(gemini, 410, 380, 0.00084)},
      {.id = 6,
       .parent = 1,
       .kind = kAgent,
       .name = "judge",
       .start_ms = 9100,
       .duration_ms = 700,
       .attributes = call("claude-sonnet-4", 1200, 480, 0.0084)},
  };
  spans[3].attributes.add("round", 2);
  spans[4].attributes.add("round", 2);
  return spans;
}

// The document's lines, but for the total, which it gets wrong.
TEST(TreeText, IsLaidOutAsTheDocumentsTraceWithASumThatAddsUp) {
  const Trace trace = made_trace(debate());
  EXPECT_EQ(to_tree_text(trace, {.profile = Profile::kPyagent, .align = false}),
            "Trace: investment-analysis / debate (9.8s total, $0.01202)\n"
            "├── pyagent.agent.bull 2.4s gemini-2.5-flash 450→380 tok $0.00094\n"
            "├── pyagent.agent.bear 2.7s gemini-2.5-flash 450→410 tok $0.00098\n"
            "├── pyagent.agent.bull 2.1s (round 2) 410→360 tok $0.00086\n"
            "├── pyagent.agent.bear 1.9s (round 2) 410→380 tok $0.00084\n"
            "└── pyagent.agent.judge 0.7s claude-sonnet-4 1200→480 tok $0.00840\n"
            "─────────────────────────────────────────\n"
            "Total: $0.01202, early_stop: false\n");
}

}  // namespace
}  // namespace tracebus
