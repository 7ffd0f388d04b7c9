// SPDX-License-Identifier: Apache-2.0
//
// Which run an event belongs to, how runs end, and what is counted once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kMinute = 60'000'000'000;

std::vector<std::string> ids_of(const RunPage& page) {
  std::vector<std::string> ids;
  for (const RunSummary& run : page.runs) ids.push_back(run.run_id);
  return ids;
}

// The seed loses the first of two runs that overlap.
TEST(StoreRuns, Row69InterleavedRunsAreGroupedByTheirIds) {
  auto store =
      store_of(R"({"event_type":"pattern_start","pattern_type":"p","run_id":"a","timestamp":1}
{"event_type":"pattern_start","pattern_type":"p","run_id":"b","timestamp":2}
{"event_type":"llm_call","agent_name":"x","run_id":"a","model":"m","cost_usd":0.1,"timestamp":3}
{"event_type":"pattern_end","pattern_type":"p","run_id":"a","timestamp":4}
{"event_type":"llm_call","agent_name":"x","run_id":"b","model":"m","cost_usd":0.25,"timestamp":5}
{"event_type":"pattern_end","pattern_type":"p","run_id":"b","status":"failed","timestamp":9}
)");
  const RunPage page = store->runs();
  EXPECT_THAT(ids_of(page), ElementsAre("b", "a"));
  EXPECT_EQ(page.runs[0].cost_nanos, 250'000'000);
  EXPECT_EQ(page.runs[0].status, RunStatus::kFailed);
  EXPECT_EQ(page.runs[0].duration_s, 7);
  EXPECT_EQ(page.runs[1].cost_nanos, 100'000'000);
  EXPECT_EQ(page.runs[1].status, RunStatus::kSucceeded);
}

TEST(StoreRuns, Row69NestedPatternsWithoutIdsAreOneRun) {
  auto store = store_of(R"({"event_type":"pattern_start","pattern_type":"outer","timestamp":1}
{"event_type":"pattern_start","pattern_type":"inner","timestamp":2}
{"event_type":"pattern_end","pattern_type":"inner","status":"failed","timestamp":3}
{"event_type":"llm_call","agent_name":"x","timestamp":4}
{"event_type":"pattern_end","pattern_type":"outer","timestamp":5}
{"event_type":"pattern_start","pattern_type":"next","timestamp":6}
{"event_type":"pattern_end","pattern_type":"next","timestamp":7}
)");
  const RunPage page = store->runs();
  EXPECT_THAT(ids_of(page), ElementsAre("run_2", "run_1"));
  EXPECT_EQ(page.runs[1].events, 5u);
  EXPECT_EQ(page.runs[1].pattern, "outer");
  EXPECT_EQ(page.runs[1].status, RunStatus::kSucceeded) << "what failed within it was handled";
}

// A file that a process was killed over, and the next one appended to.
TEST(StoreRuns, UsersAsk18RunThatWasCutOffTakesNoEventsOfTheNext) {
  auto store = store_of(R"({"event_type":"pattern_start","pattern_type":"p","timestamp":1000}
{"event_type":"pattern_start","pattern_type":"p","timestamp":9000}
{"event_type":"pattern_end","pattern_type":"p","timestamp":9001}
)",
                        9001'000'000'000);
  const RunPage page = store->runs();
  EXPECT_THAT(ids_of(page), ElementsAre("run_2", "run_1"));
  EXPECT_EQ(page.runs[0].status, RunStatus::kSucceeded);
  EXPECT_EQ(page.runs[1].status, RunStatus::kStale);
}

TEST(StoreRuns, UsersAsk18OpenSpansAreShownAndStaleOnesAsSuch) {
  constexpr std::string_view kOpen =
      R"({"event_type":"agent_start","agent_name":"a","run_id":"r","span_id":"1","timestamp":100}
{"event_type":"tool_start","agent_name":"a","run_id":"r","span_id":"2",)"
      R"("parent_span_id":"1","timestamp":101}
{"event_type":"tool_end","agent_name":"a","run_id":"r","span_id":"2","timestamp":103}
)";
  const std::int64_t last_ns = 103'000'000'000;
  auto store = store_of(kOpen, last_ns + kMinute);
  ASSERT_EQ(store->runs().runs.size(), 1u);
  EXPECT_EQ(store->runs().runs[0].status, RunStatus::kOpen);
  EXPECT_EQ(store->runs().runs[0].open_spans, 1u);
  const SpanPage open = store->query({.open_only = true});
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].event_type, "agent_start");
  EXPECT_FALSE(open[0].is_stale);
  // The end took its duration from the pair, and its parent from the start.
  const SpanPage ended = store->query({.event_type = "tool_end"});
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].duration_ms, 2000);
  EXPECT_TRUE(ended[0].parent_span_id);

  auto later = store_of(kOpen, last_ns + 6 * kMinute);
  EXPECT_EQ(later->runs().runs[0].status, RunStatus::kStale);
  EXPECT_TRUE(later->query({.open_only = true})[0].is_stale);
  EXPECT_EQ(later->runs({.status = RunStatus::kOpen}).matched, 0u);
  EXPECT_EQ(later->runs({.status = RunStatus::kStale}).matched, 1u);
}

TEST(StoreRuns, UsersAsk17OrphansKeepTheirPlaceInTheRun) {
  auto store =
      store_of(R"({"event_type":"agent_end","agent_name":"root","run_id":"r","trace_id":"t1",)"
               R"("span_id":"1","timestamp":9}
{"event_type":"tool_end","agent_name":"x","run_id":"r","trace_id":"t2","span_id":"2",)"
               R"("parent_span_id":"gone","timestamp":5}
)");
  EXPECT_EQ(store->runs().matched, 1u);
  const auto trace = store->trace("r");
  ASSERT_TRUE(trace.ok()) << trace.status();
  const TraceTree tree = trace->get_span_tree();
  ASSERT_EQ(tree.nodes().size(), 2u);
  int orphans = 0;
  for (const TraceNode& node : tree.nodes()) orphans += node.place == TracePlace::kOrphan;
  EXPECT_EQ(orphans, 1);
}

TEST(StoreRuns, EventsWithATraceAloneAreARunOfItsName) {
  const std::string trace = "0123456789abcdef0123456789abcdef";
  auto store = store_of(R"({"event_type":"agent_start","agent_name":"a","trace_id":")" + trace +
                        R"(","span_id":"00000000000000a1","timestamp":1}
{"event_type":"agent_end","agent_name":"a","trace_id":")" +
                        trace + R"(","span_id":"00000000000000a1","timestamp":2})");
  EXPECT_THAT(ids_of(store->runs()), ElementsAre(trace));
  EXPECT_EQ(store->runs().runs[0].status, RunStatus::kSucceeded);
  EXPECT_EQ(store->query({.trace_id = trace}).matched(), 2u);
  EXPECT_TRUE(store->run(trace).ok());
}

TEST(StoreRuns, UnknownRunIsNotFound) {
  auto store = store_of_file(kProductionRuns);
  EXPECT_EQ(store->run("run-999").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store->run("").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store->trace("run-999").status().code(), absl::StatusCode::kNotFound);
}

TEST(StoreRuns, ListIsNewestFirstAndPaged) {
  auto store = store_of_file(kProductionRuns);
  EXPECT_THAT(ids_of(store->runs({.limit = 1})), ElementsAre("run-174"));
  EXPECT_THAT(ids_of(store->runs({.offset = 1, .limit = 5})), ElementsAre("run-173"));
  EXPECT_THAT(ids_of(store->runs({.offset = 7})), ElementsAre());
  EXPECT_EQ(store->runs({.offset = 7}).matched, 2u);
  EXPECT_EQ(store->runs({.workflow = "main"}).matched, 2u);
  EXPECT_EQ(store->runs({.pattern = "debate"}).matched, 0u);
  const std::int64_t june_9 = 1'749'427'200'000'000'000;
  EXPECT_THAT(ids_of(store->runs({.from_ns = june_9})), ElementsAre("run-174"));
  EXPECT_THAT(ids_of(store->runs({.until_ns = june_9})), ElementsAre("run-173"));
}

// Of an id and an agent, and in either order.
TEST(StoreRuns, UsersAsk16CallAndItsCostRecordCountOnce) {
  constexpr std::string_view kCall =
      R"({"event_type":"llm_call_end","agent_name":"a","run_id":"r","span_id":"1",)"
      R"("model":"m","input_tokens":100,"output_tokens":10,"cost_usd":0.5,"timestamp":1})";
  constexpr std::string_view kRecord =
      R"({"event_type":"cost_record","agent_name":"a","run_id":"r","span_id":"1",)"
      R"("model":"m","input_tokens":100,"output_tokens":10,"cost_usd":0.5,"timestamp":2})";
  const std::string call(kCall), record(kRecord);
  for (const std::string& lines :
       {call + "\n" + record, record + "\n" + call, call + "\n" + record + "\n" + record}) {
    auto store = store_of(lines);
    const RunSummary run = store->runs().runs.at(0);
    EXPECT_EQ(run.cost_nanos, 500'000'000) << lines;
    EXPECT_EQ(run.tokens, 110) << lines;
    EXPECT_EQ(run.calls, 1u) << lines;
    EXPECT_EQ(store->summary().total_cost_nanos, 500'000'000) << lines;
    EXPECT_EQ(store->summary().total_tokens, 110) << lines;
  }
}

// Without ids a record belongs to the last call of its agent, and the next record to none.
TEST(StoreRuns, UsersAsk16RecordsWithoutIdsBelongToOneCallEach) {
  auto store = store_of(
      R"({"event_type":"llm_call","agent_name":"a","model":"m","cost_usd":0.5,"timestamp":1}
{"event_type":"cost_record","agent_name":"a","model":"m","cost_usd":0.5,"timestamp":2}
{"event_type":"cost_record","agent_name":"a","model":"m","cost_usd":0.25,"timestamp":3}
{"event_type":"cost_record","agent_name":"b","model":"m","cost_usd":0.125,"timestamp":3}
)");
  EXPECT_EQ(store->summary().total_cost_nanos, 875'000'000);
  EXPECT_EQ(store->costs(GroupBy::kModel).calls, 3u);
}

// As recordings are paired: an agent's oldest start, the innermost pattern.
TEST(StoreRuns, Row69EndsWithoutIdsCloseTheOldestOfAnAgentAndTheInnermostPattern) {
  auto store = store_of(R"({"event_type":"pattern_start","pattern_type":"p","timestamp":1}
{"event_type":"pattern_start","pattern_type":"p","timestamp":2}
{"event_type":"agent_start","agent_name":"a","timestamp":3}
{"event_type":"agent_start","agent_name":"a","timestamp":5}
{"event_type":"agent_end","agent_name":"a","timestamp":10}
{"event_type":"agent_end","agent_name":"a","timestamp":11}
{"event_type":"pattern_end","pattern_type":"p","timestamp":20}
{"event_type":"pattern_end","pattern_type":"p","timestamp":30}
)");
  std::vector<double> durations;
  for (const StoredSpan& span : store->query({.min_duration_ms = 1})) {
    durations.push_back(span.duration_ms);
  }
  EXPECT_THAT(durations, ElementsAre(7000, 6000, 18000, 29000));
}

TEST(StoreRuns, UsersAsk16RecordCountsWhatTheCallLeavesOut) {
  auto store = store_of(R"({"event_type":"llm_call_end","run_id":"r","span_id":"1","model":"m",)"
                        R"("input_tokens":100,"output_tokens":10,"timestamp":1}
{"event_type":"cost_record","run_id":"r","span_id":"1","model":"m","input_tokens":100,)"
                        R"("output_tokens":10,"cost_usd":0.5,"timestamp":2}
{"event_type":"cost_record","run_id":"r","span_id":"2","model":"m","input_tokens":5,)"
                        R"("output_tokens":6,"cost_usd":0.25,"timestamp":3}
{"event_type":"agent_end","run_id":"r","span_id":"3","output_tokens":16,"cost_usd":0.75,)"
                        R"("timestamp":4}
)");
  const RunSummary run = store->runs().runs.at(0);
  EXPECT_EQ(run.cost_nanos, 750'000'000);
  EXPECT_EQ(run.tokens, 121);
  EXPECT_EQ(run.calls, 2u);
  EXPECT_EQ(store->summary().total_cost_nanos, 750'000'000);
}

TEST(StoreRuns, RefusedFiguresAreCountedAndNotSummed) {
  auto store = store_of(
      R"({"event_type":"cost_record","model":"m","cost_usd":-1,"input_tokens":"many","timestamp":1}
{"event_type":"cost_record","model":"m","cost_usd":0.5,"timestamp":2})");
  EXPECT_EQ(store->summary().total_cost_nanos, 500'000'000);
  EXPECT_EQ(store->summary().refused_figures, 2u);
}

}  // namespace
}  // namespace tracebus::testing
