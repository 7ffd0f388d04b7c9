// SPDX-License-Identifier: Apache-2.0
//
// What an event knows of those around it: the run that an agent began, the agent of a span above,
// and how a run ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

std::string agent(std::string_view moment, std::string_view name, int second,
                  std::string_view more = "") {
  return R"({"event_type":"agent_)" + std::string(moment) + R"(","agent_name":")" +
         std::string(name) + '"' + std::string(more) + R"(,"timestamp":)" + std::to_string(second) +
         "}\n";
}

std::string record(std::string_view name, int second) {
  return R"({"event_type":"cost_record","agent_name":")" + std::string(name) +
         R"(","pattern_type":"agent","payload":{"model":"m","cost_usd":0.5},"timestamp":)" +
         std::to_string(second) + "}\n";
}

std::vector<std::uint64_t> events_of(const RunPage& page) {
  std::vector<std::uint64_t> events;
  for (const RunSummary& run : page.runs) events.push_back(run.events);
  return events;
}

// --- Runs that an agent began ---

TEST(StoreLineage, Row18FileOfTheAgentHookAloneIsARunEach) {
  auto store = store_of(agent("start", "a", 10) + record("a", 11) + agent("end", "a", 12) +
                        agent("start", "a", 20) + record("a", 21) + agent("end", "a", 22));
  const RunPage page = store->runs();
  EXPECT_THAT(events_of(page), ElementsAre(3, 3));
  for (const RunSummary& run : page.runs) {
    EXPECT_EQ(run.workflow, "a");
    EXPECT_EQ(run.status, RunStatus::kSucceeded);
    EXPECT_EQ(run.cost_nanos, 500'000'000);
    EXPECT_EQ(run.duration_s, 2);
  }
  EXPECT_EQ(store->runs({.workflow = "a"}).matched, 2u);
  const auto trace = store->trace(page.runs[0].run_id);
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->get_span_tree().nodes().size(), 1u);
}

TEST(StoreLineage, Row69AgentsThatBeginWithinAnotherAreOfItsRun) {
  // One within the other, one that goes on behind it, and one that was cut off.
  auto store = store_of(agent("start", "a", 1) + agent("start", "b", 2) + record("b", 3) +
                        agent("end", "b", 4) + agent("start", "c", 5) + agent("end", "a", 6) +
                        agent("start", "d", 7) + record("c", 8) + agent("end", "c", 9) +
                        agent("end", "d", 10) + agent("start", "e", 11));
  const RunPage page = store->runs();
  EXPECT_THAT(events_of(page), ElementsAre(1, 2, 8));
  EXPECT_EQ(page.runs[2].workflow, "a");
  EXPECT_EQ(page.runs[2].steps, 3u);
  EXPECT_EQ(page.runs[2].open_spans, 0u);
  EXPECT_EQ(page.runs[2].status, RunStatus::kSucceeded);
  EXPECT_NE(page.runs[0].open_spans, 0u);
  // An agent that calls itself ends once it has ended as often as it began.
  auto itself = store_of(agent("start", "a", 1) + agent("start", "a", 2) + agent("end", "a", 3) +
                         agent("end", "a", 4) + agent("start", "a", 5));
  EXPECT_THAT(events_of(itself->runs()), ElementsAre(1, 4));
}

TEST(StoreLineage, Row69PatternsKeepTheirAgents) {
  const std::string pattern = R"({"event_type":"pattern_start","pattern_type":"p","timestamp":1})"
                              "\n";
  const std::string end = R"({"event_type":"pattern_end","pattern_type":"p","timestamp":9})"
                          "\n";
  // Without the agent's end, as after an exception.
  auto store = store_of(pattern + agent("start", "a", 2) + end + agent("start", "b", 10) +
                        agent("end", "b", 11));
  EXPECT_THAT(events_of(store->runs()), ElementsAre(2, 3));
  EXPECT_EQ(store->runs().runs[1].workflow, "p");
  // A pattern within an agent does not end the agent's run.
  auto within = store_of(agent("start", "a", 0) + pattern + end + agent("end", "a", 10));
  EXPECT_THAT(events_of(within->runs()), ElementsAre(4));
  EXPECT_EQ(within->runs().runs[0].workflow, "a");
}

// --- Agents of spans above ---

std::string span(std::string_view type, std::string_view id, std::string_view parent,
                 std::string_view name = "", std::string_view run = "r") {
  std::string line = R"({"event_type":")" + std::string(type) + R"(","trace_id":")" +
                     std::string(run) + R"(","span_id":")" + std::string(id) + '"';
  if (!parent.empty()) line += R"(,"parent_span_id":")" + std::string(parent) + '"';
  if (!name.empty()) line += R"(,"agent_name":")" + std::string(name) + '"';
  if (type.starts_with("llm")) line += R"(,"model":"m","cost_usd":0.5)";
  return line + R"(,"timestamp":5})" + "\n";
}

TEST(StoreLineage, UsersAsk17CallWithoutAnAgentIsOfTheNearestAbove) {
  const std::string root = span("agent_end", "1", "", "planner");
  const std::string inner = span("agent_end", "2", "1", "searcher");
  const std::string chain = span("chain_end", "3", "2");
  const std::string call = span("llm_call_end", "4", "3");
  const std::string other = span("llm_call_end", "5", "1");
  // OTLP sends children first.
  for (const std::string& lines :
       {root + inner + chain + call + other, call + chain + other + inner + root,
        chain + call + root + other + inner, other + call + root + chain + inner,
        call + inner + chain + root + other}) {
    auto store = store_of(lines);
    const CostBreakdown costs = store->costs(GroupBy::kAgent);
    ASSERT_EQ(costs.groups.size(), 2u) << lines;
    EXPECT_EQ(costs.groups[0].name, "planner") << lines;
    EXPECT_EQ(costs.groups[1].name, "searcher") << lines;
    EXPECT_EQ(store->query({.event_type = "llm_call_end", .agent_name = "searcher"}).matched(), 1u);
    const auto graph = store->graph();
    ASSERT_TRUE(graph.ok()) << graph.status();
    int from_user = 0, to_model = 0;
    for (const GraphEdge& edge : graph->edges) {
      const bool is_to_model = graph->nodes[edge.to].kind == GraphNodeKind::kModel;
      to_model += is_to_model;
      from_user += is_to_model && graph->nodes[edge.from].label.empty();
    }
    EXPECT_EQ(to_model, 2) << lines;
    EXPECT_EQ(from_user, 0) << lines;
    const auto trace = store->trace("r");
    ASSERT_TRUE(trace.ok()) << trace.status();
    for (const TraceNode& node : trace->get_span_tree().nodes()) {
      EXPECT_FALSE(trace->get_span_tree().span_of(node).agent_name().empty()) << lines;
    }
    // The event says what it said.
    const SpanPage calls = store->query({.event_type = "llm_call_end"});
    EXPECT_NE(store->event_json(calls[0].number)->find(R"("agent_name":"")"), std::string::npos);
  }
}

TEST(StoreLineage, UsersAsk17CallOfAnotherTraceOrWithNobodyAboveSaysNone) {
  auto store = store_of(
      span("agent_end", "1", "", "planner") + span("llm_call_end", "4", "1", "", "other") +
      span("llm_call_end", "5", "") + span("llm_call_end", "6", "6") + span("chain_end", "7", "8") +
      span("chain_end", "8", "7") + span("llm_call_end", "9", "7"));
  const CostBreakdown costs = store->costs(GroupBy::kAgent);
  ASSERT_EQ(costs.groups.size(), 1u);
  EXPECT_EQ(costs.groups[0].name, "");
  EXPECT_EQ(costs.calls, 4u);
}

// --- How a run ended ---

TEST(StoreLineage, RunIsASuccessWhereWhatEndedAtItsTopSaysNothing) {
  const auto status_of = [](const std::string& lines) {
    return store_of(lines)->runs().runs.at(0).status;
  };
  const auto end = [](std::string_view more) { return agent("end", "a", 5, more); };
  EXPECT_EQ(status_of(end(R"(,"run_id":"r","span_id":"1")")), RunStatus::kSucceeded);
  EXPECT_EQ(status_of(end(R"(,"run_id":"r")")), RunStatus::kSucceeded);
  EXPECT_EQ(status_of(end(R"(,"run_id":"r","status":"error")")), RunStatus::kFailed);
  EXPECT_EQ(status_of(end(R"(,"run_id":"r","span_id":"1","parent_span_id":"0")")),
            RunStatus::kUnknown);
  // Below a pattern, whose end never came.
  const std::string pattern = R"({"event_type":"pattern_end","run_id":"r","pattern_type":"p",)"
                              R"("status":"failed","timestamp":1})"
                              "\n";
  EXPECT_EQ(status_of(pattern + end(R"(,"run_id":"r")")), RunStatus::kFailed);
  EXPECT_EQ(status_of(R"({"event_type":"llm_call","run_id":"r","timestamp":1})"),
            RunStatus::kUnknown);
}

}  // namespace
}  // namespace tracebus::testing
