// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/core/allocation_count.h"

namespace tracebus {
namespace {

using testing::allocation_count;
using ::testing::ElementsAre;

MetricFamily& added(Metrics& metrics, MetricSpec spec) {
  const auto family = metrics.add(std::move(spec));
  EXPECT_TRUE(family.ok()) << family.status();
  return **family;
}

MetricSpec histogram(std::vector<std::uint64_t> bounds = {}) {
  return {.name = "h",
          .kind = MetricKind::kHistogram,
          .label_keys = {"model"},
          .bounds = std::move(bounds)};
}

std::vector<std::pair<double, std::uint64_t>> steps(const MetricPoint& point) {
  std::vector<std::pair<double, std::uint64_t>> all;
  for (const MetricBucket& bucket : point.buckets) {
    all.emplace_back(bucket.upper_bound, bucket.count_up_to);
  }
  return all;
}

TEST(Metrics, Row43_CountersKeepTheirLabels) {
  Metrics metrics;
  MetricFamily& calls = added(metrics, {.name = "calls", .label_keys = {"model", "success"}});
  calls.add({"gpt-4o", "1"});
  calls.add({"gpt-4o", "0"}, 2);
  calls.add({"gpt-4o", "1"}, 3);
  calls.add({"gpt-4o"});
  calls.add({"gpt-4o1", ""});  // not the same as {"gpt-4o", "1"}
  const MetricSnapshot snapshot = calls.snapshot();
  ASSERT_EQ(snapshot.points.size(), 4u);
  EXPECT_THAT(snapshot.points[0].labels, ElementsAre("gpt-4o", "1"));
  EXPECT_EQ(snapshot.points[0].count, 4u);
  EXPECT_EQ(snapshot.points[1].count, 2u);
  EXPECT_THAT(snapshot.points[2].labels, ElementsAre("gpt-4o", ""));
  EXPECT_THAT(snapshot.points[3].labels, ElementsAre("gpt-4o1", ""));
  EXPECT_EQ(snapshot.overflowed, 0u);
}

TEST(Metrics, Row43_WithoutLabelsThereIsOneSeries) {
  Metrics metrics;
  MetricFamily& calls = added(metrics, {.name = "calls"});
  EXPECT_TRUE(calls.snapshot().points.empty());
  calls.add({});
  calls.add({"ignored"});
  const MetricSnapshot snapshot = calls.snapshot();
  ASSERT_EQ(snapshot.points.size(), 1u);
  EXPECT_EQ(snapshot.points[0].count, 2u);
  EXPECT_TRUE(snapshot.points[0].labels.empty());
}

TEST(Metrics, Row43_GaugesSayTheLastValue) {
  Metrics metrics;
  MetricFamily& depth = added(metrics, {.name = "depth", .kind = MetricKind::kGauge});
  depth.set({}, 7.5);
  depth.set({}, -0.5);
  EXPECT_EQ(depth.snapshot().points.at(0).value, -0.5);
}

TEST(Metrics, Row43_BoundsAreInclusive) {
  Metrics metrics;
  MetricFamily& family = added(metrics, histogram({1, 4, 16}));
  for (const std::uint64_t value : {0, 1, 2, 4, 5, 16, 17, 1000}) family.record({"m"}, value);
  const MetricPoint point = family.snapshot().points.at(0);
  EXPECT_THAT(steps(point), ElementsAre(std::pair(1.0, 2u), std::pair(4.0, 4u), std::pair(16.0, 6u),
                                        std::pair(std::numeric_limits<double>::infinity(), 8u)));
  EXPECT_EQ(point.count, 8u);
  EXPECT_EQ(point.sum, 1045.0);
  EXPECT_EQ(point.quantile(0.5), 4.0);
}

// Oracle: the sorted values themselves.
TEST(Metrics, Row43_LogBucketsAreNeverBelowAndAnEighthAboveAtMost) {
  constexpr unsigned kSeed = 43;
  std::mt19937_64 random(kSeed);
  Metrics metrics;
  MetricFamily& family = added(metrics, histogram());
  std::vector<std::uint64_t> values;
  std::uint64_t sum = 0;
  for (int i = 0; i < 5000; ++i) {
    values.push_back(random() >> (8 + random() % 56));
    sum += values.back();
    family.record({"m"}, values.back());
  }
  std::ranges::sort(values);
  const MetricPoint point = family.snapshot().points.at(0);
  EXPECT_EQ(point.count, values.size());
  EXPECT_EQ(point.sum, static_cast<double>(sum));
  for (const double share : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(share * 5000)));
    const auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_GE(point.quantile(share), exact) << share << " seed " << kSeed;
    EXPECT_LE(point.quantile(share), exact * 1.125) << share << " seed " << kSeed;
  }
  family.record({"m"}, ~std::uint64_t{0});
  EXPECT_EQ(family.snapshot().points.at(0).count, 5001u) << "the greatest value has a bucket";
}

TEST(Metrics, Row43_WhatIsRecordedIsToldInTheUnit) {
  Metrics metrics;
  MetricSpec spec = histogram({1'000'000'000});
  spec.per_unit = 1e9;
  MetricFamily& family = added(metrics, spec);
  family.record({"m"}, 250'000'000);
  family.record({"m"}, 500'000'000);
  const MetricPoint point = family.snapshot().points.at(0);
  EXPECT_DOUBLE_EQ(point.sum, 0.75);
  EXPECT_DOUBLE_EQ(point.mean(), 0.375);
  EXPECT_DOUBLE_EQ(point.buckets[0].upper_bound, 1.0);
  for (int i = 0; i < 13; ++i) family.record({"m"}, 500'000'000);
  family.record({"m"}, 250'000'000);
  EXPECT_EQ(family.snapshot().points.at(0).sum, 7.5) << "rounded once, not with each unit";
}

TEST(Metrics, Row43_WhatFindsNoRoomIsInTheOverflowAndCounted) {
  Metrics metrics;
  MetricFamily& calls =
      added(metrics, {.name = "calls", .label_keys = {"session"}, .series_max = 3});
  for (int i = 0; i < 10; ++i) calls.add({"s" + std::to_string(i)});
  calls.add({"s1"}, 5);
  calls.add({std::string(kMetricLabelBytesMax, 'x')});
  const MetricSnapshot snapshot = calls.snapshot();
  ASSERT_EQ(snapshot.points.size(), 4u);
  EXPECT_TRUE(snapshot.points[0].is_overflow);
  EXPECT_EQ(snapshot.points[0].count, 8u);
  EXPECT_EQ(snapshot.overflowed, 8u);
  EXPECT_EQ(snapshot.points[2].count, 6u) << "a known one goes on";
  EXPECT_EQ(metrics.value_of("calls"), 16.0) << "nothing is lost";
}

TEST(Metrics, Row43_MemoryHasABound) {
  Metrics metrics;
  MetricSpec spec = histogram();
  spec.series_max = 50;
  MetricFamily& family = added(metrics, spec);
  const std::string filler(200, 'x');
  for (int i = 0; i < 1000; ++i) family.record({filler + std::to_string(i)}, 1);
  EXPECT_GT(family.bytes(), 50u * 496 * 8);
  EXPECT_LE(family.bytes(), family.bytes_max());
}

TEST(Metrics, Row43_RecordingKnownLabelsTakesNoHeap) {
  Metrics metrics;
  MetricFamily& calls = added(metrics, {.name = "calls", .label_keys = {"model", "success"}});
  MetricFamily& times = added(metrics, histogram());
  calls.add({"gpt-4o", "1"});
  times.record({"gpt-4o"}, 1);
  const std::size_t before = allocation_count();
  for (std::uint64_t i = 0; i < 100; ++i) {
    calls.add({"gpt-4o", "1"});
    times.record({"gpt-4o"}, i * i);
  }
  EXPECT_EQ(allocation_count(), before);
  calls.add({"another", "1"});
  EXPECT_GT(allocation_count(), before) << "the count counts";
}

TEST(Metrics, Row43_ASpecIsCheckedAndAnEqualOneIsTheSameFamily) {
  Metrics metrics;
  EXPECT_TRUE(absl::IsInvalidArgument(metrics.add({.name = ""}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(metrics.add(histogram({4, 4})).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(metrics.add({.name = "a", .per_unit = 0}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(metrics.add({.name = "a", .series_max = 0}).status()));
  const std::vector<std::string> nine(9, "label");
  EXPECT_TRUE(absl::IsInvalidArgument(metrics.add({.name = "a", .label_keys = nine}).status()));
  MetricFamily& family = added(metrics, histogram());
  EXPECT_EQ(&added(metrics, histogram()), &family);
  EXPECT_TRUE(absl::IsAlreadyExists(metrics.add({.name = "h"}).status()));
  EXPECT_EQ(metrics.find("h"), &family);
  EXPECT_EQ(metrics.find("i"), nullptr);
  for (std::size_t i = 1; i < Metrics::kFamiliesMax; ++i) {
    added(metrics, {.name = std::to_string(i), .series_max = 1});
  }
  EXPECT_TRUE(absl::IsResourceExhausted(metrics.add({.name = "more"}).status()));
  EXPECT_EQ(metrics.snapshot().size(), Metrics::kFamiliesMax);
}

TEST(Metrics, Row43_OneNumberOfAMetricIsOverAllItsSeries) {
  Metrics metrics;
  MetricFamily& times = added(metrics, histogram({10, 100, 1000}));
  EXPECT_EQ(metrics.value_of("h"), std::nullopt);
  EXPECT_EQ(metrics.value_of("h.count"), 0.0);
  for (int i = 0; i < 98; ++i) times.record({"a"}, 10);
  times.record({"b"}, 100);
  times.record({"b"}, 1000);
  EXPECT_EQ(metrics.value_of("h"), 20.8);
  EXPECT_EQ(metrics.value_of("h.mean"), 20.8);
  EXPECT_EQ(metrics.value_of("h.count"), 100.0);
  EXPECT_EQ(metrics.value_of("h.sum"), 2080.0);
  EXPECT_EQ(metrics.value_of("h.p50"), 10.0);
  EXPECT_EQ(metrics.value_of("h.p99"), 100.0);
  EXPECT_EQ(metrics.value_of("h.p42"), std::nullopt);
  EXPECT_EQ(metrics.value_of("x"), std::nullopt);
  EXPECT_EQ(metrics.value_of("x.y"), std::nullopt);
  MetricFamily& depth =
      added(metrics, {.name = "bus.depth", .kind = MetricKind::kGauge, .label_keys = {"q"}});
  depth.set({"a"}, 3);
  depth.set({"b"}, 9);
  depth.set({"c"}, 4);
  EXPECT_EQ(metrics.value_of("bus.depth"), 9.0) << "names may have dots";
}

// Oracle: what the threads recorded in all. They meet at one series.
TEST(Metrics, Row43_ThreadsLoseNothingOfOneSeries) {
  constexpr int kThreads = 4;
  constexpr std::uint64_t kEach = 100'000;
  Metrics metrics;
  MetricFamily& calls = added(metrics, {.name = "calls", .label_keys = {"agent"}});
  MetricFamily& times = added(metrics, histogram());
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      for (std::uint64_t i = 0; i < kEach; ++i) {
        calls.add({"a"});
        times.record({"m"}, 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.value_of("calls"), double{kThreads * kEach});
  EXPECT_EQ(metrics.value_of("h.count"), double{kThreads * kEach});
  EXPECT_EQ(metrics.value_of("h.sum"), double{3 * kThreads * kEach});
}

// Oracle: as above, with new labels, known ones and the overflow at once.
TEST(Metrics, Row43_ThreadsLoseNothing) {
  constexpr int kThreads = 4;
  constexpr std::uint64_t kEach = 2000;
  Metrics metrics;
  MetricFamily& calls =
      added(metrics, {.name = "calls", .label_keys = {"agent"}, .series_max = 20});
  MetricFamily& times = added(metrics, histogram());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        calls.add({"a" + std::to_string(i % 30)});
        times.record({"m" + std::to_string(i % 5)}, i);
        if (i % 500 == 0) (void)metrics.snapshot();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.value_of("calls"), double{kThreads * kEach});
  EXPECT_EQ(metrics.value_of("h.count"), double{kThreads * kEach});
  EXPECT_EQ(metrics.value_of("h.sum"), double{kThreads * (kEach * (kEach - 1) / 2)});
  EXPECT_EQ(calls.snapshot().points.size(), 21u);
}

}  // namespace
}  // namespace tracebus
