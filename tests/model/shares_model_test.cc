// SPDX-License-Identifier: Apache-2.0
//
// The shipped counts of co-owners, explored: owners that use an object and let go of it, some of
// whom share it with others before that.
//
// Oracle. The object is made of plain values, one written by each owner while it has its share.
// Whoever drops the last share reads them all, and destroys the object by writing them: so a second
// one that believes itself the last, or a use that it has not seen, is a race. At the end the
// object was destroyed once.
#include "tracebus/bus/shares.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/model_plain.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

constexpr std::size_t kOwners = 3;
constexpr std::uint64_t kDestroyed = ~std::uint64_t{0};

struct Bench {
  BasicShares<ModelAtom> shares;  // with one share from the start
  std::array<ModelPlain<std::uint64_t>, kOwners> parts;
  std::array<ModelAtom<bool>, kOwners> has_share;
  std::array<std::uint32_t, kOwners> destroyed{};  // each owner's own
};

void use_and_drop(Bench& bench, std::size_t owner) {
  bench.parts[owner].write(owner);
  if (!bench.shares.drop()) return;
  for (std::size_t i = 0; i < kOwners; ++i) {
    check(bench.parts[i].read() == i, "the last one sees what the others did");
    bench.parts[i].write(kDestroyed);
  }
  ++bench.destroyed[owner];
}

// Makes owner a co-owner. As the registry hands a ring to a producer.
void share_with(Bench& bench, std::size_t owner) {
  bench.shares.add();
  bench.has_share[owner].store(true, std::memory_order_release);
}

void own(Bench& bench, std::size_t owner, const std::vector<std::size_t>& heirs) {
  await([&] { return bench.has_share[owner].load(std::memory_order_acquire); });
  for (const std::size_t heir : heirs) share_with(bench, heir);
  use_and_drop(bench, owner);
}

// With whom each owner shares. The first one has its share from the start.
using Heirs = std::array<std::vector<std::size_t>, kOwners>;

Scenario scenario_of(const Heirs& heirs) {
  return [heirs](Execution& execution) {
    Bench bench;
    bench.has_share[0].store(true);
    for (std::size_t i = 0; i < kOwners; ++i) {
      execution.thread("owner " + std::to_string(i), [&, i] { own(bench, i, heirs[i]); });
    }
    if (!execution.run()) return;
    std::string last;
    for (std::size_t i = 0; i < kOwners; ++i) {
      check(bench.destroyed[i] <= 1, "once");
      if (bench.destroyed[i] == 1) last += std::to_string(i);
    }
    check(last.size() == 1, "one owner destroys the object");
    check(!bench.shares.shared(), "none is left");
    execution.outcome(last);
  };
}

const Scenario kOneShares = scenario_of({{{1, 2}, {}, {}}});
const Scenario kChain = scenario_of({{{1}, {2}, {}}});

void explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  EXPECT_EQ(report.outcomes.size(), kOwners);  // any of them may be the last
  std::printf("%s", report.describe().c_str());
}

TEST(SharesModel, LastOwnerSeesAllAndDestroysOnce) {
  explored(kOneShares);
  explored(kChain);
}

constexpr std::size_t kOrdersOfShares = 3;  // one exchange, in three ways

TEST(SharesModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"one shares", kOneShares}, {"chain", kChain}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "shares.h"), kOrdersOfShares);
}

}  // namespace
}  // namespace tracebus::inline v1::model
