// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_projection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/trace/cost_day.h"
#include "tracebus/trace/cost_tracker.h"

namespace tracebus {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// 2026-06-16 12:00:00 UTC.
constexpr std::int64_t kNoon = 1'781'611'200;

std::unique_ptr<CostProjection> make(const CostProjectionOptions& options = {}) {
  auto made = CostProjection::create(options);
  EXPECT_TRUE(made.ok()) << made.status().message();
  return *std::move(made);
}

void spend(CostProjection& projection, std::int64_t at, std::int64_t nanos,
           std::string_view user = {}) {
  projection.spend({.user = user, .time = Timestamp{at, 0}}, NanoDollars(nanos));
}

// A thousand nano-dollars each minute.
void spend_for(CostProjection& projection, minutes length, std::int64_t begin = kNoon) {
  for (std::int64_t i = 0; i < length.count(); ++i) spend(projection, begin + 60 * i, 1000);
}

TEST(CostProjection, Row46_DayAndMonthAreProjectedFromTheRateOfTheWindow) {
  const auto projection = make();
  spend_for(*projection, hours(3));
  const auto costs = projection->project({kNoon + 3 * 3600, 0});
  ASSERT_TRUE(costs.has_value());
  EXPECT_EQ(costs->spent_today.value(), 180'000);
  EXPECT_EQ(costs->spent_this_month.value(), 180'000);
  EXPECT_EQ(costs->per_hour.value(), 60'000);
  EXPECT_EQ(costs->today.value(), 180'000 + 9 * 60'000);
  EXPECT_EQ(costs->this_month.value(), 180'000 + (9 + 14 * 24) * 60'000);
}

TEST(CostProjection, Row46_WithoutEnoughDataThereIsNone) {
  const auto projection = make();
  EXPECT_FALSE(projection->project({kNoon, 0}).has_value());
  spend_for(*projection, minutes(9));
  EXPECT_FALSE(projection->project({kNoon + 601, 0}).has_value()) << "9 calls";
  spend(*projection, kNoon + 540, 1000);
  EXPECT_FALSE(projection->project({kNoon + 599, 0}).has_value()) << "not yet 600 seconds";
  EXPECT_FALSE(projection->until_spent(NanoDollars(1), CostPeriod::kDay, {kNoon + 599, 0}));
  const auto costs = projection->project({kNoon + 600, 0});
  ASSERT_TRUE(costs.has_value());
  EXPECT_EQ(costs->per_hour.value(), 60'000) << "of the ten minutes that were seen, not of an hour";
  EXPECT_FALSE(projection->project({kNoon - 86'400, 0}).has_value());
}

TEST(CostProjection, Row46_ABudgetLastsUntilItIsSpentAtThePresentRate) {
  const auto projection = make();
  spend_for(*projection, hours(1));
  const Timestamp now = {kNoon + 3600, 0};
  const auto day = [&](std::int64_t limit) {
    return projection->until_spent(NanoDollars(limit), CostPeriod::kDay, now);
  };
  EXPECT_EQ(day(59'999), seconds(0));
  EXPECT_EQ(day(60'000), seconds(0));
  EXPECT_EQ(day(60'001), seconds(1)) << "rounded up";
  EXPECT_EQ(day(120'000), seconds(3600));
  EXPECT_EQ(day(60'000 * 12), hours(11));
  EXPECT_EQ(day(60'000 * 12 + 1), std::nullopt) << "the day is over before";
  EXPECT_EQ(projection->until_spent(NanoDollars(60'000 * 12 + 1000), CostPeriod::kMonth, now),
            hours(11) + minutes(1));
  EXPECT_EQ(projection->until_spent(NanoDollars::max(), CostPeriod::kMonth, now), std::nullopt);
}

TEST(CostProjection, Row46_WhoeverPausesSpendsNoMore) {
  const auto projection = make();
  spend_for(*projection, hours(1));
  const Timestamp later = {kNoon + 3 * 3600, 0};
  const auto costs = projection->project(later);
  ASSERT_TRUE(costs.has_value());
  EXPECT_EQ(costs->per_hour.value(), 0);
  EXPECT_EQ(costs->today.value(), 60'000);
  EXPECT_EQ(projection->until_spent(NanoDollars(60'001), CostPeriod::kMonth, later), std::nullopt);
  EXPECT_EQ(projection->until_spent(NanoDollars(60'000), CostPeriod::kMonth, later), seconds(0));
}

TEST(CostProjection, Row46_DaysAndMonthsBeginAnewInLocalTime) {
  // Local midnight is at 22:00 UTC; the month ends on the 30th.
  const auto projection = make({.day_offset_s = 2 * 3600});
  const std::int64_t last_day = kNoon + 14 * 86'400;
  spend_for(*projection, hours(10), last_day);
  const auto before = projection->project({last_day + 10 * 3600 - 1, 0});
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ(before->spent_today.value(), 600'000);
  EXPECT_EQ(before->today, before->this_month);
  const auto after = projection->project({last_day + 10 * 3600, 0});
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->spent_today.value(), 0);
  EXPECT_EQ(after->spent_this_month.value(), 0);
  EXPECT_EQ(after->today.value(), 24 * 60'000);
  EXPECT_EQ(after->this_month.value(), 31 * 24 * 60'000);
  spend(*projection, last_day + 10 * 3600, 7);
  spend(*projection, last_day, 5);  // late, of a month that is over
  const auto july = projection->project({last_day + 10 * 3600 + 1, 0});
  ASSERT_TRUE(july.has_value());
  EXPECT_EQ(july->spent_today.value(), 7);
  EXPECT_EQ(july->spent_this_month.value(), 7);
}

TEST(CostProjection, Row46_OneUsersSpendingIsNotAnothers) {
  const auto projection = make({.calls_min = 1, .of = CostDimension::kUser, .only = "ann"});
  spend(*projection, kNoon, 1000, "ann");
  spend(*projection, kNoon, 5000, "bob");
  spend(*projection, kNoon, 5000);
  const auto costs = projection->project({kNoon + 3600, 0});
  ASSERT_TRUE(costs.has_value());
  EXPECT_EQ(costs->spent_today.value(), 1000);
}

TEST(CostProjection, Row46_WrongOptionsAreRefusedWithWhatToGive) {
  EXPECT_EQ(CostProjection::create({.window = seconds(59)}).status().message(),
            "a projection's window is 59 seconds; give a minute to a year");
  EXPECT_FALSE(CostProjection::create({.window = hours(24 * 367)}).ok());
  EXPECT_FALSE(CostProjection::create({.observed_min = seconds(0)}).ok());
  EXPECT_FALSE(CostProjection::create({.window = minutes(5)}).ok()) << "observed_min is longer";
}

// Against all entries, by the formula of the header.
TEST(CostProjection, Row46_RandomSpendingIsProjectedByTheFormula) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::int64_t window = 60 * static_cast<std::int64_t>(1 + random() % 200);
    const auto projection =
        make({.window = seconds(window), .observed_min = seconds(1), .calls_min = 1});
    std::vector<std::pair<std::int64_t, std::int64_t>> spent;
    std::int64_t at = kNoon;
    for (int i = 0; i < 300; ++i) {
      at += static_cast<std::int64_t>(random() % 100);
      spent.emplace_back(at, static_cast<std::int64_t>(random() >> (10 + random() % 50)));
      spend(*projection, at, spent.back().second);
    }
    const std::int64_t now = at + 1 + static_cast<std::int64_t>(random() % 1000);
    const std::int64_t begin = (now / (window / 60) - 60) * (window / 60);
    __int128 in_window = 0;
    __int128 all = 0;
    for (const auto& [time, nanos] : spent) {
      all += nanos;
      if (time >= begin) in_window += nanos;
    }
    const std::int64_t length = std::min(now - spent.front().first, now - begin);
    const std::int64_t left = kNoon + 12 * 3600 - now;
    const auto costs = projection->project({now, 0});
    ASSERT_TRUE(costs.has_value());
    const __int128 twice_off = 2 * ((costs->today.value() - all) * length - in_window * left);
    EXPECT_LE(twice_off, length);
    EXPECT_GE(twice_off, -length);
  }
}

TEST(CostProjection, Row46_ThreadsSpendTogetherAsATrackersObserver) {
  const auto projection = make({.calls_min = 1});
  CostTracker tracker({.observer = [&](const CostEntry& entry, NanoDollars cost) {
    projection->spend(entry, cost);
  }});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&tracker] {
      for (int n = 0; n < 1000; ++n) {
        tracker.record({.time = Timestamp{kNoon + n, 0}, .cost = NanoDollars(3)});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto costs = projection->project({kNoon + 1000, 0});
  ASSERT_TRUE(costs.has_value());
  EXPECT_EQ(costs->spent_today.value(), 4 * 1000 * 3);
}

TEST(CostDay, MonthsEndWhereTheCalendarSays) {
  const std::int64_t june16 = kNoon / kDaySeconds;
  EXPECT_EQ(month_of(june16).first, june16 - 15);
  EXPECT_EQ(month_of(june16).end, june16 + 15);
  EXPECT_EQ(month_of(0).end, 31);
  EXPECT_EQ(month_of(-1).first, -31);
  EXPECT_EQ(day_of({-1, 0}, 0), -1);
  EXPECT_EQ(day_of({-1, 0}, 1), 0);
  DayText text;
  EXPECT_EQ(write_day(june16, text), "2026-06-16");
}

}  // namespace
}  // namespace tracebus
