// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <vector>

#include "tracebus/tools/replay.h"

namespace tracebus {
namespace {

using std::chrono::milliseconds;

TEST(ReplayPaceTest, PausesAreThoseOfTheRecording) {
  ReplayPace pace(1, [](double) { FAIL() << "no pause is long"; });
  const auto begin = pace.due({100, 0});
  EXPECT_EQ(pace.due({100, 250'000'000}) - begin, milliseconds(250));
  EXPECT_EQ(pace.due({101, 0}) - begin, milliseconds(1000));
}

TEST(ReplayPaceTest, SpeedDividesPauses) {
  ReplayPace pace(4, [](double) { FAIL() << "no pause is long"; });
  const auto begin = pace.due({100, 0});
  EXPECT_EQ(pace.due({101, 0}) - begin, milliseconds(250));
}

TEST(ReplayPaceTest, TimeThatRunsBackwardsCostsNothing) {
  ReplayPace pace(1, [](double) { FAIL() << "no pause is long"; });
  const auto begin = pace.due({100, 0});
  EXPECT_EQ(pace.due({50, 0}), begin);
  EXPECT_EQ(pace.due({51, 0}) - begin, milliseconds(1000));
}

TEST(ReplayPaceTest, LongPausesAreShortenedAndTold) {
  std::vector<double> told;
  ReplayPace pace(1, [&](double seconds) { told.push_back(seconds); });
  const auto begin = pace.due({0, 0});
  EXPECT_EQ(pace.due({3600, 0}) - begin, std::chrono::seconds(10));
  EXPECT_EQ(told, std::vector<double>{3600});
}

TEST(ReplayPaceTest, TimesAtBothEndsOfTheRangeDoNotOverflow) {
  ReplayPace pace(1, [](double) {});
  const auto begin = pace.due({std::numeric_limits<std::int64_t>::min(), 0});
  EXPECT_EQ(pace.due({std::numeric_limits<std::int64_t>::max(), 0}) - begin,
            std::chrono::seconds(10));
}

}  // namespace
}  // namespace tracebus
