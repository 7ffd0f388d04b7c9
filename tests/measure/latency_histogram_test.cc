// SPDX-License-Identifier: Apache-2.0
//
// The oracle is the same values in a sorted vector.
#include "tracebus/measure/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "tracebus/tests/core/allocation_count.h"

namespace tracebus {
namespace {

constexpr std::uint64_t kGreatest = ~std::uint64_t{0};
constexpr double kShares[] = {0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1};

using Values = std::vector<std::uint64_t>;

LatencyHistogram histogram_of(const Values& values) {
  LatencyHistogram histogram;
  for (const std::uint64_t value : values) histogram.add(value);
  return histogram;
}

// Of all magnitudes alike, so that every kind of bucket is met.
Values random_values(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Values values(1 + random() % 3000);
  const int bits_max = static_cast<int>(1 + random() % 64);
  for (std::uint64_t& value : values) value = random() >> (64 - 1 - random() % bits_max);
  return values;
}

std::uint64_t exact_quantile(const Values& sorted, double share) {
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

void expect_close(std::uint64_t found, std::uint64_t exact) {
  EXPECT_GE(found, exact);
  EXPECT_LE(found - exact, exact / LatencyHistogram::kSteps);
}

TEST(LatencyHistogramTest, QuantilesAreTheSortedValuesOnesOrALittleAbove) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Values values = random_values(seed);
    const LatencyHistogram histogram = histogram_of(values);
    std::sort(values.begin(), values.end());
    for (const double share : kShares) {
      expect_close(histogram.quantile(share), exact_quantile(values, share));
    }
    EXPECT_EQ(histogram.quantile(1), values.back());
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(LatencyHistogramTest, CountLeastGreatestAndMeanAreExact) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Values values = random_values(seed);
    for (std::uint64_t& value : values) value >>= 16;  // their sum is below 2^64
    const LatencyHistogram histogram = histogram_of(values);
    EXPECT_EQ(histogram.count(), values.size());
    EXPECT_EQ(histogram.least(), *std::min_element(values.begin(), values.end()));
    EXPECT_EQ(histogram.greatest(), *std::max_element(values.begin(), values.end()));
    const std::uint64_t sum = std::accumulate(values.begin(), values.end(), std::uint64_t{0});
    EXPECT_EQ(histogram.mean(), static_cast<double>(sum) / static_cast<double>(values.size()));
  }
}

// A second value above keeps the greatest from hiding what the bucket says.
TEST(LatencyHistogramTest, EveryPowerOfTwoAndItsNeighboursKeepTheError) {
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t value : {power - 1, power, power + 1}) {
      SCOPED_TRACE(value);
      expect_close(histogram_of({value, kGreatest}).quantile(0.5), value);
    }
  }
  EXPECT_EQ(histogram_of({kGreatest}).quantile(0.5), kGreatest);
}

TEST(LatencyHistogramTest, SmallValuesAreExact) {
  for (std::uint64_t value = 0; value < 2 * LatencyHistogram::kSteps; ++value) {
    EXPECT_EQ(histogram_of({value, kGreatest}).quantile(0.5), value);
  }
}

TEST(LatencyHistogramTest, TheSumOfTwoIsTheHistogramOfAll) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Values values = random_values(seed);
    const Values more = random_values(seed + 1000);
    LatencyHistogram sum = histogram_of(values);
    sum += histogram_of(more);
    values.insert(values.end(), more.begin(), more.end());
    const LatencyHistogram all = histogram_of(values);
    EXPECT_EQ(sum.count(), all.count());
    EXPECT_EQ(sum.least(), all.least());
    EXPECT_EQ(sum.mean(), all.mean());
    for (const double share : kShares) EXPECT_EQ(sum.quantile(share), all.quantile(share));
  }
}

TEST(LatencyHistogramTest, StepsRiseToTheCountOfAll) {
  const LatencyHistogram histogram = histogram_of({5, 7, 7, 1'000'000});
  const auto steps = histogram.steps();
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].value, 5u);
  EXPECT_EQ(steps[0].count_up_to, 1u);
  EXPECT_EQ(steps[1].value, 7u);
  EXPECT_EQ(steps[1].count_up_to, 3u);
  EXPECT_EQ(steps[2].value, 1'000'000u);
  EXPECT_EQ(steps[2].count_up_to, 4u);
}

TEST(LatencyHistogramTest, ClearedIsAsNew) {
  LatencyHistogram histogram = histogram_of({1, 500, kGreatest});
  histogram.clear();
  EXPECT_TRUE(histogram.empty());
  EXPECT_TRUE(histogram.steps().empty());
  histogram.add(42);
  EXPECT_EQ(histogram.least(), 42u);
  EXPECT_EQ(histogram.greatest(), 42u);
  EXPECT_EQ(histogram.mean(), 42);
}

TEST(LatencyHistogramTest, AddingDoesNotAllocate) {
  LatencyHistogram histogram;
  const std::size_t before = testing::allocation_count();
  for (int bit = 0; bit < 64; ++bit) histogram.add(std::uint64_t{1} << bit);
  EXPECT_EQ(testing::allocation_count(), before);
}

}  // namespace
}  // namespace tracebus
