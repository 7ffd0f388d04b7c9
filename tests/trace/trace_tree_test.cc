// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/trace/made_trace.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::made_trace;
using testing::MadeSpan;
using testing::span_id;

// Each node as "<depth><place><id>": r root, o orphan, c cycle, . child; * a duplicate.
std::vector<std::string> shape_of(const Trace& trace) {
  const TraceTree tree = trace.get_span_tree();
  std::vector<std::string> shape;
  for (const TraceNode& node : tree.nodes()) {
    constexpr std::string_view kPlaces = ".roc";
    std::string text = std::to_string(node.depth);
    text += kPlaces[static_cast<std::size_t>(node.place)];
    const SpanId id = tree.span_of(node).span_id();
    text += std::to_string(id.bytes[7]);
    if (tree.span_of(node).is_duplicate()) text += '*';
    shape.push_back(text);
  }
  return shape;
}

Payload usage(std::int64_t input, std::int64_t output) {
  return {{"input_tokens", input}, {"output_tokens", output}};
}
Payload usage(std::int64_t input, std::int64_t output, double cost) {
  return {{"input_tokens", input}, {"output_tokens", output}, {"cost_usd", cost}};
}

TEST(TraceTree, Row39_RootIsTheFirstSpanWithoutAParent) {
  const Trace trace = made_trace({{.id = 5, .parent = 9, .name = "orphan"},
                                  {.id = 2, .name = "late", .start_ms = 7},
                                  {.id = 3, .name = "early", .start_ms = 1}});
  ASSERT_NE(trace.get_root_span(), nullptr);
  EXPECT_EQ(trace.get_root_span()->name(), "late");
  EXPECT_EQ(Trace().get_root_span(), nullptr);
  EXPECT_EQ(made_trace({{.id = 5, .parent = 9}}).get_root_span(), nullptr);
}

TEST(TraceTree, Row39_ChildrenStandBelowTheirParentByTheirStart) {
  EXPECT_THAT(shape_of(made_trace({{.id = 4, .parent = 2, .start_ms = 9},
                                   {.id = 3, .parent = 2, .start_ms = 5},
                                   {.id = 6, .parent = 1, .start_ms = 20},
                                   {.id = 5, .parent = 3, .start_ms = 6},
                                   {.id = 2, .parent = 1, .start_ms = 1},
                                   {.id = 1}})),
              ElementsAre("0r1", "1.2", "2.3", "3.5", "2.4", "1.6"));
}

TEST(TraceTree, Row39_OrphansAndFurtherRootsAreKept) {
  EXPECT_THAT(shape_of(made_trace({{.id = 1, .start_ms = 3},
                                   {.id = 2, .parent = 77, .start_ms = 2},
                                   {.id = 3, .parent = 2, .start_ms = 4},
                                   {.id = 4, .start_ms = 1}})),
              ElementsAre("0r4", "0o2", "1.3", "0r1"));
}

TEST(TraceTree, Row39_CyclesAreKeptAndCutAtTheirEarliestSpan) {
  // 1 is its own parent; 2 -> 3 -> 4 -> 2; 5 hangs on 4, and 6 on 5.
  EXPECT_THAT(shape_of(made_trace({{.id = 1, .parent = 1, .start_ms = 50},
                                   {.id = 2, .parent = 4, .start_ms = 12},
                                   {.id = 3, .parent = 2, .start_ms = 10},
                                   {.id = 4, .parent = 3, .start_ms = 11},
                                   {.id = 5, .parent = 4, .start_ms = 1},
                                   {.id = 6, .parent = 5, .start_ms = 0}})),
              ElementsAre("0c3", "1.4", "2.5", "3.6", "2.2", "0c1"));
}

TEST(TraceTree, OfSpansWithOneIdTheFirstHasTheChildren) {
  EXPECT_THAT(shape_of(made_trace({{.id = 1},
                                   {.id = 2, .parent = 1, .start_ms = 5},
                                   {.id = 2, .parent = 1, .start_ms = 2},
                                   {.id = 3, .parent = 2, .start_ms = 6}})),
              ElementsAre("0r1", "1.2*", "1.2", "2.3"));
}

TEST(TraceTree, SizesAndLastSiblingsAreTold) {
  const TraceTree tree = made_trace({{.id = 1},
                                     {.id = 2, .parent = 1, .start_ms = 1},
                                     {.id = 3, .parent = 2, .start_ms = 2},
                                     {.id = 4, .parent = 1, .start_ms = 3}})
                             .get_span_tree();
  std::vector<std::uint32_t> sizes;
  std::vector<bool> last;
  for (const TraceNode& node : tree.nodes()) {
    sizes.push_back(node.subtree);
    last.push_back(node.is_last);
  }
  EXPECT_THAT(sizes, ElementsAre(4, 2, 1, 1));
  EXPECT_THAT(last, ElementsAre(true, false, true, true));
  EXPECT_EQ(tree.tops(), 1u);
}

TEST(TraceTree, Row39_AChainOf100000SpansIsNoDeeperThanAnArray) {
  constexpr std::uint64_t kSpans = 100'000;
  std::vector<MadeSpan> spans;
  for (std::uint64_t i = kSpans; i >= 1; --i) {
    spans.push_back({.id = i,
                     .parent = i - 1,
                     .kind = SpanKind::kLlm,
                     .start_ms = static_cast<std::int64_t>(i),
                     .attributes = usage(1, 2, 0.001)});
  }
  // And the same again as one cycle.
  const TraceTree chain = made_trace(spans).get_span_tree();
  ASSERT_EQ(chain.nodes().size(), kSpans);
  EXPECT_EQ(chain.nodes().back().depth, kSpans - 1);
  EXPECT_EQ(chain.nodes().front().total.usage.output, 2 * std::int64_t{kSpans});
  EXPECT_EQ(chain.total().cost.to_text(), "100.0");
  spans.back().parent = kSpans;
  const TraceTree cycle = made_trace(spans).get_span_tree();
  ASSERT_EQ(cycle.nodes().size(), kSpans);
  EXPECT_EQ(cycle.nodes().front().place, TracePlace::kCycle);
}

TEST(TraceTree, FiguresAddUpAlongTheTree) {
  constexpr auto kLlm = SpanKind::kLlm;
  const TraceTree tree =
      made_trace({{.id = 1, .kind = SpanKind::kPattern},
                  {.id = 2, .parent = 1, .start_ms = 1},
                  {.id = 3, .parent = 2, .kind = kLlm, .attributes = usage(450, 380, 0.00094)},
                  {.id = 4, .parent = 2, .kind = kLlm, .attributes = usage(10, 20, 0.1)},
                  {.id = 5, .parent = 1, .kind = kLlm, .start_ms = 2, .attributes = usage(7, 8)}})
          .get_span_tree();
  const SpanFigures& agent = tree.nodes()[1].total;
  EXPECT_EQ(agent.usage, (TokenUsage{.input = 460, .output = 400}));
  EXPECT_EQ(agent.cost.value(), 100'940'000);  // 0.1 + 0.00094, which is no double
  EXPECT_EQ(agent.calls, 2);
  EXPECT_EQ(agent.unpriced, 0);
  EXPECT_EQ(tree.nodes()[1].own, SpanFigures());
  EXPECT_EQ(tree.total().usage, (TokenUsage{.input = 467, .output = 408}));
  EXPECT_EQ(tree.total().calls, 3);
  EXPECT_EQ(tree.total().unpriced, 1) << "5 said tokens, and no cost";
}

TEST(TraceTree, WhatAnAgentSumsUpCountsOnlyWhereNothingBelowItSaysAny) {
  const TraceTree told_twice =
      made_trace({{.id = 1, .attributes = usage(100, 50, 0.5)},
                  {.id = 2, .parent = 1, .kind = SpanKind::kLlm, .attributes = usage(90, 40)}})
          .get_span_tree();
  EXPECT_EQ(told_twice.total().usage, (TokenUsage{.input = 90, .output = 40}));
  EXPECT_EQ(told_twice.total().cost.to_text(), "0.5") << "which the call did not say";
  EXPECT_EQ(told_twice.total().unpriced, 0) << "the call is in that sum";

  const TraceTree costs_told_twice =
      made_trace({{.id = 1, .attributes = usage(100, 50, 0.5)},
                  {.id = 2, .parent = 1, .kind = SpanKind::kLlm, .attributes = usage(9, 4, 0.25)}})
          .get_span_tree();
  EXPECT_EQ(costs_told_twice.total().cost.to_text(), "0.25");

  const TraceTree told_once = made_trace({{.id = 1, .attributes = usage(100, 50, 0.5)},
                                          {.id = 2, .parent = 1, .kind = SpanKind::kTool}})
                                  .get_span_tree();
  EXPECT_EQ(told_once.total().usage, (TokenUsage{.input = 100, .output = 50}));
  EXPECT_EQ(told_once.nodes()[0].own, told_once.total());
}

TEST(TraceTree, CostRecordsCountForTheirSpanOnce) {
  TraceCollector collector;
  const auto record = [&](std::uint64_t span, double cost) {
    TraceEvent event;
    event.event_type = "cost_record";
    event.ids = {.run_id = {},
                 .trace_id = testing::trace_id(0xab),
                 .span_id = span_id(span),
                 .parent_span_id = {}};
    event.payload = {{"input_tokens", 5}, {"output_tokens", 6}, {"cost_usd", cost}};
    EXPECT_TRUE(collector.add(event));
  };
  record(3, 0.25);  // before its span
  collector.add(testing::event_of({.id = 1}));
  collector.add(testing::event_of(
      {.id = 2, .parent = 1, .kind = SpanKind::kLlm, .attributes = usage(1, 1, 0.125)}));
  collector.add(testing::event_of(
      {.id = 3, .parent = 1, .kind = SpanKind::kLlm, .start_ms = 1, .attributes = usage(1, 1)}));
  record(2, 0.5);   // whose own cost counts
  record(99, 1.0);  // of a span that is not there
  const TraceTree tree = collector.latest().get_span_tree();
  EXPECT_EQ(tree.nodes()[0].total.cost.to_text(), "0.375");
  EXPECT_EQ(tree.nodes()[0].total.usage, (TokenUsage{.input = 2, .output = 2}));
  EXPECT_EQ(tree.nodes()[0].total.calls, 2);
  EXPECT_EQ(tree.total().cost.to_text(), "1.375");
  EXPECT_EQ(collector.stats().cost_events, 3u);
}

TEST(TraceTree, AnEmptyTraceHasNoNodes) {
  EXPECT_THAT(Trace().get_span_tree().nodes(), IsEmpty());
  EXPECT_EQ(Trace().get_span_tree().tops(), 0u);
}

}  // namespace
}  // namespace tracebus
