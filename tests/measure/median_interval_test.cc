// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/median_interval.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace tracebus {
namespace {

std::vector<double> counted_down(std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = count; i != 0; --i) values.push_back(static_cast<double>(i));
  return values;
}

TEST(MedianIntervalTest, FewValuesSayNothing) {
  for (std::size_t count = 0; count < 6; ++count) {
    EXPECT_FALSE(median_interval(counted_down(count))) << count;
  }
}

// Ranks as in tables of the sign test (Conover, Practical Nonparametric Statistics, table A3).
TEST(MedianIntervalTest, EndsAreTheRanksOfTheSignTest) {
  struct Case {
    std::size_t count;
    double low;
  };
  for (const Case& known : {Case{6, 1}, {8, 1}, {9, 2}, {15, 4}, {20, 6}, {30, 10}, {50, 18}}) {
    const auto interval = median_interval(counted_down(known.count));
    ASSERT_TRUE(interval) << known.count;
    EXPECT_EQ(interval->low, known.low) << known.count;
    EXPECT_EQ(interval->high, static_cast<double>(known.count) + 1 - known.low) << known.count;
  }
}

TEST(MedianIntervalTest, HoldsTheMedianAtLeastAsOftenAsItClaims) {
  constexpr int kRounds = 2000;
  int held = 0;
  std::mt19937_64 random(7);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> values(25);
    for (double& value : values) value = std::uniform_real_distribution<double>(-1, 1)(random);
    const auto interval = median_interval(values);
    ASSERT_TRUE(interval);
    held += interval->low <= 0 && 0 <= interval->high ? 1 : 0;
  }
  EXPECT_GE(held, kRounds * 94 / 100);
  EXPECT_LT(held, kRounds);
}

}  // namespace
}  // namespace tracebus
