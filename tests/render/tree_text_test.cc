// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/tree_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
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
       .attributes = call("claude-sonnet-4-20250514", 1200, 480, 0.0084)},
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

TEST(TreeText, ColumnsAreAligned) {
  EXPECT_EQ(to_tree_text(made_trace(debate())),
            "Trace: investment-analysis / debate (9.8s total, $0.01202)\n"
            "├── bull   2.4s  gemini-2.5-flash  450→380 tok   $0.00094\n"
            "├── bear   2.7s  gemini-2.5-flash  450→410 tok   $0.00098\n"
            "├── bull   2.1s  (round 2)         410→360 tok   $0.00086\n"
            "├── bear   1.9s  (round 2)         410→380 tok   $0.00084\n"
            "└── judge  0.7s  claude-sonnet-4   1200→480 tok  $0.00840\n"
            "─────────────────────────────────────────\n"
            "Total: $0.01202, early_stop: false\n");
}

TEST(TreeText, DaysOfModelsVersionsAreLeftOutAndNothingElse) {
  const std::pair<std::string, std::string> kModels[] = {
      {"gpt-4o-2024-08-06", "gpt-4o"},
      {"claude-haiku-3-5-20241022", "claude-haiku-3-5"},
      {"gemini-2.5-flash", "gemini-2.5-flash"},
      {"m-12345678", "m-12345678"},
      {"m-2024080", "m-2024080"},
      {"m20240806", "m20240806"},
      {"-20240806", "-20240806"},
  };
  for (const auto& [model, shown] : kModels) {
    const Trace trace = made_trace({{.id = 1, .name = "run", .duration_ms = 2},
                                    {.id = 2,
                                     .parent = 1,
                                     .name = "step",
                                     .duration_ms = 1,
                                     .attributes = {{"model", std::string_view(model)}}}});
    EXPECT_THAT(to_tree_text(trace), HasSubstr("ms  " + shown + "\n")) << model;
  }
}

// The debate as a tracer makes it: the figures are those of calls below the agents.
TEST(TreeText, CallsAreFoldedIntoTheLineOfTheirAgent) {
  std::vector<MadeSpan> spans = debate();
  const std::size_t agents = spans.size();
  for (std::size_t i = 1; i < agents; ++i) {
    MadeSpan llm = spans[i];
    llm.parent = llm.id;
    llm.id += 100;
    llm.kind = SpanKind::kLlm;
    llm.name = "chat";
    spans.push_back(llm);
    spans[i].attributes = {};
  }
  spans[3].attributes.add("round", 2);
  spans[4].attributes.add("round", 2);
  EXPECT_EQ(to_tree_text(made_trace(spans), {.fold_calls = true}),
            to_tree_text(made_trace(debate())));
  const std::string unfolded = to_tree_text(made_trace(spans));
  EXPECT_THAT(unfolded,
              HasSubstr("├── bull      2.4s                    450→380 tok   $0.00094\n"
                        "│   └── chat  2.4s  gemini-2.5-flash  450→380 tok   $0.00094\n"));
}

TEST(TreeText, SeveralFoldedCallsAreCountedAndThoseThatFailedHaveLines) {
  constexpr auto kLlm = SpanKind::kLlm;
  const Trace trace = made_trace(
      {{.id = 1, .name = "run", .duration_ms = 1000},
       {.id = 2, .parent = 1, .name = "a", .duration_ms = 600},
       {.id = 3, .parent = 2, .kind = kLlm, .name = "x", .attributes = call("m", 1, 2, 0.5)},
       {.id = 4, .parent = 2, .kind = kLlm, .name = "x", .attributes = call("m", 3, 4, 0.25)},
       {.id = 5, .parent = 1, .name = "b", .start_ms = 600, .duration_ms = 400},
       {.id = 6,
        .parent = 5,
        .kind = kLlm,
        .name = "x",
        .start_ms = 601,
        .duration_ms = 0.002,
        .status = "error",
        .message = "rate limited",
        .attributes = {{"model", "m"}}},
       {.id = 7,
        .parent = 5,
        .kind = kLlm,
        .name = "x",
        .start_ms = 602,
        .attributes = {{"model", "n"}, {"input_tokens", 5}, {"output_tokens", 6}}}});
  EXPECT_EQ(to_tree_text(trace, {.fold_calls = true}),
            "Trace: run (1.0s total, $0.75000, 1 call unpriced)\n"
            "├── a      0.6s   m ×2  4→6 tok  $0.75000\n"
            "└── b      0.4s   n     5→6 tok  unpriced\n"
            "    └── x  2.0us  m [error: rate limited]\n"
            "─────────────────────────────────────────\n"
            "Total: $0.75000, 1 call unpriced\n");
}

TEST(TreeText, Row76_RunsAreLaidOutAsTheDocumentsListOfRuns) {
  TraceCollector collector;
  const auto add = [&](std::string_view agent, double end_s, double ms, Payload payload) {
    TraceEvent event;
    event.timestamp = Timestamp::from_seconds(1'749'479'521 + end_s);
    event.event_type = "llm_call_end";
    event.agent_name = agent;
    event.pattern_type = "supervisor";
    event.foreign_ids.run_id = "run-174";
    event.payload = std::move(payload);
    event.payload.add("duration_ms", ms);
    collector.add(event);
  };
  add("classifier", 0.3, 300, call("claude-haiku", 12, 1, 0.00001));
  add("billing_agent", 2.7, 2400, call("claude-sonnet", 180, 140, 0.0084));
  add("formatter", 3.4, 700, call("claude-haiku", 145, 80, 0.00051));
  EXPECT_EQ(to_run_text(collector.latest()),
            "Run #174   supervisor   3 steps   3.4s   $0.00892\n"
            "├── classifier     0.3s  claude-haiku   12→1 tok    $0.00001\n"
            "├── billing_agent  2.4s  claude-sonnet  180→140 tok $0.00840\n"
            "└── formatter      0.7s  claude-haiku   145→80 tok  $0.00051\n");
}

TEST(TreeText, WhatIsOddIsSaidBehindTheLine) {
  const Trace trace = made_trace(
      {{.id = 1, .name = "root", .duration_ms = 5},
       {.id = 2, .parent = 1, .name = "failed", .status = "error", .message = "no\nluck"},
       {.id = 3, .parent = 9, .name = "orphan"},
       {.id = 4, .parent = 4, .name = "own parent"},
       {.id = 1, .name = "again"},
       {.id = 5, .parent = 1, .name = "running", .open = true}});
  EXPECT_EQ(to_tree_text(trace),
            "Trace: abababab (5.0ms so far)\n"
            "├── root         5.0ms\n"
            "│   ├── failed   0.0us [error: no\\nluck]\n"
            "│   └── running [open]\n"
            "├── orphan       0.0us [orphan: 0000000000000009 is missing]\n"
            "├── own parent   0.0us [cycle: 0000000000000004 is below]\n"
            "└── again        0.0us [duplicate: 0000000000000001 is there twice]\n"
            "─────────────────────────────────────────\n"
            "Total: no cost known\n");
}

TEST(TreeText, ColorIsOffUnlessAskedFor) {
  const Trace trace = made_trace({{.id = 1, .name = "\x1b[31mroot"},
                                  {.id = 2, .parent = 1, .name = "bad", .status = "error"}});
  EXPECT_THAT(to_tree_text(trace), Not(HasSubstr("\x1b")));
  EXPECT_THAT(to_tree_text(trace, {.color = true}), HasSubstr("\x1b[31m└── bad"));
}

TEST(TreeText, DeepAndWideTracesStayLinear) {
  std::vector<MadeSpan> deep;
  std::vector<MadeSpan> wide;
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    deep.push_back({.id = i, .parent = i - 1, .name = "s"});
    wide.push_back({.id = i, .parent = i == 1 ? 0u : 1u, .name = "s"});
  }
  EXPECT_LT(to_tree_text(made_trace(deep)).size(), 20'000u * 300);
  EXPECT_THAT(to_tree_text(made_trace(deep)), HasSubstr("⋯ depth 19999 └── s"));
  EXPECT_LT(to_tree_text(made_trace(wide)).size(), 20'000u * 60);
}

TEST(TreeText, ATraceWithoutSpansSaysSo) {
  EXPECT_EQ(to_tree_text(Trace()), "Empty trace\n");
  EXPECT_EQ(to_run_text(Trace()), "Run #   0 steps\n");
}

}  // namespace
}  // namespace tracebus
