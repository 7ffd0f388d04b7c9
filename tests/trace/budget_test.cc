// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/budget.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tracebus/trace/cost_tracker.h"

namespace tracebus {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;

// Alerts as "group day percent", and how often each came.
class Alerts {
 public:
  BudgetCallback callback() {
    return [this](const BudgetAlert& alert) {
      const std::lock_guard lock(mutex_);
      EXPECT_EQ(alert.exceeded, alert.percent >= 100);
      ++counts_[std::string(alert.group) + " " + std::to_string(alert.day) + " " +
                std::to_string(alert.percent)];
    };
  }
  std::map<std::string, int> counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> counts_;
};
using Counts = std::map<std::string, int>;

std::unique_ptr<BudgetWatch> watch_of(const Budget& budget, const BudgetCallback& callback) {
  auto watch = BudgetWatch::create(budget, callback);
  EXPECT_TRUE(watch.ok()) << watch.status().message();
  return std::move(*watch);
}

CostEntry on_day(std::int64_t day, std::string_view user = {}) {
  CostEntry entry;
  entry.user = user;
  entry.time = Timestamp{day * kDaySeconds + 5, 0};
  return entry;
}

TEST(Budget, Row46_EachShareIsToldOnceByTheEntryThatReachesIt) {
  Alerts alerts;
  const auto watch = watch_of({.limit = NanoDollars(1000)}, alerts.callback());
  watch->spend({}, NanoDollars(799));
  EXPECT_EQ(alerts.counts(), Counts{});
  watch->spend({}, NanoDollars(1));
  EXPECT_EQ(alerts.counts(), (Counts{{" 0 80", 1}}));
  watch->spend({}, NanoDollars(199));
  watch->spend({}, NanoDollars(0));
  EXPECT_EQ(alerts.counts().size(), 1u);
  watch->spend({}, NanoDollars(5000));
  watch->spend({}, NanoDollars::max());
  EXPECT_EQ(alerts.counts(), (Counts{{" 0 80", 1}, {" 0 100", 1}}));
  EXPECT_EQ(watch->spent(""), NanoDollars::max());
}

TEST(Budget, Row46_DaysBeginAnewAndOldOrFutureOnesAreUntimely) {
  Alerts alerts;
  const auto watch = watch_of({.limit = NanoDollars(10), .per_day = true, .alert_percent = {100}},
                              alerts.callback());
  for (const std::int64_t day : {100, 101, 100, 101, 102, 101}) {
    watch->spend(on_day(day), NanoDollars(6));
  }
  EXPECT_EQ(alerts.counts(), (Counts{{" 100 100", 1}, {" 101 100", 1}}));
  watch->spend(on_day(100), NanoDollars(6));
  watch->spend(on_day(4'000'000), NanoDollars(6));
  EXPECT_EQ(watch->stats().untimely, 2u);
  EXPECT_EQ(watch->spent("", 102).value(), 6);
}

TEST(Budget, Row46_EachUserHasABudgetAndTheOthersBeyondTheLimitAreCounted) {
  Alerts alerts;
  const auto watch = watch_of({.limit = NanoDollars(10),
                               .of = CostDimension::kUser,
                               .alert_percent = {100},
                               .groups_max = 2},
                              alerts.callback());
  for (const std::string_view user : {"eve", "bob", "eve", "", "mallory", "mallory"}) {
    watch->spend(on_day(0, user), NanoDollars(6));
  }
  EXPECT_EQ(alerts.counts(), (Counts{{"eve 0 100", 1}}));
  EXPECT_EQ(watch->stats().unwatched, 2u);
}

TEST(Budget, Row46_ABudgetOfOneAgentIsNotSpentByAnother) {
  Alerts alerts;
  const auto watch = watch_of(
      {.limit = NanoDollars(10), .of = CostDimension::kAgent, .only = "a", .alert_percent = {100}},
      alerts.callback());
  watch->spend({.agent = "b"}, NanoDollars(60));
  watch->spend({.agent = "a"}, NanoDollars(6));
  EXPECT_EQ(alerts.counts(), Counts{});
  watch->spend({.agent = "a"}, NanoDollars(6));
  EXPECT_EQ(alerts.counts(), (Counts{{"a 0 100", 1}}));
}

// Whose budget it is, and an entry of somebody, nobody and somebody else.
struct BudgetOf {
  CostDimension of;
  std::string_view group;
  CostEntry somebody;
};

TEST(Budget, Row46_DayRunAgentAndUserEachHaveThresholdAndExceededAlerts) {
  EventIds ids;
  ids.run_id.bytes[0] = 7;
  const std::string run = ids.run_id.hex();
  const BudgetOf budgets[] = {{CostDimension::kDay, "", {.agent = "x"}},
                              {CostDimension::kRun, run, {.ids = ids}},
                              {CostDimension::kRun, "job-9", {.foreign_run = "job-9"}},
                              {CostDimension::kAgent, "a", {.agent = "a"}},
                              {CostDimension::kUser, "u", {.user = "u"}},
                              {CostDimension::kSession, "s", {.session = "s"}},
                              {CostDimension::kModel, "m", {.model = "m"}}};
  for (const auto& [of, group, somebody] : budgets) {
    Alerts alerts;
    const auto watch = watch_of({.limit = NanoDollars(1000), .of = of}, alerts.callback());
    CostTracker tracker(
        {.observer = [&](const CostEntry& entry, NanoDollars cost) { watch->spend(entry, cost); }});
    CostEntry entry = somebody;
    for (const std::int64_t nanos : {799, 1, 199, 1, 5000}) {
      entry.cost = NanoDollars(nanos);
      tracker.record(entry);
      if (of != CostDimension::kDay) tracker.record({.cost = NanoDollars(100'000)});
    }
    const std::string name(group);
    EXPECT_EQ(alerts.counts(), (Counts{{name + " 0 80", 1}, {name + " 0 100", 1}}));
  }
}

TEST(Budget, Row46_TheBlueprintsDailyBudgetAlertsAtItsThresholdAndWhenItIsSpent) {
  const auto budget = daily_budget(0.01);
  ASSERT_TRUE(budget.ok());
  Alerts alerts;
  const auto watch = watch_of(*budget, alerts.callback());
  watch->spend(on_day(20'000), NanoDollars(7'999'999));
  EXPECT_EQ(alerts.counts(), Counts{});
  watch->spend(on_day(20'000), NanoDollars(1));
  EXPECT_EQ(alerts.counts(), (Counts{{" 20000 80", 1}}));
  watch->spend(on_day(20'000), NanoDollars(2'000'000));
  watch->spend(on_day(20'001), NanoDollars(8'000'000));
  EXPECT_EQ(alerts.counts(), (Counts{{" 20000 80", 1}, {" 20000 100", 1}, {" 20001 80", 1}}));
  EXPECT_EQ(daily_budget(5, 1.0)->alert_percent, (std::vector<int>{100, 100}));
  for (const double share : {0.0, 0.005, 0.855, 1.01, std::nan("")}) {
    EXPECT_FALSE(daily_budget(5, share).ok()) << share;
  }
  for (const double dollars : {0.0, -1.0, 1e-12, std::nan("")}) {
    EXPECT_FALSE(daily_budget(dollars).ok()) << dollars;
  }
}

TEST(Budget, Row46_WrongBudgetsAreRefusedWithWhatToGive) {
  EXPECT_EQ(BudgetWatch::create({}, {}).status().message(),
            "a budget's limit is 0.0 dollars; give more than 0");
  EXPECT_FALSE(BudgetWatch::create({.limit = NanoDollars(1), .alert_percent = {0}}, {}).ok());
  EXPECT_FALSE(BudgetWatch::create({.limit = NanoDollars(1), .alert_percent = {1001}}, {}).ok());
  EXPECT_FALSE(BudgetWatch::create({.limit = NanoDollars(1), .groups_max = 0}, {}).ok());
}

TEST(Budget, Row46_ACallbackThatThrowsIsCountedAndNothingElseHappens) {
  const auto watch = watch_of({.limit = NanoDollars(1)},
                              [](const BudgetAlert&) { throw std::runtime_error("not today"); });
  watch->spend({}, NanoDollars(1));
  EXPECT_EQ(watch->stats().alerts, 2u);
  EXPECT_EQ(watch->stats().callback_failures, 2u);
}

// Every user spends far beyond its budget, on four threads at once, on each of two days.
TEST(Budget, Row46_UnderConcurrencyEachShareOfEachPeriodIsToldExactlyOnce) {
  Alerts alerts;
  const auto watch = watch_of({.limit = NanoDollars(1000),
                               .of = CostDimension::kUser,
                               .per_day = true,
                               .alert_percent = {50, 80, 100, 100}},
                              alerts.callback());
  CostTracker tracker(
      {.observer = [&](const CostEntry& entry, NanoDollars cost) { watch->spend(entry, cost); }});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&tracker] {
      for (int n = 0; n < 6000; ++n) {
        const std::string user = "user-" + std::to_string(n % 10);
        CostEntry entry = on_day(100 + n % 2, user);
        entry.cost = NanoDollars(7);
        tracker.record(entry);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Counts expected;
  for (int user = 0; user < 10; ++user) {
    for (const int percent : {50, 80, 100}) {
      const std::string day = std::to_string(100 + user % 2);
      expected["user-" + std::to_string(user) + " " + day + " " + std::to_string(percent)] = 1;
    }
  }
  EXPECT_EQ(alerts.counts(), expected);
  EXPECT_EQ(tracker.total_cost().value(), 4 * 6000 * 7);
}

}  // namespace
}  // namespace tracebus
