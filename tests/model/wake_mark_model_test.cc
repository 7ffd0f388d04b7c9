// SPDX-License-Identifier: Apache-2.0
//
// The shipped wake mark, explored: dispatchers that publish events, each to its own queue, and wake
// a worker that waits for some of them, and a controller that orders the worker to end.
//
// Oracle. The worker comes to its end, which is when it has seen all events or, if there is a
// controller, its order. If it sleeps although its mark is reached, or the order given, that is a
// deadlock.
#include "tracebus/bus/wake_mark.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "tracebus/tests/model/explored.h"
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

constexpr std::size_t kQueuesMax = 2;

struct Plan {
  std::vector<std::uint64_t> published;  // in all, after each pass of a dispatcher
  std::uint64_t batch;                   // the worker wants to be woken for so many of a queue
  bool by_bytes = false;                 // and says so in bytes
  bool controlled = false;
  std::size_t queues = 1;
};

template <class Count>
struct Bench {
  explicit Bench(std::size_t queues) : mark(queues) {}

  CheckedMark<Count> mark;
  std::array<ModelAtom<std::uint64_t>, kQueuesMax> published{};
  ModelAtom<bool> end{false};
  // The worker's own.
  std::array<std::uint64_t, kQueuesMax> seen{};
  std::uint32_t slept = 0;
};

template <class Count>
void dispatch(Bench<Count>& bench, const Plan& plan, std::size_t queue) {
  for (const std::uint64_t published : plan.published) {
    bench.published[queue].store(published, std::memory_order_relaxed);
    CheckedMark<Count>::order_publications();
    if (bench.mark.reached(queue, published, published * kEventBytes)) bench.mark.wake();
  }
}

template <class Count>
void control(Bench<Count>& bench) {
  bench.end.store(true, std::memory_order_relaxed);  // wake is all that orders it
  bench.mark.wake();
}

// Waits for the next batch of any queue, or what is left to its last event.
template <class Count>
void wait(Bench<Count>& bench, const Plan& plan) {
  const std::uint64_t last = plan.published.back();
  const auto target_of = [&](std::size_t queue) {
    return bench.seen[queue] == last ? CheckedMark<Count>::kNever
                                     : std::min(bench.seen[queue] + plan.batch, last);
  };
  const auto marks_of = [&](std::size_t queue) {
    const std::uint64_t target = target_of(queue);
    typename CheckedMark<Count>::Marks marks;
    if (target == CheckedMark<Count>::kNever) return marks;
    (plan.by_bytes ? marks.bytes : marks.events) = target * (plan.by_bytes ? kEventBytes : 1);
    return marks;
  };
  bench.slept += bench.mark.wait(marks_of, kNever, [&] {
    if (bench.end.load(std::memory_order_relaxed)) return true;
    for (std::size_t queue = 0; queue < plan.queues; ++queue) {
      if (bench.published[queue].load(std::memory_order_relaxed) >= target_of(queue)) return true;
    }
    return false;
  });
}

template <class Count>
void work(Bench<Count>& bench, const Plan& plan) {
  for (;;) {
    bool all_seen = true;
    for (std::size_t queue = 0; queue < plan.queues; ++queue) {
      bench.seen[queue] = bench.published[queue].load(std::memory_order_relaxed);
      all_seen = all_seen && bench.seen[queue] == plan.published.back();
    }
    if (plan.controlled ? bench.end.load(std::memory_order_relaxed) : all_seen) return;
    wait(bench, plan);
  }
}

template <class Count = ModelEventCount>
Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench<Count> bench(plan.queues);
    for (std::size_t queue = 0; queue < plan.queues; ++queue) {
      execution.thread("dispatcher", [&, queue] { dispatch(bench, plan, queue); });
    }
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
const Scenario kManyOfTwoQueues = scenario_of({{1, 3, 4}, 2, false, true, 2});
const Scenario kMany = scenario_of({{1, 3, 4, 5}, 2, false, true});

TEST(WakeMarkModel, WorkerWakesForWhatItWaitsFor) {
  explored(kAllShipped);
  explored(kOne);
  explored(kBatch);
  explored(kBytes);
}

// The two who wake take each other's marks away, and with them the worker's next ones.
TEST(WakeMarkModel, OrderIsSeenBesideEvents) { explored(kControlled); }

// Too long to explore: some of their executions. Of two dispatchers each takes away the mark that
// the other one looks at.
TEST(WakeMarkModel, ManyUnderRandomSchedules) {
  for (const Scenario& scenario : {kMany, kManyOfTwoQueues}) {
    const Report report = explore(scenario, {.random_executions = 20'000, .seed = 1});
    EXPECT_TRUE(report.passed()) << report.describe();
  }
}

// --- Two queues, as small as can be ---

// Of two dispatchers each publishes once, and the worker, which waits for one of them, sleeps once.
enum class Broken {
  kNo,
  kLooksAtTheOthersMark,  // the dispatchers, each at that of the other one's queue
  kSetsNoSecondMark,      // the worker
  kLooksAtOneQueue,       // the worker, before it sleeps
};

struct OneWait {
  std::uint64_t wanted[kQueuesMax];  // the worker's marks; kNever: it waits for the other one alone
  Broken broken = Broken::kNo;
};

void dispatch_once(Bench<ModelEventCount>& bench, std::size_t queue, Broken broken) {
  bench.published[queue].store(1, std::memory_order_relaxed);
  CheckedMark<ModelEventCount>::order_publications();
  const std::size_t looked_at = broken == Broken::kLooksAtTheOthersMark ? 1 - queue : queue;
  if (bench.mark.reached(looked_at, 1, kEventBytes)) bench.mark.wake();
}

void wait_once(Bench<ModelEventCount>& bench, const OneWait& plan) {
  const auto marks_of = [&](std::size_t queue) {
    CheckedMark<ModelEventCount>::Marks marks;
    if (queue == 0 || plan.broken != Broken::kSetsNoSecondMark) marks.events = plan.wanted[queue];
    return marks;
  };
  const std::size_t looked_at = plan.broken == Broken::kLooksAtOneQueue ? 1 : kQueuesMax;
  bench.slept += bench.mark.wait(marks_of, kNever, [&] {
    for (std::size_t queue = 0; queue < looked_at; ++queue) {
      if (bench.published[queue].load(std::memory_order_relaxed) >= plan.wanted[queue]) return true;
    }
    return false;
  });
}

Scenario one_wait(const OneWait& plan) {
  return [plan](Execution& execution) {
    Bench<ModelEventCount> bench(kQueuesMax);
    for (std::size_t queue = 0; queue < kQueuesMax; ++queue) {
      execution.thread("dispatcher", [&, queue] { dispatch_once(bench, queue, plan.broken); });
    }
    execution.thread("worker", [&] { wait_once(bench, plan); });
    if (!execution.run()) return;
    execution.outcome(bench.slept == 0 ? "awake" : "slept");
  };
}

constexpr std::uint64_t kNoMark = CheckedMark<ModelEventCount>::kNever;

TEST(WakeMarkModel, WorkerOfTwoQueuesWakesForWhatItWaitsFor) {
  explored(one_wait({{kNoMark, 1}}));
  explored(one_wait({{1, 2}}));
  explored(one_wait({{1, 1}}));
}

TEST(WakeMarkModel, WhatIsBrokenWithTwoQueuesIsCaught) {
  for (const Broken broken :
       {Broken::kLooksAtTheOthersMark, Broken::kSetsNoSecondMark, Broken::kLooksAtOneQueue}) {
    const Report report = explore(one_wait({{kNoMark, 1}, broken}));
    ASSERT_TRUE(report.failure) << static_cast<int>(broken);
    EXPECT_NE(report.failure->message.find("worker waits"), std::string::npos);
  }
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
