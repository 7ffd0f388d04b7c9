// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/sampling_threshold.h"

#include <gtest/gtest.h>

#include <random>

namespace tracebus::testing {
namespace {

TraceId trace_of(std::uint64_t randomness) {
  TraceId id;
  id.bytes[0] = 0xFF;  // which does not count
  for (int i = 0; i < 7; ++i) {
    id.bytes[static_cast<std::size_t>(15 - i)] = static_cast<std::uint8_t>(randomness >> 8 * i);
  }
  return id;
}

TEST(SamplingThreshold, TextsAreThoseOfTheSpecification) {
  const auto text_of = [](double share) { return SamplingThreshold::of_share(share)->text(); };
  EXPECT_EQ(text_of(1.0), "0");
  EXPECT_EQ(text_of(0.5), "8");
  EXPECT_EQ(text_of(0.25), "c");
  EXPECT_EQ(text_of(0.75), "4");
  EXPECT_EQ(text_of(1.0 / 65536), "ffff");
  EXPECT_TRUE(SamplingThreshold::of_share(0.0)->keeps_nothing());
  for (const double share : {-0.1, 1.1, 0.0 / 0.0}) {
    EXPECT_FALSE(SamplingThreshold::of_share(share)) << share;
  }
  for (const std::string_view text : {"", "G", "A", "0x8", "123456789abcdef", " 8"}) {
    EXPECT_FALSE(SamplingThreshold::parse(text)) << text;
  }
  EXPECT_EQ(SamplingThreshold::parse("8")->share(), 0.5);
  EXPECT_EQ(SamplingThreshold::parse("80000000000000")->text(), "8");
}

TEST(SamplingThreshold, KeepsFromTheThresholdOn) {
  const auto half = *SamplingThreshold::of_share(0.5);
  EXPECT_FALSE(half.keeps(trace_of(0)));
  EXPECT_FALSE(half.keeps(trace_of(SamplingThreshold::kEnd / 2 - 1)));
  EXPECT_TRUE(half.keeps(trace_of(SamplingThreshold::kEnd / 2)));
  EXPECT_TRUE(half.keeps(trace_of(SamplingThreshold::kEnd - 1)));
  EXPECT_FALSE(SamplingThreshold::of_share(0)->keeps(trace_of(SamplingThreshold::kEnd - 1)));
  EXPECT_TRUE(SamplingThreshold().keeps(trace_of(0)));
}

TEST(SamplingThreshold, WhatASmallShareKeepsALargeOneKeepsToo) {
  std::mt19937_64 random(7);
  std::uint64_t kept = 0;
  for (int i = 0; i < 20000; ++i) {
    const TraceId id = trace_of(random() % SamplingThreshold::kEnd);
    const double share = std::uniform_real_distribution<>(0.0, 1.0)(random);
    const auto small = *SamplingThreshold::of_share(share / 2);
    const auto large = *SamplingThreshold::of_share(share);
    EXPECT_TRUE(!small.keeps(id) || large.keeps(id));
    EXPECT_EQ(SamplingThreshold::parse(large.text()), large);
    if (SamplingThreshold::of_share(0.1)->keeps(id)) ++kept;
  }
  EXPECT_NEAR(static_cast<double>(kept), 2000.0, 250.0);  // six standard deviations
}

}  // namespace
}  // namespace tracebus::testing
