// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/price_table.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tracebus {
namespace {

// The seed's defaults: dollars a thousand tokens, so nano-dollars a thousand.
PriceTable seed_prices() {
  PriceTable table;
  EXPECT_TRUE(table.add("gpt-4o-mini", {.input = 150'000, .output = 600'000}).ok());
  EXPECT_TRUE(table.add("gpt-4o", {.input = 2'500'000, .output = 10'000'000}).ok());
  EXPECT_TRUE(table.add("claude-sonnet-4", {.input = 3'000'000, .output = 15'000'000}).ok());
  return table;
}

std::int64_t input_price(const PriceTable& table, std::string_view model) {
  const ModelPrice* const price = table.find(model);
  return price == nullptr ? -1 : price->input;
}

TEST(PriceTable, Row45_TheLongestMatchCountsInWhateverOrder) {
  const PriceTable table = seed_prices();
  EXPECT_EQ(input_price(table, "gpt-4o"), 2'500'000);
  EXPECT_EQ(input_price(table, "gpt-4o-2024-08-06"), 2'500'000);
  EXPECT_EQ(input_price(table, "gpt-4o-mini"), 150'000);
  EXPECT_EQ(input_price(table, "gpt-4o-mini-2024-07-18"), 150'000);
  EXPECT_EQ(input_price(table, "claude-sonnet-4-20250514"), 3'000'000);
  EXPECT_EQ(input_price(table, "claude-sonnet-4@20250514"), 3'000'000);
}

TEST(PriceTable, Row45_AnUnknownModelHasNoPriceRatherThanZero) {
  const PriceTable table = seed_prices();
  for (const std::string_view model :
       {"gpt-4", "gpt-4.1", "gpt-4omni", "my-gpt-4o", "", "GPT-4O"}) {
    EXPECT_EQ(table.find(model), nullptr) << model;
  }
}

TEST(PriceTable, Row45_GlobsMatchTheWholeNameAndLoseAgainstEquallyLongNames) {
  PriceTable table;
  ASSERT_TRUE(table.add("gpt-4o", {.input = 1}).ok());
  ASSERT_TRUE(table.add("gpt-4o*", {.input = 2}).ok());
  ASSERT_TRUE(table.add("*sonnet*", {.input = 3}).ok());
  ASSERT_TRUE(table.add("*", {.input = 4}).ok());
  EXPECT_EQ(input_price(table, "gpt-4o-mini"), 1);
  EXPECT_EQ(input_price(table, "gpt-4omni"), 2);
  EXPECT_EQ(input_price(table, "anthropic.claude-sonnet-4-v1:0"), 3);
  EXPECT_EQ(input_price(table, "anything"), 4);
}

TEST(PriceTable, Row45_APatternAddedAgainHasTheNewPriceAndOfEqualsTheLaterCounts) {
  PriceTable table;
  ASSERT_TRUE(table.add("a?", {.input = 1}).ok());
  ASSERT_TRUE(table.add("?a", {.input = 2}).ok());
  EXPECT_EQ(input_price(table, "aa"), 2);
  ASSERT_TRUE(table.add("a?", {.input = 3}).ok());
  EXPECT_EQ(input_price(table, "aa"), 3);
  EXPECT_EQ(table.size(), 2u);
}

TEST(PriceTable, Row45_ARoutersPrefixIsTakenAwayWhereNothingMatchesTheWhole) {
  PriceTable table = seed_prices();
  EXPECT_EQ(input_price(table, "openrouter/openai/gpt-4o-mini"), 150'000);
  ASSERT_TRUE(table.add("openrouter/*", {.input = 7}).ok());
  EXPECT_EQ(input_price(table, "openrouter/openai/gpt-4o-mini"), 7);
}

TEST(PriceTable, Row45_WrongPricesAreRefusedWithTheirNameAndRange) {
  PriceTable table;
  EXPECT_EQ(table.add("", {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(table.add(std::string(1025, 'a'), {}).code(), absl::StatusCode::kInvalidArgument);
  const absl::Status wrong = table.add("gpt-4o", {.input = 1, .cache_read = -1});
  EXPECT_EQ(wrong.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(wrong.message()),
            "the price of \"gpt-4o\", cache_read, is -1 pico-dollars a token; give 0 to "
            "1000000000000");
  EXPECT_FALSE(table.add("gpt-4o", {.output = kPricePicoDollarsMax + 1}).ok());
  EXPECT_EQ(table.size(), 0u);
}

TEST(CostOf, Row45_CachedTokensHaveTheirOwnPriceAndAreNotPaidTwice) {
  const ModelPrice price = {.input = 3'000'000,
                            .output = 15'000'000,
                            .cache_read = 300'000,
                            .cache_write = 3'750'000,
                            .reasoning = 20'000'000};
  const CallCost cost = cost_of(
      {.input = 1000, .output = 100, .cache_read = 700, .cache_write = 200, .reasoning = 40},
      price);
  EXPECT_EQ(cost.input.value(), 300'000);        // 100 at $3 a million
  EXPECT_EQ(cost.cache_read.value(), 210'000);   // 700 at $0.30
  EXPECT_EQ(cost.cache_write.value(), 750'000);  // 200 at $3.75
  EXPECT_EQ(cost.output.value(), 900'000);       // 60 at $15
  EXPECT_EQ(cost.reasoning.value(), 800'000);    // 40 at $20
  EXPECT_EQ(cost.total.value(), 2'960'000);
}

TEST(CostOf, Row45_WithoutAPriceOfTheirOwnCachedAndReasoningTokensCostAsTheOthers) {
  const CallCost cost = cost_of({.input = 10, .output = 4, .cache_read = 9, .reasoning = 3},
                                {.input = 1000, .output = 2000});
  EXPECT_EQ(cost.total.value(), 18);
}

TEST(CostOf, Row45_InputBelowTheCachedIsWhatStandsBesideThem) {
  const CallCost cost =
      cost_of({.input = 3, .cache_read = 20'000}, {.input = 1'000'000, .cache_read = 100'000});
  EXPECT_EQ(cost.total.value(), 3'000 + 2'000'000);
}

TEST(CostOf, Row45_WhatIsBeyondAllAmountsSaturatesAndSaysSo) {
  const CallCost cost = cost_of({.input = INT64_MAX, .output = INT64_MAX},
                                {.input = kPricePicoDollarsMax, .output = kPricePicoDollarsMax});
  EXPECT_TRUE(cost.saturated);
  EXPECT_EQ(cost.total, NanoDollars::max());
}

// Against one exact division of the sum; the parts add up, and none is a nano-dollar off.
TEST(CostOf, Row45_PartsAddUpToTheTotalWhichIsRoundedOnce) {
  constexpr unsigned kSeed = 45;
  std::mt19937_64 random(kSeed);
  const auto below = [&](std::int64_t end) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
  };
  for (int i = 0; i < 20'000; ++i) {
    TokenUsage usage{.input = below(100'000), .output = below(10'000)};
    usage.cache_read = below(usage.input + 1);
    usage.cache_write = below(usage.input - usage.cache_read + 1);
    usage.reasoning = below(usage.output + 1);
    const ModelPrice price{.input = below(5000),
                           .output = below(5000),
                           .cache_read = below(500),
                           .cache_write = below(5000),
                           .reasoning = below(5000)};
    const std::int64_t picos =
        (usage.input - usage.cache_read - usage.cache_write) * price.input +
        usage.cache_read * *price.cache_read + usage.cache_write * *price.cache_write +
        (usage.output - usage.reasoning) * price.output + usage.reasoning * *price.reasoning;
    const std::int64_t half = picos % 1000 - 500;
    const std::int64_t floor = picos / 1000;
    const std::int64_t exact = floor + (half > 0 || (half == 0 && floor % 2 == 1) ? 1 : 0);
    const CallCost cost = cost_of(usage, price);
    ASSERT_EQ(cost.total.value(), exact) << "seed " << kSeed << ", turn " << i;
    ASSERT_EQ(cost.input.value() + cost.cache_read.value() + cost.cache_write.value() +
                  cost.output.value() + cost.reasoning.value(),
              exact);
    ASSERT_LE(std::abs(cost.cache_read.value() * 1000 - usage.cache_read * *price.cache_read), 1000)
        << "seed " << kSeed << ", turn " << i;
  }
}

}  // namespace
}  // namespace tracebus
