// SPDX-License-Identifier: Apache-2.0
//
// The shipped departures, explored: two dispatchers that publish to queues of their
// own and leave, and the worker of a subscription that is over, which takes what is queued until
// all have left.
//
// Oracle. The worker comes to its end, and has then taken every event, whole.
#include "tracebus/bus/departures.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "tracebus/tests/model/explored.h"
#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/model_sleep.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

using CheckedDepartures = BasicDepartures<ModelAtom>;
constexpr std::size_t kDispatchers = 2;

// How it must not be done: each is a scenario that fails.
enum class Broken {
  kNo,
  kLeavesBeforeItPublishes,
  kOneIsEnough,         // the worker ends when any of them has left
  kLooksAfterItTook,    // at the departures
  kDoesNotWake,         // the worker, who may sleep when the last one leaves
  kSleepsWithoutALook,  // the worker, since it took the key
};

struct Queue {
  ModelPlain<std::uint64_t> event;
  ModelAtom<std::uint32_t> published{0};
};

struct Bench {
  ModelEventCount wakes;  // a worker that discards sets no marks: this is all there is to its sleep
  CheckedDepartures departures{kDispatchers};
  std::array<CheckedDepartures, kDispatchers> alone{CheckedDepartures(1), CheckedDepartures(1)};
  std::array<Queue, kDispatchers> queues;
  // The worker's own.
  std::array<std::uint32_t, kDispatchers> taken{};
  bool slept = false;
};

std::uint64_t content_of(std::size_t queue) { return mix(9, queue); }

void leave(Bench& bench, std::size_t dispatcher, Broken broken) {
  if (broken == Broken::kOneIsEnough) {
    bench.alone[dispatcher].leave(0);
  } else {
    bench.departures.leave(dispatcher);
  }
}

void dispatch(Bench& bench, std::size_t dispatcher, Broken broken) {
  Queue& queue = bench.queues[dispatcher];
  if (broken == Broken::kLeavesBeforeItPublishes) leave(bench, dispatcher, broken);
  queue.event.write(content_of(dispatcher));
  // As SubscriptionQueue, with which the worker that discards is not woken.
  queue.published.store(1, std::memory_order_release);
  if (broken != Broken::kLeavesBeforeItPublishes) leave(bench, dispatcher, broken);
  if (broken != Broken::kDoesNotWake) bench.wakes.notify();
}

bool over(const Bench& bench, Broken broken) {
  if (broken != Broken::kOneIsEnough) return bench.departures.all_left();
  return bench.alone[0].all_left() || bench.alone[1].all_left();
}

void take_all(Bench& bench) {
  for (std::size_t i = 0; i < kDispatchers; ++i) {
    Queue& queue = bench.queues[i];
    if (queue.published.load(std::memory_order_acquire) == bench.taken[i]) continue;
    check(queue.event.read() == content_of(i), "the event is whole");
    ++bench.taken[i];
  }
}

// As Worker::step and Worker::wait, with WorkerOrder::kDiscard.
void work(Bench& bench, Broken broken) {
  for (;;) {
    bool last = broken != Broken::kLooksAfterItTook && over(bench, broken);
    take_all(bench);
    if (broken == Broken::kLooksAfterItTook) last = over(bench, broken);
    if (last) break;
    const std::uint32_t key = bench.wakes.prepare();
    if (broken != Broken::kSleepsWithoutALook && over(bench, broken)) continue;
    bench.wakes.wait(key, ModelClock::TimePoint::max());
    bench.slept = true;
  }
  for (const std::uint32_t taken : bench.taken) check(taken == 1, "every event was taken");
}

Scenario scenario_of(Broken broken) {
  return [broken](Execution& execution) {
    Bench bench;
    for (std::size_t i = 0; i < kDispatchers; ++i) {
      execution.thread("dispatcher", [&, i] { dispatch(bench, i, broken); });
    }
    execution.thread("worker", [&] { work(bench, broken); });
    if (!execution.run()) return;
    execution.outcome(bench.slept ? "slept" : "awake");
  };
}

TEST(DeparturesModel, WorkerEndsWithTheLastAndHasTakenAll) { explored(scenario_of(Broken::kNo)); }

// If one of these no longer fails, the scenario has lost its sight.
TEST(DeparturesModel, WhatIsBrokenIsCaught) {
  const auto fails = [](Broken broken) {
    const Report report = explore(scenario_of(broken));
    return report.failure ? report.failure->message : "";
  };
  EXPECT_NE(fails(Broken::kLeavesBeforeItPublishes).find("every event was taken"),
            std::string::npos);
  EXPECT_NE(fails(Broken::kOneIsEnough).find("every event was taken"), std::string::npos);
  EXPECT_NE(fails(Broken::kLooksAfterItTook).find("every event was taken"), std::string::npos);
  EXPECT_NE(fails(Broken::kDoesNotWake).find("worker waits"), std::string::npos);
  EXPECT_NE(fails(Broken::kSleepsWithoutALook).find("worker waits"), std::string::npos);
}

constexpr std::size_t kOrdersOfDepartures = 2;

TEST(DeparturesModel, EveryWeakenedOrderIsCaught) {
  EXPECT_EQ(
      expect_all_mutants_caught({{"two dispatchers", scenario_of(Broken::kNo)}}, "departures.h"),
      kOrdersOfDepartures);
}

}  // namespace
}  // namespace tracebus::inline v1::model
