// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_tracker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tracebus {
namespace {

constexpr std::chrono::seconds kLong{20};

std::map<std::string, std::int64_t> costs(const std::vector<CostGroup>& groups) {
  std::map<std::string, std::int64_t> by_name;
  for (const CostGroup& group : groups) {
    by_name[group.is_others ? "(others)" : group.name] = group.sums.cost().value();
  }
  return by_name;
}
using Costs = std::map<std::string, std::int64_t>;

std::shared_ptr<const PriceTable> prices() {
  auto table = std::make_shared<PriceTable>();
  EXPECT_TRUE(table->add("gpt-4o", {.input = 2'500'000, .output = 10'000'000}).ok());
  return table;
}

TEST(CostTracker, Row44_SumsByPatternAgentAndModelAreExact) {
  CostTracker tracker;
  for (int i = 0; i < 10; ++i) tracker.record("pipeline", "analyst", "gpt-4o", 450, 120, 0.1);
  tracker.record("debate", "writer", "gpt-4o", 10, 20, 0.0023);
  EXPECT_EQ(tracker.total_cost().value(), 1'002'300'000);  // ten doubles of 0.1 are not 1
  EXPECT_EQ(costs(tracker.by_pattern()),
            (Costs{{"pipeline", 1'000'000'000}, {"debate", 2'300'000}}));
  EXPECT_EQ(costs(tracker.by_agent()), (Costs{{"analyst", 1'000'000'000}, {"writer", 2'300'000}}));
  EXPECT_EQ(costs(tracker.by_model()), (Costs{{"gpt-4o", 1'002'300'000}}));
  EXPECT_EQ(tracker.total().tokens(), 5730);
  EXPECT_EQ(tracker.total().calls(), 11);
}

TEST(CostTracker, Row44_TheSummaryHasTheSeedsKeys) {
  CostTracker tracker;
  EXPECT_EQ(tracker.summary().to_json(),
            "{\"total_cost_usd\": 0.0, \"total_tokens\": 0, \"entries\": 0, \"by_pattern\": {}, "
            "\"by_agent\": {}, \"by_model\": {}}");
  tracker.record("pipeline", "a\"b", "gpt-4o", 450, 120, 0.0248);
  tracker.record("pipeline", "c", "gpt-4o", 1, 2, 0.5);
  EXPECT_EQ(
      tracker.summary().to_json(),
      "{\"total_cost_usd\": 0.5248, \"total_tokens\": 573, \"entries\": 2, "
      "\"by_pattern\": {\"pipeline\": 0.5248}, \"by_agent\": {\"a\\\"b\": 0.0248, \"c\": 0.5}, "
      "\"by_model\": {\"gpt-4o\": 0.5248}}");
}

TEST(CostTracker, Row44_EveryDimensionAddsUpToTheTotal) {
  CostTracker tracker;
  const RunId run = *RunId::from_hex("000102030405060708090a0b0c0d0e0f");
  CostEntry entry{.pattern = "p",
                  .agent = "a",
                  .model = "m",
                  .provider = "openai",
                  .workflow = "w",
                  .session = "s",
                  .user = "u",
                  .cost = NanoDollars(5)};
  entry.ids.run_id = run;
  entry.time = Timestamp{1'781'600'399, 0};  // 2026-06-16T08:59:59Z
  tracker.record(entry);
  entry.ids.run_id = RunId::from_foreign("run_fixture_1");
  entry.foreign_run = "run_fixture_1";
  entry.time = Timestamp{-1, 999'999'999};  // 1969
  tracker.record(entry);
  tracker.record({.cost = NanoDollars(7)});
  EXPECT_EQ(costs(tracker.by(CostDimension::kRun)),
            (Costs{{run.hex(), 5}, {"run_fixture_1", 5}, {"", 7}}));
  EXPECT_EQ(costs(tracker.by(CostDimension::kProvider)), (Costs{{"openai", 10}, {"", 7}}));
  const Costs days = costs(tracker.by(CostDimension::kDay));
  EXPECT_EQ(days.size(), 3u);
  EXPECT_EQ(days.at("2026-06-16"), 5);
  EXPECT_EQ(days.at("1969-12-31"), 5);
  for (std::size_t i = 0; i < kCostDimensions; ++i) {
    std::int64_t sum = 0;
    for (const auto& [name, cost] : costs(tracker.by(static_cast<CostDimension>(i)))) sum += cost;
    EXPECT_EQ(sum, 17) << i;
  }
}

TEST(CostTracker, Row44_DaysAreOfTheOffsetThatWasAskedFor) {
  CostTracker tracker({.day_offset_s = 2 * 3600});
  tracker.record({.time = Timestamp{86'400 - 7'201, 0}, .cost = NanoDollars(1)});
  tracker.record({.time = Timestamp{86'400 - 7'200, 0}, .cost = NanoDollars(2)});
  EXPECT_EQ(costs(tracker.by(CostDimension::kDay)), (Costs{{"1970-01-01", 1}, {"1970-01-02", 2}}));
}

TEST(CostTracker, Row44_NegativeAmountsAndNaNAreRefusedAndCounted) {
  CostTracker tracker;
  EXPECT_EQ(tracker.record("p", "a", "m", 1, 1, -0.01), CostResult::kNegativeCost);
  EXPECT_EQ(tracker.record("p", "a", "m", 1, 1, std::nan("")), CostResult::kCostNotANumber);
  EXPECT_EQ(tracker.record("p", "a", "m", -1, 1, 0.01), CostResult::kNegativeTokens);
  EXPECT_EQ(tracker.record({.cost = NanoDollars(-1)}), CostResult::kNegativeCost);
  EXPECT_EQ(tracker.total(), CostSums());
  EXPECT_TRUE(tracker.by_agent().empty());
  const CostStats stats = tracker.stats();
  EXPECT_EQ(stats[CostResult::kNegativeCost], 2u);
  EXPECT_EQ(stats[CostResult::kCostNotANumber], 1u);
  EXPECT_EQ(stats[CostResult::kNegativeTokens], 1u);
  EXPECT_EQ(stats[CostResult::kCounted], 0u);
}

TEST(CostTracker, Row44_SumsBeyondAllAmountsStayAtTheLargestAndSaySo) {
  CostTracker tracker;
  EXPECT_EQ(tracker.record({.cost = NanoDollars::max()}), CostResult::kCounted);
  EXPECT_EQ(tracker.record({.usage = {.input = 3}, .cost = NanoDollars(1)}),
            CostResult::kSaturated);
  EXPECT_EQ(tracker.total_cost(), NanoDollars::max());
  EXPECT_EQ(tracker.total().usage().input, 3);
  EXPECT_EQ(tracker.stats()[CostResult::kSaturated], 1u);
}

TEST(CostTracker, Row44_BeyondTheLimitGroupsAreAmongTheOthersAndNothingIsLost) {
  CostTrackerOptions options;
  options.groups_max[static_cast<std::size_t>(CostDimension::kAgent)] = 2;
  options.groups_max[static_cast<std::size_t>(CostDimension::kUser)] = 0;
  CostTracker tracker(options);
  for (const std::string_view agent : {"a", "b", "c", "", "d", "a"}) {
    tracker.record({.agent = agent, .user = "u", .cost = NanoDollars(1)});
  }
  tracker.record({.agent = std::string(257, 'a'), .cost = NanoDollars(1)});
  EXPECT_EQ(costs(tracker.by_agent()), (Costs{{"a", 2}, {"b", 1}, {"", 1}, {"(others)", 3}}));
  EXPECT_TRUE(tracker.by_agent().front().is_others);
  EXPECT_TRUE(tracker.by(CostDimension::kUser).empty());
}

TEST(CostTracker, Row45_WithoutACostThePricesSayItAndUnknownModelsAreUnpriced) {
  CostTracker tracker({.prices = prices()});
  for (int i = 0; i < 2; ++i) {  // looked up, then remembered
    EXPECT_EQ(
        tracker.record({.model = "gpt-4o-2024-08-06", .usage = {.input = 1000, .output = 100}}),
        CostResult::kCounted);
    EXPECT_EQ(tracker.record({.model = "novel", .usage = {.input = 70}}), CostResult::kUnpriced);
  }
  EXPECT_EQ(tracker.record({.usage = {.input = 1}}), CostResult::kUnpriced);
  EXPECT_EQ(tracker.record({.model = "novel", .cost = NanoDollars(0)}), CostResult::kCounted);
  EXPECT_EQ(tracker.total_cost().value(), 2 * 3'500'000);
  EXPECT_EQ(tracker.total().unpriced(), 3);
  EXPECT_EQ(tracker.stats()[CostResult::kUnpriced], 3u);
  for (const CostGroup& group : tracker.by_model()) {
    if (group.name == "novel") {
      EXPECT_EQ(group.sums.unpriced(), 2);
      EXPECT_EQ(group.sums.usage().input, 140);
    }
  }
}

// What a watching tracker makes of one event.
class WatchedBus {
 public:
  explicit WatchedBus(CostTrackerOptions options = {}) : tracker(std::move(options)) {
    auto watched = tracker.watch(bus);
    EXPECT_TRUE(watched.ok()) << watched.status().message();
    if (watched.ok()) watching_ = std::move(*watched);
  }
  void emit(Payload payload, std::string_view type = "cost_record") {
    EXPECT_EQ(bus.emit({.event_type = type,
                        .agent_name = "analyst",
                        .pattern_type = "pipeline",
                        .payload = std::move(payload)}),
              EmitResult::kAccepted);
    flush();
  }
  void flush() { EXPECT_TRUE(bus.flush(kLong).ok()); }

  TraceEventBus bus;
  CostTracker tracker;

 private:
  ScopedSubscription watching_;
};

TEST(CostTracker, Row44_AsASubscriberItReadsTheSeedsEvents) {
  WatchedBus watched;
  watched.emit(
      {{"model", "gpt-4o"}, {"input_tokens", 450}, {"output_tokens", 120}, {"cost_usd", 0.0023}});
  watched.emit({{"cost_usd", "0.000000001"}, {"model", "gpt-4o"}}, "cost");
  watched.emit({{"cost_usd", 1}}, "cost");
  // Nobody wants a call's own figures: its record counts.
  EXPECT_EQ(watched.bus.emit({.event_type = "llm_call", .payload = {{"cost_usd", 5.0}}}),
            EmitResult::kUnwanted);
  EXPECT_EQ(watched.tracker.total_cost().value(), 1'002'300'001);
  EXPECT_EQ(costs(watched.tracker.by_agent()), (Costs{{"analyst", 1'002'300'001}}));
  EXPECT_EQ(costs(watched.tracker.by_model()), (Costs{{"gpt-4o", 2'300'001}, {"", 1'000'000'000}}));
  EXPECT_EQ(watched.tracker.total().tokens(), 570);
}

TEST(CostTracker, Row44_OtherVocabulariesAreReadAndTheSeedsKeysComeFirst) {
  WatchedBus watched({.prices = prices()});
  watched.emit({{"gen_ai.request.model", "asked"},
                {"gen_ai.response.model", "gpt-4o"},
                {"gen_ai.usage.prompt_tokens", 999},
                {"gen_ai.usage.input_tokens", 1000.0},
                {"gen_ai.usage.output_tokens", 10},
                {"gen_ai.usage.cache_read.input_tokens", 400},
                {"gen_ai.provider.name", "openai"},
                {"gen_ai.conversation.id", "talk"},
                {"user.id", "eve"}});
  const CostTracker& tracker = watched.tracker;
  EXPECT_EQ(tracker.total().usage(), (TokenUsage{.input = 1000, .output = 10, .cache_read = 400}));
  EXPECT_EQ(costs(tracker.by_model()), (Costs{{"gpt-4o", 2'600'000}}));
  EXPECT_EQ(costs(tracker.by(CostDimension::kProvider)), (Costs{{"openai", 2'600'000}}));
  EXPECT_EQ(costs(tracker.by(CostDimension::kSession)), (Costs{{"talk", 2'600'000}}));
  EXPECT_EQ(costs(tracker.by(CostDimension::kUser)), (Costs{{"eve", 2'600'000}}));
}

TEST(CostTracker, Row44_EventsThatSayNoCostAreRefusedAndCounted) {
  WatchedBus watched;
  watched.emit({{"cost_usd", -0.5}});
  watched.emit({{"cost_usd", std::nan("")}});
  watched.emit({{"cost_usd", "a lot"}});
  watched.emit({{"cost_usd", 0.5}, {"input_tokens", -1}});
  watched.emit({{"cost_usd", 0.5}, {"output_tokens", "many"}});
  watched.emit({{"cost_usd", Value()}});
  const CostStats stats = watched.tracker.stats();
  EXPECT_EQ(stats[CostResult::kNegativeCost], 1u);
  EXPECT_EQ(stats[CostResult::kCostNotANumber], 2u);
  EXPECT_EQ(stats[CostResult::kNegativeTokens], 2u);
  EXPECT_EQ(stats[CostResult::kUnpriced], 1u);
  EXPECT_EQ(watched.tracker.total().calls(), 1);
}

TEST(CostTracker, Row44_WhatItEmitsItselfItDoesNotCountTwiceButAnotherTrackerDoes) {
  TraceEventBus bus;
  CostTracker tracker({.bus = &bus});
  CostTracker other;
  const auto watching = tracker.watch(bus);
  const auto other_watching = other.watch(bus);
  ASSERT_TRUE(watching.ok() && other_watching.ok());
  std::vector<std::string> payloads;
  const SubscriptionId seen = bus.subscribe_filter({"cost_record"}, [&](const EventView& event) {
    std::string keys;
    for (const AttributeView& attribute : event.payload()) keys += std::string(attribute.key) + " ";
    payloads.push_back(keys);
  });
  ASSERT_TRUE(seen);
  tracker.record("pipeline", "analyst", "gpt-4o", 450, 120, 0.0023);
  EXPECT_EQ(tracker.total_cost().value(), 2'300'000);  // at once
  tracker.record(
      {.agent = "writer",
       .model = "novel",
       .provider = "p",
       .workflow = "w",
       .session = "s",
       .user = "u",
       .usage = {.input = 9, .output = 5, .cache_read = 3, .cache_write = 2, .reasoning = 1}});
  ASSERT_TRUE(bus.flush(kLong).ok());
  bus.unsubscribe(seen);
  EXPECT_EQ(tracker.total().calls(), 2);
  EXPECT_EQ(tracker.stats()[CostResult::kOwn], 2u);
  ASSERT_EQ(payloads.size(), 2u);
  EXPECT_EQ(payloads[0], "model input_tokens output_tokens cost_usd counted_by ");
  // The other one has all that the first one has.
  EXPECT_EQ(other.total(), tracker.total());
  for (std::size_t i = 0; i < kCostDimensions; ++i) {
    const auto dimension = static_cast<CostDimension>(i);
    EXPECT_EQ(costs(other.by(dimension)), costs(tracker.by(dimension))) << i;
  }
}

TEST(CostTracker, Row44_WhatTheBusRefusesIsCountedAllTheSame) {
  TraceEventBus bus;
  CostTracker tracker({.bus = &bus});
  ASSERT_TRUE(bus.shutdown(kLong).ok());
  EXPECT_EQ(tracker.record("p", "a", "m", 1, 1, 0.5), CostResult::kCounted);
  EXPECT_EQ(tracker.total_cost().value(), 500'000'000);
  EXPECT_FALSE(tracker.watch(bus).ok());
}

TEST(CostTracker, Row44_AnAgentTakesLessThanTwoHundredBytes) {
  CostTracker tracker;
  const std::size_t before = tracker.bytes();
  constexpr std::size_t kAgents = 100'000;
  for (std::size_t i = 0; i < kAgents; ++i) {
    const std::string name = "research-agt-" + std::to_string(1'000'000 + i);  // 20 bytes
    tracker.record({.agent = name, .cost = NanoDollars(1)});
  }
  EXPECT_LE((tracker.bytes() - before) / kAgents, 200u);
  EXPECT_EQ(tracker.by_agent().size(), kAgents);
}

}  // namespace
}  // namespace tracebus
