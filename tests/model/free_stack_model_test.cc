// SPDX-License-Identifier: Apache-2.0
//
// The shipped stack of free rings, explored: producers that pop and give back, and a dispatcher
// that pushes what was given back.
//
// Oracle. Whoever pops an index writes its own mark to that thing and finds it there when it gives
// the thing back: things are plain values, so two owners at once are a race, and a push that a
// later pop has not seen is one as well. At the end each index is once on the stack, or once with a
// producer that kept it.
#include "tracebus/bus/free_stack.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

constexpr std::uint32_t kIndicesMax = 3;
constexpr std::size_t kProducersMax = 2;
constexpr std::uint64_t kFree = 100;  // the mark of things that nobody owns

// As the stack was without its tags: heads that hold the index alone.
template <class T>
class UntaggedAtom : public ModelAtom<T> {
 public:
  using ModelAtom<T>::ModelAtom;
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure, const Location& at = Location::current()) {
    return ModelAtom<T>::compare_exchange_weak(expected, static_cast<std::uint32_t>(desired),
                                               success, failure, at);
  }
};

struct Producer {
  std::uint32_t pops;
  std::uint32_t gives_back;  // so many of those popped, the first ones first
};

struct Plan {
  std::uint32_t free;  // at first
  std::vector<Producer> producers;
};

template <template <class> class Atom>
struct Bench {
  using Stack = BasicFreeStack<Atom>;
  Stack stack;
  std::array<typename Stack::Link, kIndicesMax> links;
  std::array<ModelPlain<std::uint64_t>, kIndicesMax> things;
  // From producers to the dispatcher: index + 1 of what was given back, one after another.
  std::array<std::array<ModelAtom<std::uint32_t>, kIndicesMax>, kProducersMax> given_back;
  std::array<std::vector<std::uint32_t>, kProducersMax> popped;  // each producer's own

  typename Stack::Link& operator()(std::uint32_t index) {
    check(index < kIndicesMax, "there is such an index");
    return links[index];
  }
};

template <class B>
void produce(B& bench, std::size_t producer, const Producer& plan) {
  std::vector<std::uint32_t>& own = bench.popped[producer];
  for (std::uint32_t i = 0; i < plan.pops; ++i) {
    const std::uint32_t index = bench.stack.pop(bench);
    if (index == B::Stack::kNone) break;
    check(bench.things[index].read() == kFree, "what is popped belongs to nobody");
    bench.things[index].write(producer);
    own.push_back(index);
  }
  for (std::uint32_t i = 0; i < plan.gives_back; ++i) {
    std::uint32_t given = B::Stack::kNone;  // as many as were promised, popped or not
    if (i < own.size()) {
      given = own[i] + 1;
      check(bench.things[own[i]].read() == producer, "it has had one owner");
    }
    bench.given_back[producer][i].store(given, std::memory_order_release);
  }
}

template <class B>
void recycle(B& bench, const Plan& plan) {
  for (std::size_t producer = 0; producer < plan.producers.size(); ++producer) {
    for (std::uint32_t i = 0; i < plan.producers[producer].gives_back; ++i) {
      std::uint32_t given = 0;
      await([&] {
        return (given = bench.given_back[producer][i].load(std::memory_order_acquire)) != 0;
      });
      if (given == B::Stack::kNone) continue;
      bench.things[given - 1].write(kFree);
      bench.stack.push(given - 1, bench);
    }
  }
}

// Counts the ends of all indices; how many each producer has popped, as "21".
template <class B>
std::string judge(B& bench, const Plan& plan) {
  std::array<std::uint32_t, kIndicesMax> times{};
  std::string popped;
  for (std::size_t producer = 0; producer < plan.producers.size(); ++producer) {
    const std::vector<std::uint32_t>& own = bench.popped[producer];
    for (std::size_t i = plan.producers[producer].gives_back; i < own.size(); ++i) ++times[own[i]];
    popped += std::to_string(own.size());
  }
  for (std::uint32_t left = bench.stack.size(); left != 0; --left) {
    const std::uint32_t index = bench.stack.pop(bench);
    check(index != B::Stack::kNone, "the stack holds what its size says");
    if (index < kIndicesMax) ++times[index];
  }
  check(bench.stack.pop(bench) == B::Stack::kNone, "and no more");
  for (std::uint32_t i = 0; i < plan.free; ++i) check(times[i] == 1, "each index is in one place");
  return popped;
}

template <template <class> class Atom = ModelAtom>
Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench<Atom> bench;
    for (auto& own : bench.popped) own.reserve(kIndicesMax);
    for (std::uint32_t i = plan.free; i-- > 0;) {
      bench.things[i].write(kFree);
      bench.stack.push(i, bench);
    }
    for (std::size_t i = 0; i < plan.producers.size(); ++i) {
      execution.thread("producer " + std::to_string(i),
                       [&, i] { produce(bench, i, plan.producers[i]); });
    }
    execution.thread("dispatcher", [&] { recycle(bench, plan); });
    if (!execution.run()) return;
    execution.outcome(judge(bench, plan));
  };
}

// The second producer pops the top and what lies below, and gives the top back, while the first
// one is still at its pop of that top.
const Plan kReused = {3, {{1, 0}, {2, 1}}};
const Plan kFewer = {1, {{1, 1}, {1, 1}}};
const Plan kBothGiveBack = {2, {{1, 1}, {2, 2}}};

Report explored(const Plan& plan) {
  const Report report = explore(scenario_of(plan));
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
  return report;
}

TEST(FreeStackModel, NobodyGetsWhatAnotherHasAndNoneIsLost) {
  const Report report = explored(kFewer);
  EXPECT_TRUE(report.outcomes.contains("01"));
  EXPECT_TRUE(report.outcomes.contains("10"));
  EXPECT_TRUE(report.outcomes.contains("11"));
  explored(kBothGiveBack);
}

TEST(FreeStackModel, TopThatCameBackDoesNotDeceiveASlowPop) { explored(kReused); }

// The reason for the tag. If this no longer fails, the checker has lost its sight.
TEST(FreeStackModel, WithoutItsTagTheStackHandsOutTwice) {
  const Report report = explore(scenario_of<UntaggedAtom>(kReused));
  ASSERT_TRUE(report.failure) << report.describe();
  std::printf("%s\n", report.failure->message.c_str());
}

constexpr std::size_t kOrdersOfTheStack = 2;  // the exchange in push, the load in pop

TEST(FreeStackModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {
      {"fewer", scenario_of(kFewer)},
      {"reused", scenario_of(kReused)},
  };
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "free_stack.h"), kOrdersOfTheStack);
}

}  // namespace
}  // namespace tracebus::inline v1::model
