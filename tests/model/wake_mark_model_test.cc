// SPDX-License-Identifier: Apache-2.0
//
// The shipped wake mark, explored: a dispatcher that publishes events and wakes a worker that waits
// for some of them, and a controller that orders the worker to end.
//
// Oracle. The worker comes to its end, which is when it has seen all events or, if there is a
// controller, its order. If it sleeps although its mark is reached, or the order given, that is a
// deadlock.
#include "tracebus/bus/wake_mark.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_sleep.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

template <class Count>
using CheckedMark = BasicWakeMark<ModelAtom, Count, ModelFence>;
using ShippedCount = BasicEventCount<ModelAtom, ModelSleep>;
constexpr auto kNever = ModelClock::TimePoint::max();
constexpr std::uint64_t kEventBytes = 100;

struct Plan {
  std::vector<std::uint64_t> published;  // in all, after each pass of the dispatcher
  std::uint64_t batch;                   // the worker wants to be woken for so many
  bool by_bytes = false;                 // and says so in bytes
  bool controlled = false;
};

template <class Count>
struct Bench {
  CheckedMark<Count> mark;
  ModelAtom<std::uint64_t> published{0};
  ModelAtom<bool> end{false};
  // The worker's own.
  std::uint64_t seen = 0;
  std::uint32_t slept = 0;
};

template <class Count>
void dispatch(Bench<Count>& bench, const Plan& plan) {
  for (const std::uint64_t published : plan.published) {
    bench.published.store(published, std::memory_order_relaxed);
    CheckedMark<Count>::order_publications();
    if (bench.mark.reached(published, published * kEventBytes)) bench.mark.wake();
  }
}

template <class Count>
void control(Bench<Count>& bench) {
  bench.end.store(true, std::memory_order_relaxed);  // wake is all that orders it
  bench.mark.wake();
}

// Waits for the next batch, or what is left to the last event.
template <class Count>
void wait(Bench<Count>& bench, const Plan& plan) {
  const std::uint64_t last = plan.published.back();
  const std::uint64_t target = bench.seen + plan.batch < last ? bench.seen + plan.batch : last;
  typename CheckedMark<Count>::Marks marks;
  (plan.by_bytes ? marks.bytes : marks.events) = target * (plan.by_bytes ? kEventBytes : 1);
  bench.slept += bench.mark.wait(marks, kNever, [&] {
    return bench.published.load(std::memory_order_relaxed) != bench.seen ||
           bench.end.load(std::memory_order_relaxed);
  });
}

template <class Count>
void work(Bench<Count>& bench, const Plan& plan) {
  for (;;) {
    bench.seen = bench.published.load(std::memory_order_relaxed);
    if (plan.controlled ? bench.end.load(std::memory_order_relaxed)
                        : bench.seen == plan.published.back()) {
      return;
    }
    wait(bench, plan);
  }
}

template <class Count = ModelEventCount>
Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench<Count> bench;
    execution.thread("dispatcher", [&] { dispatch(bench, plan); });
    execution.thread("worker", [&] { work(bench, plan); });
    if (plan.controlled) execution.thread("controller", [&] { control(bench); });
    if (!execution.run()) return;
    execution.outcome(bench.slept == 0 ? "awake" : "slept");
  };
}

const Scenario kAllShipped = scenario_of<ShippedCount>({{1}, 1});
const Scenario kOne = scenario_of({{1}, 1});
const Scenario kBatch = scenario_of({{1, 2}, 2});
const Scenario kBytes = scenario_of({{1}, 1, true});
const Scenario kControlled = scenario_of({{1}, 1, false, true});
const Scenario kMany = scenario_of({{1, 3, 4, 5}, 2, false, true});

void explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  EXPECT_TRUE(report.outcomes.contains("awake"));
  EXPECT_TRUE(report.outcomes.contains("slept"));
  std::printf("%s", report.describe().c_str());
}

TEST(WakeMarkModel, WorkerWakesForWhatItWaitsFor) {
  explored(kAllShipped);
  explored(kOne);
  explored(kBatch);
  explored(kBytes);
}

// The two who wake take each other's marks away, and with them the worker's next ones.
TEST(WakeMarkModel, OrderIsSeenBesideEvents) { explored(kControlled); }

// Too long to explore: some of its executions.
TEST(WakeMarkModel, ManyUnderRandomSchedules) {
  const Report report = explore(kMany, {.random_executions = 20'000, .seed = 1});
  EXPECT_TRUE(report.passed()) << report.describe();
}

// Each of the two fences, in two ways.
constexpr std::size_t kOrdersOfTheMark = 4;

TEST(WakeMarkModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {
      {"one", kOne}, {"batch", kBatch}, {"controlled", kControlled}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "wake_mark.h"), kOrdersOfTheMark);
}

}  // namespace
}  // namespace tracebus::inline v1::model
