// SPDX-License-Identifier: Apache-2.0
//
// What is told twice counts once: events that a spool sends again, and a model's call that its
// provider tells, too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tracebus/studio/event_record.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

std::string call_end(std::string_view id, std::string_view more = R"("timestamp":2.5)") {
  return R"({"event_type":"llm_call_end","agent_name":"a","run_id":"r","trace_id":"t",)"
         R"("span_id":")" +
         std::string(id) + R"(","parent_span_id":"0","model":"m","input_tokens":10,)" +
         R"("output_tokens":5,"cost_usd":1,"duration_ms":3,)" + std::string(more) + "}\n";
}

void expect_one_call(const TraceStore& store) {
  const CostBreakdown costs = store.costs(GroupBy::kModel);
  EXPECT_EQ(costs.calls, 1u);
  EXPECT_EQ(costs.cost_nanos, 1'000'000'000);
  EXPECT_EQ(store.runs().runs.at(0).calls, 1u);
  EXPECT_EQ(store.runs().runs.at(0).cost_nanos, 1'000'000'000);
  EXPECT_EQ(store.latencies(GroupBy::kModel).at(0).count, 1u);
  EXPECT_EQ(store.providers().providers.at(0).calls, 1u);
  EXPECT_EQ(store.dashboard().providers.at(0).calls, 1u);
}

TEST(StoreRepeated, G13EndThatIsDeliveredTwiceCountsOnceAndIsMarked) {
  auto store = empty_store();
  const std::string lines = call_end("1") + call_end("1");
  const auto reader = read_jsonl(lines);
  const auto report = store->add(*reader);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->spans, 2u);
  EXPECT_EQ(report->duplicates, 1u);
  EXPECT_EQ(store->summary().duplicates, 1u);
  EXPECT_EQ(store->summary().total_duration_ms, 3);
  expect_one_call(*store);
  const SpanPage page = store->query();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_FALSE(page[0].is_duplicate);
  EXPECT_TRUE(page[1].is_duplicate);
}

// The whole of a batch again: starts, tools that failed, agents.
TEST(StoreRepeated, G13BatchThatIsSentAgainChangesNoSum) {
  const std::string batch =
      R"({"event_type":"agent_start","agent_name":"a","run_id":"r","span_id":"0","timestamp":1.5}
{"event_type":"tool_start","agent_name":"a","run_id":"r","span_id":"2",)"
      R"("parent_span_id":"0","timestamp":1.6}
{"event_type":"tool_error","agent_name":"a","run_id":"r","span_id":"2","tool":"t","timestamp":1.7}
)" + call_end("1") +
      R"({"event_type":"cost_record","agent_name":"a","run_id":"r","trace_id":"t",)"
      R"("span_id":"9","model":"m","cost_usd":1,"timestamp":2.6}
{"event_type":"agent_end","agent_name":"a","run_id":"r","span_id":"0","timestamp":3.5}
)";
  auto once = store_of(batch), twice = store_of(batch + batch);
  const RunSummary expected = once->runs().runs.at(0), run = twice->runs().runs.at(0);
  EXPECT_EQ(twice->summary().duplicates, 6u);
  EXPECT_EQ(run.status, expected.status);
  EXPECT_EQ(run.open_spans, 0u);
  EXPECT_EQ(run.errors, expected.errors);
  EXPECT_EQ(run.steps, expected.steps);
  EXPECT_EQ(run.calls, expected.calls);
  EXPECT_EQ(run.cost_nanos, expected.cost_nanos);
  EXPECT_EQ(run.tokens, expected.tokens);
  EXPECT_EQ(twice->latencies(GroupBy::kName, {.kind = SpanKind::kTool}).at(0).count, 1u);
  // As the first: with what it took from its start.
  const SpanPage tools = twice->query({.event_type = "tool_error"});
  ASSERT_EQ(tools.size(), 2u);
  EXPECT_EQ(tools[1].duration_ms, tools[0].duration_ms);
  EXPECT_EQ(tools[1].parent_span_id, tools[0].parent_span_id);
}

TEST(StoreRepeated, DifferentEndsOfOneIdAreSummed) {
  for (const std::string& other :
       {call_end("1", R"("timestamp":2.75)"), call_end("1", R"("timestamp":2.5,"status":"error")"),
        call_end("2")}) {
    auto store = store_of(call_end("1") + other);
    EXPECT_EQ(store->summary().duplicates, 0u) << other;
    EXPECT_EQ(store->summary().total_cost_nanos, 2'000'000'000) << other;
    EXPECT_EQ(store->runs().runs.at(0).calls, 2u) << other;
  }
  std::string elsewhere = call_end("1");
  elsewhere.replace(elsewhere.find(R"("r")"), 3, R"("s")");
  EXPECT_EQ(store_of(call_end("1") + elsewhere)->summary().duplicates, 0u);
}

// Whoever numbers its events says itself which are one.
TEST(StoreRepeated, G13EventsOfDifferentNumbersAreTwo) {
  for (const bool same : {true, false}) {
    auto store = empty_store();
    EventRecord record;
    for (std::uint64_t i = 0; i < 2; ++i) {
      TraceEvent event;
      event.event_type = "llm_call_end";
      event.foreign_ids.run_id = "r";
      event.foreign_ids.span_id = "1";
      event.payload.add("cost_usd", 1.0);
      event.timestamp = Timestamp::from_unix_ns(7);
      event.origin = Origin{5, same ? 1 : i + 1, 2};
      ASSERT_TRUE(record.write(event));
      store->append(record.view());
    }
    EXPECT_EQ(store->summary().duplicates, same ? 1u : 0u);
    EXPECT_EQ(store->runs().runs.at(0).calls, same ? 1u : 2u);
  }
}

// Oracle: 20,000 spans again, after all of them came once.
TEST(StoreRepeated, G13LongSpoolIsRecognised) {
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += call_end("s" + std::to_string(i));
  auto store = store_of(lines + lines);
  EXPECT_EQ(store->summary().duplicates, 20'000u);
  EXPECT_EQ(store->costs(GroupBy::kModel).calls, 20'000u);
}

// --- provider_call_* ---

TEST(StoreRepeated, Row71ProviderCallsAreCallsOfModels) {
  auto store = store_of(
      R"({"event_type":"pattern_start","run_id":"A","pattern_type":"p","timestamp":0}
{"event_type":"provider_call_start","agent_name":"openai","run_id":"A",)"
      R"("payload":{"provider":"openai","model":"gpt-4o"},"timestamp":1}
{"event_type":"provider_call_end","agent_name":"openai","run_id":"A",)"
      R"("payload":{"provider":"openai","input_tokens":180,)"
      R"("output_tokens":140,"duration_seconds":2.4},"timestamp":3.4}
{"event_type":"provider_call_error","agent_name":"openai","run_id":"A",)"
      R"("payload":{"provider":"openai","error":"429","duration_seconds":0.1},"timestamp":4}
{"event_type":"provider_call_start","agent_name":"openai","run_id":"A",)"
      R"("payload":{"provider":"openai","model":"gpt-4o"},"timestamp":4.5}
{"event_type":"pattern_end","run_id":"A","pattern_type":"p","timestamp":5}
)");
  const CostBreakdown costs = store->costs(GroupBy::kProvider);
  EXPECT_EQ(costs.calls, 2u);
  EXPECT_EQ(costs.tokens, 320);
  const RunSummary run = store->runs().runs.at(0);
  EXPECT_EQ(run.calls, 2u);
  EXPECT_EQ(run.errors, 1u);
  EXPECT_EQ(run.open_spans, 1u);
  EXPECT_EQ(store->query({.kind = SpanKind::kLlm}).matched(), 4u);
  EXPECT_EQ(store->query({.status = SpanStatus::kFailed}).matched(), 1u);
  EXPECT_EQ(store->query({.open_only = true}).matched(), 1u);
  const SpanPage ends = store->query({.event_type = "provider_call_end"});
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].model, "gpt-4o") << "its start said it";
  EXPECT_EQ(ends[0].duration_ms, 2400);
  const auto providers = store->providers().providers;
  ASSERT_EQ(providers.size(), 1u);
  EXPECT_EQ(providers[0].calls, 2u);
  EXPECT_EQ(providers[0].errors, 1u);
}

// Below the model's call, or of its id, and in either order; the agent's call stands for it.
TEST(StoreRepeated, Row71ProviderCallWithinAModelsCallCountsOnce) {
  const auto call = [](std::string_view type, std::string_view id, std::string_view parent,
                       std::string_view tokens, std::string_view more = "") {
    return R"({"event_type":")" + std::string(type) + R"(","agent_name":")" +
           (type.starts_with("llm") ? "bull" : "openai") + R"(","run_id":"r","span_id":")" +
           std::string(id) + R"(","parent_span_id":")" + std::string(parent) +
           R"(","input_tokens":10,"output_tokens":)" + std::string(tokens) + std::string(more) +
           R"(,"timestamp":1})" + "\n";
  };
  const std::string model = call("llm_call_end", "1", "0", "5", R"(,"cost_usd":0.5)");
  const std::string below = call("provider_call_end", "2", "1", "5", R"(,"model":"m")");
  const std::string same = call("provider_call_end", "1", "0", "5", R"(,"model":"m")");
  const std::string record =
      R"({"event_type":"cost_record","run_id":"r","span_id":"2","cost_usd":0.5,"timestamp":1})"
      "\n";
  for (const std::string& lines : {model + below, below + model, model + same, same + model,
                                   below + record + model, model + below + record}) {
    auto store = store_of(lines);
    const RunSummary run = store->runs().runs.at(0);
    EXPECT_EQ(run.calls, 1u) << lines;
    EXPECT_EQ(run.tokens, 15) << lines;
    EXPECT_EQ(run.cost_nanos, 500'000'000) << lines;
    const CostBreakdown by_agent = store->costs(GroupBy::kAgent, {.event_type = "llm_call_end"});
    EXPECT_EQ(by_agent.calls, 1u) << lines;
    EXPECT_EQ(by_agent.groups.at(0).name, "bull") << lines;
    EXPECT_EQ(store->costs(GroupBy::kModel, {.event_type = "llm_call_end"}).groups.at(0).name, "m");
    EXPECT_EQ(store->latencies(GroupBy::kRun).at(0).count, 1u) << lines;
    EXPECT_EQ(store->summary().total_cost_nanos, 500'000'000) << lines;
  }
  // Other tokens are another call, and so is one that failed before.
  EXPECT_EQ(store_of(model + call("provider_call_end", "2", "1", "6"))->runs().runs[0].calls, 2u);
  const std::string failed =
      R"({"event_type":"provider_call_error","run_id":"r","span_id":"3","parent_span_id":"1",)"
      R"("timestamp":1})"
      "\n";
  auto retried = store_of(failed + below + model);
  EXPECT_EQ(retried->runs().runs[0].calls, 2u);
  EXPECT_EQ(retried->runs().runs[0].errors, 1u);
  // A failure is one, too, when both tell of it.
  const std::string model_failed =
      R"({"event_type":"llm_call_error","run_id":"r","span_id":"1","parent_span_id":"0",)"
      R"("timestamp":1})"
      "\n";
  for (const std::string& lines : {failed + model_failed, model_failed + failed}) {
    auto store = store_of(lines);
    EXPECT_EQ(store->runs().runs[0].calls, 1u) << lines;
    EXPECT_EQ(store->runs().runs[0].errors, 1u) << lines;
  }
}

}  // namespace
}  // namespace tracebus::testing
