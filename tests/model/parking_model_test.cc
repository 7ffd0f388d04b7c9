// SPDX-License-Identifier: Apache-2.0
//
// The shipped parking, explored: producers that publish and wake, others that ask for something and
// wake, and a dispatcher that looks for both and parks when it finds neither.
//
// Oracle. The dispatcher comes to its end, which is when it has received every event and every
// request. If it parks while one of them waits, and nothing is left that could wake it, that is a
// deadlock. What an event holds is a plain value that follows from its number.
#include "tracebus/bus/parking.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/tests/model/explored.h"
#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/model_sleep.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

using ShippedCount = BasicEventCount<ModelAtom, ModelSleep>;

constexpr std::size_t kProducersMax = 2;
constexpr std::size_t kEventsMax = 2;

enum class Fences {
  kOnAllThreads,  // a membarrier before each untimed park
  kNone,          // parks are untimed all the same
  kNoneButTimed,  // as the library parks while the bus is not silent
};

struct Plan {
  std::uint32_t producers;
  std::uint32_t events;  // of each
  std::uint32_t askers;
  Fences fences;
};

// What a ring is here: the number of events published.
struct Row {
  ModelAtom<std::uint32_t> tail{0};
  std::array<ModelPlain<std::uint64_t>, kEventsMax> events;
  std::uint32_t received = 0;  // the dispatcher's own
};

template <class Count>
struct Bench {
  ModelClock clock;
  BasicParking<ModelAtom, Count> parking;
  std::array<Row, kProducersMax> rows;
  ModelAtom<std::uint32_t> requests{0};
  ModelAtom<std::uint32_t> ended{0};  // producers and askers
  // The dispatcher's own.
  std::uint32_t served = 0;
  std::uint32_t slept = 0;
};

std::uint64_t content_of(std::uint64_t event) { return mix(7, event); }

template <class Count>
void produce(Bench<Count>& bench, Row& row, const Plan& plan) {
  for (std::uint32_t i = 0; i < plan.events; ++i) {
    row.events[i].write(content_of(i));
    row.tail.store(i + 1, std::memory_order_release);
    bench.parking.wake_if_parked();
  }
  bench.ended.fetch_add(1, std::memory_order_relaxed);
}

template <class Count>
void ask(Bench<Count>& bench) {
  bench.requests.fetch_add(1, std::memory_order_relaxed);  // wake is all that orders it
  bench.parking.wake();
  bench.ended.fetch_add(1, std::memory_order_relaxed);
}

template <class Count>
bool work_waits(Bench<Count>& bench) {
  for (const Row& row : bench.rows) {
    if (row.tail.load(std::memory_order_acquire) != row.received) return true;
  }
  return bench.requests.load(std::memory_order_relaxed) != bench.served;
}

template <class Count>
void make_pass(Bench<Count>& bench) {
  for (Row& row : bench.rows) {
    const std::uint32_t end = row.tail.load(std::memory_order_acquire);
    for (; row.received < end; ++row.received) {
      check(row.events[row.received].read() == content_of(row.received), "the event is whole");
    }
  }
  bench.served = bench.requests.load(std::memory_order_relaxed);
}

template <class Count>
bool all_done(const Bench<Count>& bench, const Plan& plan) {
  std::uint32_t received = 0;
  for (const Row& row : bench.rows) received += row.received;
  return received == plan.producers * plan.events && bench.served == plan.askers;
}

// Named types, so that reports can name the function that they are given to.
struct Barrier {
  Fences fences;
  bool operator()() const {
    if (fences == Fences::kOnAllThreads) model_fence_everywhere();
    return fences != Fences::kNoneButTimed;
  }
};
template <class Count>
struct WorkWaits {
  Bench<Count>& bench;
  bool operator()() const { return work_waits(bench); }
};

template <class Count>
void dispatch(Bench<Count>& bench, const Plan& plan) {
  for (make_pass(bench); !all_done(bench, plan); make_pass(bench)) {
    const auto deadline = bench.clock.next();
    bench.slept += bench.parking.park(deadline, Barrier{plan.fences}, WorkWaits<Count>{bench});
  }
}

// Time passes once at any moment, and once after all the others have ended.
template <class Count>
void pass_time(Bench<Count>& bench, const Plan& plan) {
  bench.clock.tick();
  await(
      [&] { return bench.ended.load(std::memory_order_relaxed) == plan.producers + plan.askers; });
  bench.clock.tick();
}

template <class Count = ModelEventCount>
Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench<Count> bench;
    for (std::uint32_t i = 0; i < plan.producers; ++i) {
      execution.thread("producer " + std::to_string(i),
                       [&, i] { produce(bench, bench.rows[i], plan); });
    }
    for (std::uint32_t i = 0; i < plan.askers; ++i) {
      execution.thread("asker " + std::to_string(i), [&] { ask(bench); });
    }
    execution.thread("dispatcher", [&] { dispatch(bench, plan); });
    if (plan.fences == Fences::kNoneButTimed) {
      execution.thread("clock", [&] { pass_time(bench, plan); });
    }
    if (!execution.run()) return;
    execution.outcome(bench.slept == 0 ? "awake" : "slept");
  };
}

const Scenario kAllShipped = scenario_of<ShippedCount>({1, 1, 0, Fences::kOnAllThreads});
const Scenario kOneProducer = scenario_of({1, 2, 0, Fences::kOnAllThreads});
const Scenario kTwoProducers = scenario_of({2, 1, 0, Fences::kOnAllThreads});
const Scenario kProducerAndAsker = scenario_of({1, 1, 1, Fences::kOnAllThreads});
// Those who ask need no barrier.
const Scenario kAskers = scenario_of({0, 0, 2, Fences::kNone});
const Scenario kMissed = scenario_of({1, 1, 0, Fences::kNone});
const Scenario kTimed = scenario_of({1, 1, 0, Fences::kNoneButTimed});
const Scenario kManyTimed = scenario_of<ShippedCount>({1, 2, 1, Fences::kNoneButTimed});

TEST(ParkingModel, UntimedParkIsSafeAfterAFenceOnAllThreads) {
  explored(kAllShipped);
  explored(kOneProducer);
  explored(kTwoProducers);
  explored(kProducerAndAsker);
}

TEST(ParkingModel, RequestIsFoundWithoutABarrier) { explored(kAskers); }

// The reason for the barrier. If this no longer fails, the checker has lost its sight.
TEST(ParkingModel, WakeIsMissedInAnUntimedParkWithoutBarrier) {
  const Report report = explore(kMissed);
  ASSERT_TRUE(report.failure) << report.describe();
  EXPECT_EQ(report.failure->kind, FailureKind::kDeadlock);
  EXPECT_NE(report.failure->message.find("dispatcher waits"), std::string::npos);
}

TEST(ParkingModel, TimedParkEndsAMissedWake) {
  explored(kTimed);
  // Too long to explore: some of its executions.
  const Report report = explore(kManyTimed, {.random_executions = 20'000, .seed = 1});
  EXPECT_TRUE(report.passed()) << report.describe();
}

constexpr std::size_t kOrdersOfParking = 6;  // each of two exchanges, in three ways

TEST(ParkingModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"one producer", kOneProducer},
                                                {"askers", kAskers}};
  // These keep the load of the key before the store of the epoch that a wake makes because of the
  // exchange after the load: load buffering, which is not explored.
  const std::vector<Exemption> exemptions = {
      {"park", Operation::kExchange, std::memory_order_acq_rel, std::memory_order_acquire},
      {"wake", Operation::kExchange, std::memory_order_acq_rel, std::memory_order_release}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "parking.h", exemptions), kOrdersOfParking);
}

}  // namespace
}  // namespace tracebus::inline v1::model
