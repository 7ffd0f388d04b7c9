// SPDX-License-Identifier: Apache-2.0
//
// The shipped mark of the running callback, explored: a worker that delivers batches to callbacks,
// and others who unsubscribe them meanwhile.
//
// What unsubscribe does besides is restated here: the entry's flag (CallbackEntry), the count of
// calls that is odd while the worker is inside the sink (QueuedSubscription), and the wait
// (BusCore::wait_for_callback).
//
// Oracle. A callback uses what it owns, a plain value. Whoever unsubscribed it destroys that by
// writing it, once unsubscribe has returned: so a call that still runs, or begins later, is a race
// or finds it destroyed; and so is a call that is over but was not seen to be.
#include "tracebus/bus/running_mark.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/model_sleep.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

constexpr std::size_t kEntries = 2;
constexpr std::uint64_t kDestroyed = ~std::uint64_t{0};

struct Entry {
  ModelAtom<bool> active_{true};
  ModelPlain<std::uint64_t> owned{0};
  std::uint32_t calls = 0;  // the worker's own

  bool active() const { return active_.load(); }
};

enum class Barrier { kOnAllThreads, kNone };
// What unsubscribe waits for besides the mark.
enum class Calls { kCounted, kIgnored };

struct Plan {
  std::vector<std::vector<std::size_t>> batches;  // the entry of each event
  std::vector<std::size_t> unsubscribed;          // by one thread each
  Barrier barrier = Barrier::kOnAllThreads;
  Calls calls = Calls::kCounted;
};

struct Bench {
  std::array<Entry, kEntries> entries;
  BasicRunningMark<Entry, ModelAtom> mark;
  ModelAtom<std::uint64_t> calls{0};
};

void deliver(Bench& bench, Entry& entry) {
  bench.mark.call(entry, [&](bool active) {
    if (!active) return;
    const std::uint64_t owned = entry.owned.read();
    check(owned != kDestroyed, "no call begins after unsubscribe");
    entry.owned.write(owned + 1);
    ++entry.calls;
  });
}

void work(Bench& bench, const Plan& plan) {
  for (const std::vector<std::size_t>& batch : plan.batches) {
    bench.calls.fetch_add(1);
    for (const std::size_t entry : batch) deliver(bench, bench.entries[entry]);
    bench.calls.fetch_add(1);
  }
}

void unsubscribe(Bench& bench, Entry& entry, const Plan& plan) {
  entry.active_.store(false);
  const bool counted = plan.calls == Calls::kCounted;
  const std::uint64_t mark = counted ? bench.calls.load() : 1;
  if (mark % 2 == 0) return;
  if (plan.barrier == Barrier::kOnAllThreads) model_fence_everywhere();
  await([&] { return (counted && bench.calls.load() != mark) || !bench.mark.running(entry); });
}

Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench bench;
    execution.thread("worker", [&] { work(bench, plan); });
    for (const std::size_t entry : plan.unsubscribed) {
      execution.thread("unsubscriber of " + std::to_string(entry), [&, entry] {
        unsubscribe(bench, bench.entries[entry], plan);
        bench.entries[entry].owned.write(kDestroyed);
      });
    }
    if (!execution.run()) return;
    std::string calls;
    for (const Entry& entry : bench.entries) calls += std::to_string(entry.calls);
    execution.outcome(calls);
  };
}

const Scenario kOne = scenario_of({{{0}, {0}}, {0}});
// Who waits for the first may find the mark of the second.
const Scenario kNext = scenario_of({{{0, 1}}, {0}});
const Scenario kBoth = scenario_of({{{0, 1}}, {0, 1}});
// The mark alone decides.
const Scenario kMarkAlone =
    scenario_of({{{0, 1, 0}}, {0}, Barrier::kOnAllThreads, Calls::kIgnored});
const Scenario kWithoutBarrier = scenario_of({{{0}}, {0}, Barrier::kNone});

Report explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
  return report;
}

TEST(RunningMarkModel, NoCallRunsOrBeginsAfterUnsubscribe) {
  const Report report = explored(kOne);
  EXPECT_EQ(report.outcomes.size(), 3u);  // called never, once, or twice
  explored(kMarkAlone);
}

TEST(RunningMarkModel, OtherCallbacksAreNotInTheWay) {
  EXPECT_TRUE(explored(kNext).outcomes.contains("01"));
  // Too long to explore: some of its executions.
  const Report report = explore(kBoth, {.random_executions = 20'000, .seed = 1});
  EXPECT_TRUE(report.passed()) << report.describe();
  EXPECT_EQ(report.outcomes.size(), 4u);  // each of them called or not
}

// The reason for the barrier. If this no longer fails, the checker has lost its sight.
TEST(RunningMarkModel, CallIsMissedWithoutABarrier) {
  const Report report = explore(kWithoutBarrier);
  ASSERT_TRUE(report.failure) << report.describe();
  EXPECT_EQ(report.failure->kind, FailureKind::kRace);
  std::printf("%s\n", report.failure->message.c_str());
}

constexpr std::size_t kOrdersOfTheMark = 3;  // two stores and the load

TEST(RunningMarkModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"next", kNext}, {"mark alone", kMarkAlone}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "running_mark.h"), kOrdersOfTheMark);
}

}  // namespace
}  // namespace tracebus::inline v1::model
