// SPDX-License-Identifier: Apache-2.0
//
// Costs, latencies and the first page, by hand-counted numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

using Cost = std::pair<std::string, std::int64_t>;

std::vector<Cost> costs_of(const std::vector<SpentGroup>& groups) {
  std::vector<Cost> costs;
  for (const SpentGroup& group : groups) costs.emplace_back(group.name, group.cost_nanos);
  return costs;
}

TEST(StoreFigures, Row71DashboardOfTheRealFixture) {
  TraceStore store;
  ASSERT_TRUE(store.load(kFixture).ok());
  const Dashboard board = store.dashboard();
  EXPECT_EQ(board.runs.value, 2);
  EXPECT_EQ(board.success_rate_text(), "50.0 %");
  EXPECT_EQ(board.cost_text(), "$0.0248");
  EXPECT_EQ(board.tokens_text(), "1,840");
  EXPECT_DOUBLE_EQ(*board.latency_s.value, (0.850 + 1.800 + 2.100) / 3);
  EXPECT_EQ(board.latency_text(), "1.6 s");

  // The second run lies in the second half of 64 seconds.
  EXPECT_EQ(board.runs.first_half, 1);
  EXPECT_EQ(board.runs.change(), 0);
  EXPECT_EQ(board.success_rate.first_half, 1);
  EXPECT_EQ(board.success_rate.second_half, 0);
  EXPECT_EQ(board.success_rate.change(), -1);
  EXPECT_DOUBLE_EQ(*board.cost_usd.first_half, 0.0206);
  EXPECT_DOUBLE_EQ(*board.tokens.change(), (540.0 - 1300) / 1300);

  ASSERT_EQ(board.recent_runs.size(), 2u);
  EXPECT_EQ(board.recent_runs[0].run_id, "run_fixture_2");
  ASSERT_EQ(board.cost_over_time.size(), 12u);
  EXPECT_EQ(board.cost_over_time[0].cost_nanos, 20'600'000);
  EXPECT_EQ(board.cost_over_time[10].cost_nanos, 20'600'000);
  EXPECT_EQ(board.cost_over_time[11].cost_nanos, 24'800'000);
  EXPECT_EQ(board.cost_over_time[11].until, board.until);
  EXPECT_THAT(costs_of(board.cost_by_provider),
              ElementsAre(Cost("Anthropic", 18'500'000), Cost("Google", 4'200'000),
                          Cost("OpenAI", 2'100'000)));
  EXPECT_NEAR(board.cost_by_provider[0].share, 0.746, 0.001);
  EXPECT_THAT(costs_of(board.top_agents),
              ElementsAre(Cost("Billing Agent", 18'500'000), Cost("Policy Checker", 4'200'000),
                          Cost("Classifier", 2'100'000)));
  ASSERT_EQ(board.providers.size(), 3u);
  EXPECT_EQ(board.providers[0].name, "Anthropic");
  EXPECT_TRUE(board.providers[0].is_ok);
  EXPECT_EQ(board.providers[0].mean_latency_ms, 1800);
  EXPECT_EQ(board.providers[1].name, "Google");
  EXPECT_EQ(board.providers[1].errors, 1u);
  EXPECT_EQ(board.providers[1].success_rate, 0);
  EXPECT_FALSE(board.providers[1].is_ok);
}

TEST(StoreFigures, Row72WhatNobodySaidIsAbsent) {
  TraceStore empty;
  for (const TraceStore* store : {&empty}) {
    const Dashboard board = store->dashboard();
    EXPECT_FALSE(board.from || board.runs.value || board.success_rate.value);
    EXPECT_FALSE(board.cost_usd.value || board.tokens.value || board.latency_s.value);
    EXPECT_TRUE(board.recent_runs.empty() && board.cost_over_time.empty());
    EXPECT_TRUE(board.cost_by_provider.empty() && board.top_agents.empty());
    EXPECT_TRUE(board.providers.empty());
    EXPECT_EQ(board.success_rate_text() + board.cost_text() + board.tokens_text(), "---");
  }
  // Runs without an outcome, costs and durations have a number and nothing else.
  auto store = store_of(R"({"event_type":"tool_end","agent_name":"a","run_id":"r","span_id":"2",)"
                        R"("parent_span_id":"1","timestamp":5})");
  const Dashboard board = store->dashboard();
  EXPECT_EQ(board.runs.value, 1);
  EXPECT_FALSE(board.success_rate.value || board.cost_usd.value || board.latency_s.value);
  EXPECT_FALSE(board.runs.change());
  EXPECT_TRUE(board.cost_over_time.empty() && board.providers.empty());
}

TEST(StoreFigures, Row76CostByModelWorkflowAndDay) {
  auto store = store_of_file(kProductionRuns);
  const CostBreakdown by_model = store->costs(GroupBy::kModel);
  EXPECT_THAT(costs_of(by_model.groups), ElementsAre(Cost("claude-sonnet-4-20250514", 8'400'000),
                                                     Cost("claude-haiku-3-5-20241022", 930'000),
                                                     Cost("gpt-4o-mini", 190'000)));
  EXPECT_EQ(by_model.cost_nanos, 9'520'000);
  EXPECT_EQ(by_model.calls, 6u);
  EXPECT_NEAR(by_model.groups[0].share, 0.882, 0.001);

  const CostBreakdown by_workflow = store->costs(GroupBy::kWorkflow);
  ASSERT_EQ(by_workflow.groups.size(), 1u);
  EXPECT_EQ(by_workflow.groups[0].name, "main");
  EXPECT_EQ(by_workflow.groups[0].runs, 2u);
  EXPECT_DOUBLE_EQ(by_workflow.groups[0].usd_per_run(), 0.00476);

  EXPECT_THAT(costs_of(store->costs(GroupBy::kDay).groups),
              ElementsAre(Cost("2025-06-09", 8'920'000), Cost("2025-06-08", 600'000)));
  EXPECT_THAT(costs_of(store->costs(GroupBy::kHour).groups),
              ElementsAre(Cost("2025-06-09T14", 8'920'000), Cost("2025-06-08T14", 600'000)));
  EXPECT_THAT(costs_of(store->costs(GroupBy::kProvider).groups),
              ElementsAre(Cost("Anthropic", 9'330'000), Cost("OpenAI", 190'000)));
  EXPECT_THAT(costs_of(store->costs(GroupBy::kRun).groups),
              ElementsAre(Cost("run-174", 8'920'000), Cost("run-173", 600'000)));
  EXPECT_THAT(costs_of(store->costs(GroupBy::kPattern).groups),
              ElementsAre(Cost("supervisor", 9'520'000)));
  EXPECT_THAT(costs_of(store->costs(GroupBy::kAgent, {.model = "gpt-4o-mini"}).groups),
              ElementsAre(Cost("technical_agent", 190'000)));
}

TEST(StoreFigures, UsersAsk16CacheTokensAndUnpricedCallsAreShown) {
  auto store =
      store_of(R"({"event_type":"llm_call_end","agent_name":"a","model":"m","input_tokens":100,)"
               R"("output_tokens":10,"cache_read_input_tokens":60,"cache_creation_input_tokens":5,)"
               R"("cost_usd":0.5,"timestamp":1}
{"event_type":"llm_call_end","agent_name":"b","model":"m","input_tokens":1,)"
               R"("output_tokens":2,"timestamp":2}
)");
  const CostBreakdown costs = store->costs(GroupBy::kModel);
  ASSERT_EQ(costs.groups.size(), 1u);
  const SpentGroup& group = costs.groups[0];
  EXPECT_EQ(group.calls, 2u);
  EXPECT_EQ(group.unpriced_calls, 1u);
  EXPECT_EQ(group.input_tokens, 101);
  EXPECT_EQ(group.output_tokens, 12);
  EXPECT_EQ(group.cache_read_tokens, 60);
  EXPECT_EQ(group.cache_write_tokens, 5);
}

TEST(StoreFigures, TimesBefore1970FallOnTheirDay) {
  auto store = store_of(R"({"event_type":"cost_record","model":"m","cost_usd":1,)"
                        R"("timestamp":"1969-12-31T23:59:59.5Z"})");
  EXPECT_EQ(store->costs(GroupBy::kDay).groups.at(0).name, "1969-12-31");
  EXPECT_EQ(store->costs(GroupBy::kHour).groups.at(0).name, "1969-12-31T23");
}

// Durations 1 to 200 ms in a scattered order: the rank is the value.
TEST(StoreFigures, PercentilesAreTheNearestRank) {
  std::string lines;
  for (int i = 0; i < 200; ++i) {
    lines += R"({"event_type":"llm_call","agent_name":"a","model":"m","duration_ms":)" +
             std::to_string(i * 77 % 200 + 1) + R"(,"timestamp":1})" + "\n";
  }
  lines += R"({"event_type":"llm_call_error","agent_name":"b","model":"n","timestamp":1})"
           "\n"
           R"({"event_type":"tool_end","agent_name":"b","tool":"t","duration_ms":9,)"
           R"("timestamp":1})";
  auto store = store_of(lines);
  const auto by_model = store->latencies(GroupBy::kModel);
  ASSERT_EQ(by_model.size(), 2u);
  EXPECT_EQ(by_model[0].name, "m");
  EXPECT_EQ(by_model[0].count, 200u);
  EXPECT_EQ(by_model[0].p50_ms, 100);
  EXPECT_EQ(by_model[0].p90_ms, 180);
  EXPECT_EQ(by_model[0].p99_ms, 198);
  EXPECT_EQ(by_model[0].max_ms, 200);
  EXPECT_DOUBLE_EQ(*by_model[0].mean_ms, 100.5);
  EXPECT_EQ(by_model[1].errors, 1u);
  EXPECT_FALSE(by_model[1].p50_ms) << "nobody said how long it took";
  const auto tools = store->latencies(GroupBy::kName, {.kind = SpanKind::kTool});
  ASSERT_EQ(tools.size(), 1u);
  EXPECT_EQ(tools[0].name, "t");
  EXPECT_EQ(tools[0].p50_ms, 9);
}

}  // namespace
}  // namespace tracebus::testing
