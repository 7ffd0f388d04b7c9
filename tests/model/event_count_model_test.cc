// SPDX-License-Identifier: Apache-2.0
//
// The shipped event count, explored: announcers that raise a number and notify, waiters that sleep
// until the number is high enough.
//
// Oracle. Every waiter comes to its end. One that sleeps on while what it waits for has been
// announced is a deadlock. The number itself is relaxed, so that nothing but the event count orders
// it; and a sleeper wakes by a call alone, not by the sight of a new epoch.
#include "tracebus/bus/event_count.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_sleep.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

using Count = BasicEventCount<ModelAtom, ModelSleep>;
constexpr auto kNever = ModelClock::TimePoint::max();

struct Plan {
  std::uint32_t announcers;
  std::uint32_t announcements;  // of each
  std::uint32_t waiters;
};

struct Bench {
  Count count;
  ModelAtom<std::uint32_t> number{0};
};

void announce(Bench& bench) {
  bench.number.fetch_add(1, std::memory_order_relaxed);
  bench.count.notify();
}

void wait_for(Bench& bench, std::uint32_t number) {
  for (;;) {
    const auto key = bench.count.prepare();
    if (bench.number.load(std::memory_order_relaxed) >= number) return;
    bench.count.wait(key, kNever);
  }
}

Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench bench;
    for (std::uint32_t i = 0; i < plan.announcers; ++i) {
      execution.thread("announcer " + std::to_string(i), [&] {
        for (std::uint32_t n = 0; n < plan.announcements; ++n) announce(bench);
      });
    }
    for (std::uint32_t i = 0; i < plan.waiters; ++i) {
      execution.thread("waiter " + std::to_string(i), [&, i] {
        // The second waiter is content with the first announcement.
        const std::uint32_t all = plan.announcers * plan.announcements;
        wait_for(bench, i == 0 ? all : 1);
      });
    }
    execution.run();
  };
}

// Nobody announces; the wait ends when its time has come.
void deadline(Execution& execution) {
  Bench bench;
  ModelClock clock;
  const auto moment = clock.next();
  execution.thread("waiter", [&] {
    bench.count.wait(bench.count.prepare(), moment);
    check(ModelClock::has_come(moment), "it did not end before");
  });
  execution.thread("clock", [&] {
    clock.tick();
    clock.tick();
  });
  execution.run();
}

// A number that is raised without a notify.
void forgotten(Execution& execution) {
  Bench bench;
  execution.thread("announcer", [&] { bench.number.store(1, std::memory_order_relaxed); });
  execution.thread("waiter", [&] { wait_for(bench, 1); });
  execution.run();
}

const Scenario kOnce = scenario_of({1, 1, 1});
const Scenario kTwice = scenario_of({1, 2, 1});
const Scenario kTwoWaiters = scenario_of({1, 1, 2});
const Scenario kTwoAnnouncers = scenario_of({2, 1, 1});
const Scenario kMany = scenario_of({2, 2, 2});

void explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
}

TEST(EventCountModel, NotifyEndsTheWaitWheneverItComes) {
  explored(kOnce);
  explored(kTwice);
}

TEST(EventCountModel, NotifyWakesAllWaiters) {
  explored(kTwoWaiters);
  explored(kTwoAnnouncers);
}

// Too long to explore: some of its executions.
TEST(EventCountModel, ManyUnderRandomSchedules) {
  const Report report = explore(kMany, {.random_executions = 20'000, .seed = 1});
  EXPECT_TRUE(report.passed()) << report.describe();
}

TEST(EventCountModel, DeadlineEndsTheWait) { explored(deadline); }

TEST(EventCountModel, ForgottenNotifyIsADeadlock) {
  const Report report = explore(forgotten);
  ASSERT_TRUE(report.failure) << report.describe();
  EXPECT_EQ(report.failure->kind, FailureKind::kDeadlock);
}

// The load in prepare; two ways to weaken each of the four that are sequentially consistent.
constexpr std::size_t kOrdersOfTheCount = 9;

TEST(EventCountModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {
      {"once", kOnce}, {"twice", kTwice}, {"two waiters", kTwoWaiters}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "event_count.h"), kOrdersOfTheCount);
}

}  // namespace
}  // namespace tracebus::inline v1::model
