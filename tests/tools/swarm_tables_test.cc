// SPDX-License-Identifier: Apache-2.0
//
// The oracle is the formula of each distribution; bounds are five standard deviations.
#include "tracebus/tools/swarm_tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace tracebus {
namespace {

constexpr int kDraws = 400'000;

std::vector<double> sorted_draws(const LogNormalTable& table) {
  SwarmRandom random(7, 1);
  std::vector<double> values(kDraws);
  for (double& value : values) value = table.draw(random);
  std::sort(values.begin(), values.end());
  return values;
}

TEST(LogNormalTableTest, MedianAndSpreadAreThoseAsked) {
  const std::vector<double> values = sorted_draws(LogNormalTable(900, 0.7));
  EXPECT_NEAR(values[kDraws / 2], 900, 900 * 0.01);
  const auto one_sigma = static_cast<std::size_t>(kDraws * 0.841345);
  EXPECT_NEAR(std::log(values[one_sigma] / 900), 0.7, 0.7 * 0.02);
  EXPECT_NEAR(std::log(values[kDraws - one_sigma] / 900), -0.7, 0.7 * 0.02);
}

TEST(LogNormalTableTest, EveryDrawIsPositive) {
  EXPECT_GT(sorted_draws(LogNormalTable(420, 0.7)).front(), 0);
}

TEST(ZipfTableTest, SharesFallAsAskedFromTheFirstToTheLast) {
  constexpr std::uint32_t kSize = 1000;
  const ZipfTable table(kSize, 1.1);
  SwarmRandom random(7, 2);
  std::vector<int> counts(kSize);
  for (int i = 0; i < kDraws; ++i) ++counts[table.draw(random)];
  double sum = 0;
  for (std::uint32_t i = 0; i < kSize; ++i) sum += std::pow(i + 1.0, -1.1);
  for (const std::uint32_t i : {0u, 1u, 2u, 5u, 10u, 50u, 200u, 998u, 999u}) {
    const double expected = kDraws * std::pow(i + 1.0, -1.1) / sum;
    EXPECT_NEAR(counts[i], expected, 5 * std::sqrt(expected)) << "number " << i;
  }
}

TEST(ZipfTableTest, OneNumberIsAlwaysTheSame) {
  const ZipfTable table(1, 1.1);
  SwarmRandom random(7, 3);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(table.draw(random), 0u);
}

TEST(SwarmTablesTest, ModelsHaveTheirSharesAndPrices) {
  std::uint32_t sum = 0;
  for (const SwarmModel& model : kSwarmModelTable) sum += model.percent;
  EXPECT_EQ(sum, 100u);
  const SwarmModel& sonnet = kSwarmModelTable[2];
  EXPECT_EQ(sonnet.name, "claude-sonnet-4-20250514");
  EXPECT_DOUBLE_EQ(swarm_cost_usd(sonnet, 1000, 1000, 0), 0.003 + 0.015);
}

TEST(SwarmTablesTest, CachedInputCostsATenth) {
  const SwarmModel& gpt_4o = kSwarmModelTable[1];
  EXPECT_DOUBLE_EQ(swarm_cost_usd(gpt_4o, 1000, 0, 1000), 0.00025);
  EXPECT_DOUBLE_EQ(swarm_cost_usd(gpt_4o, 1000, 0, 500), 0.00125 + 0.000125);
}

TEST(SwarmTablesTest, OneContentInAThousandExceeds100Kilobytes) {
  const SwarmTables tables(10);
  SwarmRandom random(7, 4);
  std::vector<std::size_t> sizes(kDraws);
  for (std::size_t& size : sizes) size = tables.draw_content(random).size();
  std::sort(sizes.begin(), sizes.end());
  EXPECT_NEAR(static_cast<double>(sizes[kDraws / 2]), 1500, 30);
  const auto large = std::count_if(sizes.begin(), sizes.end(), [](auto n) { return n > 100'000; });
  EXPECT_NEAR(static_cast<double>(large), kDraws / 1000.0, 5 * std::sqrt(kDraws / 1000.0));
  // A record with two of them fits a quarter of a ring, else it would always be refused.
  EXPECT_LT(2 * sizes.back(), std::size_t{512} << 10);
}

TEST(SwarmRandomTest, StreamsOfOneSeedDiffer) {
  SwarmRandom first(1, 1);
  SwarmRandom again(1, 1);
  SwarmRandom second(1, 2);
  SwarmRandom other_seed(2, 1);
  const std::uint64_t value = first.next();
  EXPECT_EQ(again.next(), value);
  EXPECT_NE(second.next(), value);
  EXPECT_NE(other_seed.next(), value);
}

}  // namespace
}  // namespace tracebus
