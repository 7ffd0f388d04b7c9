// SPDX-License-Identifier: Apache-2.0
//
// The shipped wait for room, explored with the shipped wake mark: dispatchers that publish fewer
// events than the worker waits for, and close their queue's gate, and the worker.
//
// Oracle. All come to their end. A dispatcher opens its gate, for producers that wait there, once
// the worker has taken what is published; the worker ends when it has taken all. If it sleeps on
// while a gate is closed and something is published, that is a deadlock.
#include "tracebus/bus/room_wait.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/bus/wake_mark.h"
#include "tracebus/tests/model/explored.h"
#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_sleep.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

using ShippedCount = BasicEventCount<ModelAtom, ModelSleep>;
template <class Count>
using CheckedMark = BasicWakeMark<ModelAtom, Count, ModelFence>;

// The queue that all is about; in some scenarios there is another one, whose gate stays open.
constexpr std::size_t kQueue = 0;
constexpr std::size_t kOther = 1;
constexpr std::size_t kQueuesMax = 2;
constexpr std::uint64_t kBatch = 100;  // no plan publishes so many, and no event ever gets old

enum class Act {
  kPublish,  // one event
  kClose,    // the gate
  kOpen,     // it, once the worker has taken all that is published
};
using Acts = std::vector<Act>;

// How it must not be done: each is a scenario that fails.
enum class Broken {
  kNo,
  kDoesNotWake,         // the dispatcher that closes its gate
  kWakesFirst,          // likewise, and lets the worker know afterwards
  kSleepsWithoutALook,  // the worker, at the wait for room
  kLooksAtTheOther,     // likewise, but at that of the other queue
  kSleepsForABatch,     // likewise, although it has taken all
  kTakesBatchesOnly,    // likewise, although it has seen the wait
  kHurriesForNothing,   // likewise, when nothing is published
};

struct Plan {
  Acts acts;
  Broken broken = Broken::kNo;
  std::uint64_t published_before = 0;
  std::size_t queues = 1;
  bool other_publishes = false;  // one event, which the worker wakes up for and leaves to wait

  std::uint64_t events() const {
    return published_before + static_cast<std::uint64_t>(std::ranges::count(acts, Act::kPublish));
  }
};

// What a channel is here.
struct Queue {
  ModelAtom<std::uint64_t> published{0};
  ModelAtom<std::uint64_t> taken{0};
  BasicRoomWait<ModelAtom> room_wait;
  // The worker's own.
  std::uint64_t front = 0;    // as taken
  std::uint64_t waiting = 0;  // at its last look
};

template <class Count>
struct Bench {
  explicit Bench(const Plan& plan) : mark(plan.queues) {
    queues[kQueue].published.store(plan.published_before, std::memory_order_relaxed);  // alone yet
  }

  CheckedMark<Count> mark;
  std::array<Queue, kQueuesMax> queues;
  bool slept = false;
};

struct NoMark {
  void wake() const {}
};

template <class Count>
void close(Bench<Count>& bench, Queue& queue, Broken broken) {
  NoMark nobody;
  if (broken == Broken::kDoesNotWake) return queue.room_wait.begin(nobody);
  if (broken != Broken::kWakesFirst) return queue.room_wait.begin(bench.mark);
  bench.mark.wake();
  queue.room_wait.begin(nobody);
}

template <class Count>
void publish(Bench<Count>& bench, std::size_t index, std::uint64_t published) {
  bench.queues[index].published.store(published, std::memory_order_release);
  CheckedMark<Count>::order_publications();
  if (bench.mark.reached(index, published, 0)) bench.mark.wake();
}

// As Dispatcher::finish and Seat::turn_gate. A gate closes before what closed it is published if
// the pass is long, and after that if it is short.
template <class Count>
void dispatch(Bench<Count>& bench, const Plan& plan) {
  Queue& queue = bench.queues[kQueue];
  std::uint64_t published = plan.published_before;
  for (const Act act : plan.acts) {
    if (act == Act::kPublish) publish(bench, kQueue, ++published);
    if (act == Act::kClose) close(bench, queue, plan.broken);
    if (act == Act::kOpen) {
      await([&] { return queue.taken.load(std::memory_order_acquire) == published; });
      queue.room_wait.end();
    }
  }
}

// As Worker::export_if_due: whether there was something to take.
bool take_if_due(Queue& queue, Broken broken) {
  const bool urgent = broken != Broken::kTakesBatchesOnly && queue.room_wait.lasts();
  queue.waiting = queue.published.load(std::memory_order_acquire) - queue.front;
  if (queue.waiting == 0 || (!urgent && queue.waiting < kBatch)) return false;
  queue.front += queue.waiting;
  queue.taken.store(queue.front, std::memory_order_release);
  return true;
}

// As Worker::wait, and in it is_reached, but that these look at what is published once more each,
// where here the last look must do.
template <class Count>
void wait(Bench<Count>& bench, const Plan& plan) {
  const auto mark_of = [&](const Queue& queue) {
    const bool idle = queue.waiting == 0 && plan.broken != Broken::kSleepsForABatch;
    return queue.front + (idle ? 1 : kBatch);
  };
  const auto marks_of = [&](std::size_t i) {
    return typename CheckedMark<Count>::Marks{.events = mark_of(bench.queues[i])};
  };
  const auto changed = [&] {
    for (std::size_t i = 0; i < plan.queues; ++i) {
      const Queue& queue = bench.queues[i];
      const std::uint64_t published = queue.published.load(std::memory_order_acquire);
      if (published >= mark_of(queue)) return true;
      if (plan.broken == Broken::kSleepsWithoutALook) continue;
      if (plan.broken == Broken::kLooksAtTheOther && i != kOther) continue;
      const bool any = published != queue.front || plan.broken == Broken::kHurriesForNothing;
      if (queue.room_wait.lasts() && any) return true;
    }
    return false;
  };
  const bool slept = bench.mark.wait(marks_of, ModelClock::TimePoint::max(), changed);
  bench.slept = bench.slept || slept;
}

template <class Count>
void work(Bench<Count>& bench, const Plan& plan) {
  while (bench.queues[kQueue].front != plan.events()) {
    bool worked = false;
    for (std::size_t i = 0; i < plan.queues; ++i) {
      worked = take_if_due(bench.queues[i], plan.broken) || worked;
    }
    if (!worked) wait(bench, plan);
  }
}

template <class Count = ModelEventCount>
Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench<Count> bench(plan);
    execution.thread("dispatcher", [&] { dispatch(bench, plan); });
    if (plan.other_publishes) execution.thread("other", [&] { publish(bench, kOther, 1); });
    execution.thread("worker", [&] { work(bench, plan); });
    if (!execution.run()) return;
    execution.outcome(bench.slept ? "slept" : "awake");
  };
}

const Acts kClosesAfter = {Act::kPublish, Act::kClose, Act::kOpen};
const Acts kClosesBefore = {Act::kClose, Act::kPublish, Act::kOpen};
const Acts kClosesTwice = {Act::kPublish, Act::kClose, Act::kOpen,
                           Act::kPublish, Act::kClose, Act::kOpen};
const Plan kFewEventsWait = {.acts = {Act::kClose, Act::kOpen}, .published_before = 1};
const Plan kMoreIsPublished = {.acts = {Act::kClose, Act::kPublish, Act::kOpen},
                               .published_before = 1};
const Plan kTwoQueues = {.acts = {Act::kClose}, .published_before = 1, .queues = 2};

TEST(RoomWaitModel, WorkerTakesWhatIsPublished) {
  explored(scenario_of<ShippedCount>(kFewEventsWait));
  for (const Plan& plan :
       {Plan{kClosesAfter}, Plan{kClosesBefore}, kFewEventsWait, kMoreIsPublished}) {
    explored(scenario_of(plan));
  }
}

TEST(RoomWaitModel, WorkerOfTwoQueuesTakesWhatIsPublished) { explored(scenario_of(kTwoQueues)); }

// Too long to explore: some of their executions.
TEST(RoomWaitModel, ManyUnderRandomSchedules) {
  for (const Acts& acts : {kClosesAfter, kClosesBefore, kClosesTwice}) {
    const Report report =
        explore(scenario_of<ShippedCount>({.acts = acts, .queues = 2, .other_publishes = true}),
                {.random_executions = 20'000, .seed = 1});
    EXPECT_TRUE(report.passed()) << report.describe();
  }
}

std::string failure_of(const Plan& plan) {
  const Report report = explore(scenario_of(plan));
  return report.failure ? report.failure->message : "";
}

// If one of these no longer fails, the scenario has lost its sight.
TEST(RoomWaitModel, WhatIsBrokenIsCaught) {
  for (const Plan& plan :
       {Plan{kClosesAfter, Broken::kDoesNotWake}, Plan{kClosesAfter, Broken::kWakesFirst},
        Plan{kClosesAfter, Broken::kSleepsWithoutALook},
        Plan{{Act::kClose}, Broken::kLooksAtTheOther, 1, 2},
        Plan{kClosesBefore, Broken::kSleepsForABatch}}) {
    EXPECT_NE(failure_of(plan).find("worker waits"), std::string::npos)
        << static_cast<int>(plan.broken);
  }
  for (const Plan& plan : {Plan{kClosesAfter, Broken::kTakesBatchesOnly},
                           Plan{kClosesBefore, Broken::kHurriesForNothing}}) {
    EXPECT_NE(failure_of(plan).find("steps"), std::string::npos) << static_cast<int>(plan.broken);
  }
}

// The fences of the mark, each in two ways: what is published behind a closed gate needs them. The
// wait for room itself has no order to weaken.
constexpr std::size_t kOrdersOfTheMark = 4;

TEST(RoomWaitModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"before", scenario_of({kClosesBefore})},
                                                {"after", scenario_of({kClosesAfter})}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "wake_mark.h"), kOrdersOfTheMark);
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "room_wait.h"), 0u);
}

}  // namespace
}  // namespace tracebus::inline v1::model
