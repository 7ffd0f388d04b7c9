// SPDX-License-Identifier: Apache-2.0
//
// Oracle: for random little programs, the engine finds exactly the outcomes that the axioms allow,
// and a race exactly where they see one. With and without pruning, so that pruning is judged too.
#include "tracebus/tests/model/axioms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "tracebus/tests/model/explorer.h"
#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"

namespace tracebus::inline v1::model {
namespace {

constexpr std::uint64_t kPrograms = 4'000;
constexpr std::uint64_t kUnprunedEvery = 16;  // they take a hundred times longer

using Orders = std::vector<std::memory_order>;

// How often each kind comes in a program: some are about fences, some about publication.
using Mixture = std::vector<Kind>;

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Program program() {
    static const std::array<Mixture, 3> kMixtures = {
        Mixture{Kind::kLoad, Kind::kLoad, Kind::kStore, Kind::kStore, Kind::kExchange},
        Mixture{Kind::kLoad, Kind::kStore, Kind::kFence},
        Mixture{Kind::kLoad, Kind::kStore, Kind::kExchange, Kind::kFence, Kind::kPlainRead,
                Kind::kPlainWrite}};
    const Mixture& mixture = kMixtures[below(kMixtures.size())];
    extreme_ = below(2) == 0;
    Program program(2 + below(2));
    const std::size_t length_max = program.size() == 2 ? 5 : 3;
    for (auto& thread : program) {
      const std::size_t length = 1 + below(length_max);
      while (thread.size() < length) thread.push_back(instruction(mixture));
    }
    return program;
  }

 private:
  Instruction instruction(const Mixture& mixture) {
    const Kind kind = mixture[below(mixture.size())];
    const auto location = static_cast<std::uint32_t>(below(kLocations));
    return {kind, order_for(kind), location, next_value_++};
  }
  std::memory_order order_for(Kind kind) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    constexpr auto kAcquire = std::memory_order_acquire;
    constexpr auto kRelease = std::memory_order_release;
    constexpr auto kAcqRel = std::memory_order_acq_rel;
    constexpr auto kSeqCst = std::memory_order_seq_cst;
    static const Orders kLoads = {kRelaxed, kAcquire, kSeqCst};
    static const Orders kStores = {kRelaxed, kRelease, kSeqCst};
    static const Orders kBoth = {kRelaxed, kAcquire, kRelease, kAcqRel, kSeqCst};
    static const Orders kFences = {kAcquire, kRelease, kAcqRel, kSeqCst, kSeqCst};
    const Orders& orders = kind == Kind::kLoad       ? kLoads
                           : kind == Kind::kStore    ? kStores
                           : kind == Kind::kExchange ? kBoth
                                                     : kFences;
    if (extreme_) return kind == Kind::kFence || below(4) == 0 ? kSeqCst : kRelaxed;
    return orders[below(orders.size())];
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::mt19937_64 random_;
  std::uint32_t next_value_ = 1;
  bool extreme_ = false;  // relaxed and seq_cst only: where fences differ most from the rest
};

struct Memories {
  std::array<ModelAtom<std::uint32_t>, kLocations> atoms;
  ModelPlain<std::uint32_t> plain{0};
};

// One thread of a program at work.
struct Performer {
  Memories& memories;
  std::string read = {};
  std::uint32_t last_read = 1;

  void note(std::uint32_t value) {
    last_read = value;
    read += std::to_string(value) + " ";
  }
  void perform(const Instruction& instruction) {
    ModelAtom<std::uint32_t>& atom = memories.atoms[instruction.location];
    switch (instruction.kind) {
      case Kind::kLoad: note(atom.load(instruction.order)); break;
      case Kind::kStore: atom.store(instruction.value, instruction.order); break;
      case Kind::kExchange: note(atom.exchange(instruction.value, instruction.order)); break;
      case Kind::kFence: model_fence(instruction.order); break;
      case Kind::kPlainRead:
        if (last_read != 0) static_cast<void>(memories.plain.read());
        break;
      case Kind::kPlainWrite:
        if (last_read != 0) memories.plain.write(instruction.value);
        break;
    }
  }
};

Scenario scenario_of(const Program& program) {
  return [&program](Execution& execution) {
    Memories memories;
    std::vector<Performer> performers(program.size(), Performer{memories});
    for (std::size_t i = 0; i < program.size(); ++i) {
      execution.thread("thread " + std::to_string(i), [&, i] {
        for (const Instruction& instruction : program[i]) performers[i].perform(instruction);
      });
    }
    if (!execution.run()) return;
    std::string read;
    for (const Performer& performer : performers) read += performer.read;
    execution.outcome(read);
  };
}

void expect_agreement(const Program& program, const Verdicts& verdicts, bool prunes) {
  Options options;
  options.prunes = prunes;
  const Report report = explore(scenario_of(program), options);
  ASSERT_EQ(report.failure.has_value(), verdicts.racy) << report.describe();
  if (verdicts.racy) return;
  ASSERT_TRUE(report.complete);
  std::set<std::string> found;
  for (const auto& [outcome, times] : report.outcomes) found.insert(outcome);
  ASSERT_EQ(found, verdicts.outcomes);
}

// All programs of two threads of three instructions each. Exchanged threads count: the engine
// starts with the first, so it does not treat them alike.
void expect_agreement_on_all(const std::vector<Instruction>& alphabet) {
  const std::size_t letters = alphabet.size();
  const std::size_t threads = letters * letters * letters;
  const auto spell = [&](std::size_t number, std::uint32_t first_value) {
    std::vector<Instruction> thread;
    for (std::uint32_t i = 0; i < 3; ++i, number /= letters) {
      thread.push_back(alphabet[number % letters]);
      thread.back().value = first_value + i;
    }
    return thread;
  };
  for (std::size_t left = 0; left < threads; ++left) {
    for (std::size_t right = 0; right < threads; ++right) {
      const Program program = {spell(left, 1), spell(right, 4)};
      expect_agreement(program, judge(program), true);
      ASSERT_FALSE(testing::Test::HasFailure()) << to_text(program);
    }
  }
}

TEST(Axioms, EngineAgreesOnAllSmallProgramsWithSequentialFences) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  expect_agreement_on_all({{Kind::kLoad, kRelaxed, 0, 0},
                           {Kind::kLoad, kRelaxed, 1, 0},
                           {Kind::kStore, kRelaxed, 0, 0},
                           {Kind::kStore, kRelaxed, 1, 0},
                           {Kind::kFence, std::memory_order_seq_cst, 0, 0}});
}

TEST(Axioms, EngineAgreesOnAllSmallProgramsWithPublication) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  expect_agreement_on_all({{Kind::kLoad, std::memory_order_acquire, 0, 0},
                           {Kind::kStore, std::memory_order_release, 0, 0},
                           {Kind::kExchange, kRelaxed, 0, 0},
                           {Kind::kPlainRead, kRelaxed, 0, 0},
                           {Kind::kPlainWrite, kRelaxed, 0, 0}});
}

TEST(Axioms, EngineFindsExactlyWhatTheyAllow) {
  std::uint64_t racy = 0;
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const Program program = Generator(seed).program();
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + to_text(program));
    const Verdicts verdicts = judge(program);
    racy += verdicts.racy ? 1 : 0;
    expect_agreement(program, verdicts, true);
    if (seed % kUnprunedEvery == 0) expect_agreement(program, verdicts, false);
    if (HasFatalFailure()) return;
  }
  // Both kinds of program are common, or the comparison says little.
  EXPECT_GT(racy, kPrograms / 20);
  EXPECT_LT(racy, kPrograms / 2);
}

}  // namespace
}  // namespace tracebus::inline v1::model
