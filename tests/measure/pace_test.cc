// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/pace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace tracebus {
namespace {

using std::chrono::milliseconds;

const Pace::Clock::time_point kBegin{std::chrono::seconds(1000)};

TEST(PaceTest, WithoutARateEverythingMayGo) {
  Pace pace(0, kBegin);
  EXPECT_EQ(pace.allow(kBegin), Pace::kEventsAtOnce);
  EXPECT_EQ(pace.allow(kBegin), Pace::kEventsAtOnce);
}

TEST(PaceTest, AllowsWhatIsDueAndNoMore) {
  Pace pace(100, kBegin);
  EXPECT_EQ(pace.allow(kBegin), 0u);
  EXPECT_EQ(pace.allow(kBegin + milliseconds(45)), 4u);
  EXPECT_EQ(pace.allow(kBegin + milliseconds(45)), 0u);
  EXPECT_EQ(pace.allow(kBegin + milliseconds(100)), 6u);
}

TEST(PaceTest, NextIsTheMomentOfTheNextEvent) {
  Pace pace(10, kBegin);
  EXPECT_EQ(pace.next(), kBegin + milliseconds(100));
  EXPECT_EQ(pace.allow(pace.next()), 1u);
  EXPECT_EQ(pace.next(), kBegin + milliseconds(200));
}

TEST(PaceTest, MakesUpForWhatWasLate) {
  Pace pace(1000, kBegin);
  std::uint64_t sum = 0;
  while (const std::uint64_t count = pace.allow(kBegin + milliseconds(2000))) sum += count;
  EXPECT_EQ(sum, 2000u);
}

}  // namespace
}  // namespace tracebus
