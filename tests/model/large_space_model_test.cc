// SPDX-License-Identifier: Apache-2.0
//
// The shipped space for large records, explored: producers that take, write and publish, and a
// dispatcher that reads and gives back, not always in order.
//
// Oracle. Each producer writes its records word by word, with what follows from producer, number
// and word; a row hands the reference over as a ring does. The dispatcher reads a record when it
// finds it, and again when it gives it back. All bytes are plain values, so ranges that overlap, or
// a record that was not seen whole, are a race. Who finds no room waits; so room that is never
// found again is a deadlock.
#include "tracebus/bus/large_space.h"

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

constexpr std::uint64_t kCapacity = 32;
constexpr std::size_t kProducersMax = 2;
constexpr std::size_t kRecordsMax = 3;  // of each

using Sizes = std::vector<std::uint64_t>;

struct Plan {
  std::vector<Sizes> sizes;  // of each producer's records
  std::size_t keeps = 0;     // so many records the dispatcher may keep while it goes on
  std::uint64_t before = 0;  // so many bytes were taken and given back
};

struct Reference {
  std::size_t producer;
  std::size_t number;
  std::uint64_t size;
  LargeRange range;
};

struct Row {
  ModelAtom<std::uint32_t> tail{0};
  std::array<ModelPlain<LargeRange>, kRecordsMax> ranges;
  std::uint32_t refused = 0;   // the producer's own
  std::uint32_t received = 0;  // the dispatcher's own
};

struct Bench {
  BasicLargeSpace<ModelAtom> space{kCapacity};
  std::array<ModelPlain<std::uint64_t>, kCapacity / 8> words;
  std::array<Row, kProducersMax> rows;
  std::vector<Reference> kept;  // the dispatcher's
  std::uint32_t late = 0;       // given back after a younger one; the dispatcher's
};

std::uint64_t word_of(std::size_t producer, std::size_t number, std::uint64_t index) {
  return mix(mix(producer, number), index);
}

std::size_t place_of(const Bench& bench, const LargeRange& range, std::uint64_t size) {
  const std::uint64_t offset = bench.space.offset(range, size);
  check(size <= range.end - range.begin, "the range has room for the record");
  check(offset + size <= kCapacity, "the record does not straddle the end");
  return offset / 8;
}

void produce(Bench& bench, std::size_t producer, const Sizes& sizes) {
  Row& row = bench.rows[producer];
  for (std::uint32_t i = 0; i < sizes.size(); ++i) {
    LargeRange range = bench.space.take(sizes[i]);
    if (!range) {
      ++row.refused;
      await([&] { return static_cast<bool>(range = bench.space.take(sizes[i])); });
    }
    const std::size_t place = place_of(bench, range, sizes[i]);
    for (std::size_t word = 0; word < sizes[i] / 8; ++word) {
      bench.words[place + word].write(word_of(producer, i, word));
    }
    row.ranges[i].write(range);
    row.tail.store(i + 1, std::memory_order_release);
  }
}

void read(const Bench& bench, const Reference& reference) {
  const std::size_t place = place_of(bench, reference.range, reference.size);
  for (std::size_t word = 0; word < reference.size / 8; ++word) {
    check(bench.words[place + word].read() == word_of(reference.producer, reference.number, word),
          "the record is whole");
  }
}

void give_back(Bench& bench, std::size_t which) {
  const Reference reference = bench.kept[which];
  bench.kept.erase(bench.kept.begin() + static_cast<std::ptrdiff_t>(which));
  read(bench, reference);
  for (const Reference& other : bench.kept) bench.late += other.range.end <= reference.range.begin;
  bench.space.give_back(reference.range);
}

// Takes the next reference of some row. REQUIRES: it will come.
void receive(Bench& bench, const Plan& plan) {
  std::size_t producer = 0;
  await([&] {
    for (producer = 0; producer < plan.sizes.size(); ++producer) {
      const Row& row = bench.rows[producer];
      if (row.tail.load(std::memory_order_acquire) != row.received) return true;
    }
    return false;
  });
  Row& row = bench.rows[producer];
  const std::uint32_t number = row.received++;
  const LargeRange range = row.ranges[number].read();
  bench.kept.push_back({producer, number, plan.sizes[producer][number], range});
  read(bench, bench.kept.back());
}

void dispatch(Bench& bench, const Plan& plan) {
  std::size_t left = 0;
  for (const Sizes& sizes : plan.sizes) left += sizes.size();
  for (; left != 0; --left) {
    receive(bench, plan);
    const bool may_keep = bench.kept.size() <= plan.keeps && left != 1;
    if (may_keep && Execution::current().choose(2) == 1) continue;
    // The youngest one first, if some were kept.
    while (!bench.kept.empty()) give_back(bench, bench.kept.size() - 1);
  }
}

Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench bench;
    bench.kept.reserve(kRecordsMax);
    if (plan.before != 0) bench.space.give_back(bench.space.take(plan.before));
    for (std::size_t i = 0; i < plan.sizes.size(); ++i) {
      execution.thread("producer " + std::to_string(i),
                       [&, i] { produce(bench, i, plan.sizes[i]); });
    }
    execution.thread("dispatcher", [&] { dispatch(bench, plan); });
    if (!execution.run()) return;
    std::uint32_t refused = 0;
    for (const Row& row : bench.rows) refused += row.refused;
    check(bench.space.used_bytes() == 0, "all is given back");
    execution.outcome(std::string(refused == 0 ? "always room" : "full at times") +
                      (bench.late == 0 ? ", in order" : ", late"));
  };
}

// One producer, of few bytes; somebody asks meanwhile how many are in use.
void statistics(Execution& execution) {
  Bench bench;
  const Plan plan{{{8, 8}}};
  execution.thread("producer", [&] { produce(bench, 0, plan.sizes[0]); });
  execution.thread("dispatcher", [&] { dispatch(bench, plan); });
  execution.thread("statistician", [&] {
    check(bench.space.used_bytes() <= 16, "no more is in use than was ever taken");
  });
  if (!execution.run()) return;
}

// 8 + 16 leaves eight bytes: the next one lies behind the end, which nobody uses.
const Scenario kWrap = scenario_of({{{8, 16, 16}}});
const Scenario kTwo = scenario_of({{{24}, {16}}});
const Scenario kOutOfOrder = scenario_of({{{16}, {16}}, 1});
const Scenario kOutOfOrderAndFull = scenario_of({{{16, 16, 16}}, 1});
const Scenario kBackwards = scenario_of({{{8, 8, 8}}, 2});
// The record fits the storage, but not what is left of a lap behind the end.
const Scenario kWhole = scenario_of({{{32}}, 0, 8});
const Scenario kWholeBesideAnother = scenario_of({{{32}, {8}}, 0, 8});

Report explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
  return report;
}

TEST(LargeSpaceModel, RecordsArriveWholeAcrossTheEnd) {
  const Report report = explored(kWrap);
  EXPECT_TRUE(report.outcomes.contains("full at times, in order"));
}

TEST(LargeSpaceModel, RangesOfTwoProducersDoNotOverlap) {
  const Report report = explored(kTwo);
  EXPECT_TRUE(report.outcomes.contains("full at times, in order"));
  EXPECT_TRUE(report.outcomes.contains("always room, in order"));
}

TEST(LargeSpaceModel, GivenBackInAnyOrder) {
  EXPECT_TRUE(explored(kOutOfOrder).outcomes.contains("always room, late"));
  EXPECT_TRUE(explored(kOutOfOrderAndFull).outcomes.contains("full at times, late"));
  EXPECT_TRUE(explored(kBackwards).outcomes.contains("always room, late"));
}

TEST(LargeSpaceModel, EmptySpaceHasRoomForAnyRecord) {
  explored(kWhole);
  explored(kWholeBesideAnother);
}

TEST(LargeSpaceModel, UsedBytesAreNeverMoreThanTaken) { explored(statistics); }

TEST(LargeSpaceModel, WithoutCapacityThereIsNoRoom) {
  const volatile std::uint64_t zero = 0;  // the compiler must not know, or it spares the division
  LargeSpace none(zero);
  EXPECT_FALSE(none.take(zero));
  EXPECT_FALSE(none.take(8));
  LargeSpace some(kCapacity);
  EXPECT_FALSE(some.take(zero));
  EXPECT_FALSE(some.take(kCapacity + 8));
}

constexpr std::size_t kOrdersOfTheSpace = 3;  // the store of head, and two loads

TEST(LargeSpaceModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {
      {"wrap", kWrap}, {"statistics", statistics}, {"two", kTwo}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "large_space.h"), kOrdersOfTheSpace);
}

}  // namespace
}  // namespace tracebus::inline v1::model
