// SPDX-License-Identifier: Apache-2.0
//
// Does the explorer find what it must, repeat what it found, and stay quiet about correct code?
// The broken programs here are the canaries of everything else in this folder.
#include "tracebus/tests/model/explorer.h"

#include <gtest/gtest.h>

#include <array>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"

namespace tracebus::inline v1::model {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

// A queue of two slots between two threads, right only if both positions release and acquire.
struct TinyQueue {
  std::array<ModelPlain<int>, 2> slots;
  ModelAtom<std::uint32_t> tail{0}, head{0};

  bool push(int value, std::memory_order acquire, std::memory_order release) {
    const std::uint32_t at = tail.load(kRelaxed);
    if (at - head.load(acquire) == slots.size()) return false;
    slots[at % 2].write(value);
    tail.store(at + 1, release);
    return true;
  }
  bool pop(int& value, std::memory_order acquire, std::memory_order release) {
    const std::uint32_t at = head.load(kRelaxed);
    if (tail.load(acquire) == at) return false;
    value = slots[at % 2].read();
    head.store(at + 1, release);
    return true;
  }
};

struct QueueOrders {
  std::memory_order push_acquire = kAcquire, push_release = kRelease;
  std::memory_order pop_acquire = kAcquire, pop_release = kRelease;
};

Scenario queue_of(int values, QueueOrders orders) {
  return [=](Execution& execution) {
    TinyQueue queue;
    execution.thread("producer", [&] {
      for (int i = 1; i <= values; ++i) {
        await([&] { return queue.push(i, orders.push_acquire, orders.push_release); });
      }
    });
    execution.thread("consumer", [&] {
      for (int i = 1; i <= values; ++i) {
        int value = 0;
        await([&] { return queue.pop(value, orders.pop_acquire, orders.pop_release); });
        check(value == i, "first in, first out");
      }
    });
    execution.run();
  };
}

TEST(Explorer, CorrectQueuePasses) {
  const Report report = explore(queue_of(5, {}));
  EXPECT_TRUE(report.passed()) << report.describe();
  EXPECT_GT(report.executions, 100u);
}

TEST(Explorer, EachMissingOrderOfTheQueueIsARace) {
  for (int missing = 0; missing < 4; ++missing) {
    QueueOrders orders;
    (missing == 0   ? orders.push_acquire
     : missing == 1 ? orders.push_release
     : missing == 2 ? orders.pop_acquire
                    : orders.pop_release) = kRelaxed;
    const Report report = explore(queue_of(5, orders));
    ASSERT_TRUE(report.failure) << "missing " << missing << ": " << report.describe();
    EXPECT_EQ(report.failure->kind, FailureKind::kRace) << report.describe();
    EXPECT_NE(report.failure->trace.find("explorer_test.cc"), std::string::npos);
  }
}

TEST(Explorer, ReportedDecisionsRepeatTheFailure) {
  const Scenario broken = queue_of(5, {.pop_release = kRelaxed});
  const Report found = explore(broken);
  ASSERT_TRUE(found.failure);
  const Report again = explore(broken, {.decisions = found.failure->decisions});
  ASSERT_TRUE(again.failure);
  EXPECT_EQ(again.executions, 1u);
  EXPECT_EQ(again.failure->trace, found.failure->trace);
}

TEST(Explorer, RandomWalksFindARareRaceAndNameTheirSeed) {
  const Scenario broken = queue_of(40, {.push_acquire = kRelaxed});
  const Report found = explore(broken, {.random_executions = 1'000, .seed = 42});
  ASSERT_TRUE(found.failure);
  const Report again = explore(broken, {.random_executions = 1, .seed = found.failed_seed});
  ASSERT_TRUE(again.failure);
  EXPECT_EQ(again.failure->trace, found.failure->trace);
}

TEST(Explorer, RandomWalksOfCorrectCodePass) {
  const Report report = explore(queue_of(40, {}), {.random_executions = 500});
  EXPECT_TRUE(report.passed()) << report.describe();
  EXPECT_EQ(report.executions, 500u);
}

// Dekker's entry: at most one of two threads gets in.
Scenario dekker(std::memory_order order) {
  return [=](Execution& execution) {
    std::array<ModelAtom<bool>, 2> wants;
    ModelPlain<int> inside{0};
    for (std::size_t i = 0; i < 2; ++i) {
      execution.thread(i == 0 ? "left" : "right", [&, i] {
        wants[i].store(true, order);
        if (!wants[1 - i].load(order)) inside.write(static_cast<int>(i));
      });
    }
    execution.run();
  };
}

TEST(Explorer, DekkerNeedsSequentialConsistency) {
  const Report sequential = explore(dekker(std::memory_order_seq_cst));
  EXPECT_TRUE(sequential.passed()) << sequential.describe();
  const auto mutants = mutations_of(sequential.sites, "explorer_test.cc");
  EXPECT_EQ(mutants.size(), 4u);  // a store and a load, each one step and all the way
  for (const Mutation& mutant : mutants) {
    const Report report = explore(dekker(std::memory_order_seq_cst), {.mutation = mutant});
    EXPECT_TRUE(report.failure) << mutant.describe();
  }
}

TEST(Explorer, SpinLockWithWeakCompareExchangePasses) {
  const Report report = explore([](Execution& execution) {
    ModelAtom<bool> locked{false};
    ModelPlain<int> count{0};
    for (const char* name : {"first", "second", "third"}) {
      execution.thread(name, [&] {
        await([&] {
          bool expected = false;
          return locked.compare_exchange_weak(expected, true, kAcquire, kRelaxed);
        });
        count.write(count.read() + 1);
        locked.store(false, kRelease);
      });
    }
    if (execution.run()) execution.outcome(std::to_string(count.read()));
  });
  EXPECT_TRUE(report.passed()) << report.describe();
  EXPECT_EQ(report.outcomes.size(), 1u);
  EXPECT_TRUE(report.outcomes.contains("3"));
}

TEST(Explorer, LostWakeUpIsADeadlock) {
  const Report report = explore([](Execution& execution) {
    ModelAtom<int> asleep{0}, work{0}, wake{0};
    execution.thread("sleeper", [&] {
      asleep.store(1, kRelease);
      if (work.load(kAcquire) == 1) return;
      await([&] { return wake.load(kAcquire) == 1; });
    });
    execution.thread("waker", [&] {
      work.store(1, kRelease);
      if (asleep.load(kAcquire) == 1) wake.store(1, kRelease);
    });
    execution.run();
  });
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->kind, FailureKind::kDeadlock);
  EXPECT_NE(report.failure->message.find("sleeper waits"), std::string::npos);
}

TEST(Explorer, WaiterThatOnceSawTheOldValueIsNotTakenForStuck) {
  const Report report = explore([](Execution& execution) {
    ModelAtom<int> x{0}, y{0};
    execution.thread("setter", [&] {
      x.store(1, kRelaxed);
      y.store(1, kRelease);
    });
    execution.thread("waiter", [&] {
      await([&] {
        const int first = x.load(kRelaxed);  // may be stale, and the acquire below tells it so
        return y.load(kAcquire) == 1 && x.load(kRelaxed) == 1 && first == 1;
      });
    });
    execution.run();
  });
  EXPECT_TRUE(report.passed()) << report.describe();
}

TEST(Explorer, ConditionThatWritesAndDoesNotHoldIsRefused) {
  const Report report = explore([](Execution& execution) {
    ModelAtom<int> x{0};
    execution.thread("only", [&] { await([&] { return x.fetch_add(1, kRelaxed) == 3; }); });
    execution.run();
  });
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->kind, FailureKind::kCheck);
}

TEST(Explorer, LivelockHitsTheBoundOfSteps) {
  const Report report = explore([](Execution& execution) {
    ModelAtom<int> ball{0};
    execution.thread("player", [&] {
      while (ball.load(kRelaxed) < 1'000'000) ball.store(0, kRelaxed);
    });
    execution.run();
  }, {.steps_max = 200});
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->kind, FailureKind::kTooLong);
}

TEST(Explorer, ReadOfWhatWasNeverWrittenFails) {
  const Report report = explore([](Execution& execution) {
    ModelPlain<int> value;
    execution.thread("reader", [&] { static_cast<void>(value.read()); });
    execution.run();
  });
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->kind, FailureKind::kUninitialised);
}

TEST(Explorer, ScenarioThatTheExplorerDoesNotControlIsRefused) {
  int runs = 0;
  const Report report = explore([&runs](Execution& execution) {
    ModelAtom<int> x{0};
    const int stores = 1 + runs++ % 2;
    execution.thread("writer", [&] {
      for (int i = 0; i < stores; ++i) x.store(i, kRelaxed);
    });
    execution.thread("reader", [&] {
      for (int i = 0; i < 3; ++i) static_cast<void>(x.load(kRelaxed));
    });
    execution.run();
  });
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->kind, FailureKind::kNotDeterministic);
}

TEST(Explorer, FreeChoicesOfAScenarioAreAllTaken) {
  const Report report = explore([](Execution& execution) {
    ModelAtom<int> x{0};
    const std::size_t first = execution.choose(3);
    std::size_t second = 0;
    execution.thread("chooser", [&] {
      second = execution.choose(2);
      x.store(1, kRelaxed);
    });
    if (execution.run()) execution.outcome(std::to_string(first) + std::to_string(second));
  });
  EXPECT_TRUE(report.passed()) << report.describe();
  EXPECT_EQ(report.outcomes.size(), 6u);
}

}  // namespace
}  // namespace tracebus::inline v1::model
