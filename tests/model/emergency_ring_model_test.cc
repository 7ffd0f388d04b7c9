// SPDX-License-Identifier: Apache-2.0
//
// The shipped emergency ring, explored: producers that have nothing in common, and one consumer,
// over so few cells that they wrap and run full.
//
// Oracle. Each record says who wrote it and which of that producer's records it is; what else it
// holds is computed from that and from its position. The consumer checks that positions come one
// after another, each with a whole record, and each producer's in order. At the end all records
// that found a cell have arrived, and the positions taken are as many as those: none by one that
// was refused. If a producer never publishes, what arrives is what was claimed before it. Cells are
// plain values, so that every missing order is a race too.
#include "tracebus/bus/emergency_ring.h"

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

struct CheckedCell {
  ModelPlain<std::uint64_t> header;
  ModelPlain<std::uint64_t> payload;
};

constexpr std::uint32_t kCells = 2;
using CheckedRing = BasicEmergencyRing<ModelAtom, CheckedCell, kCells>;
constexpr std::size_t kProducersMax = 3;
constexpr std::uint64_t kNone = ~std::uint64_t{0};

std::uint64_t header_of(std::uint64_t producer, std::uint64_t sequence) {
  return producer << 32 | sequence;
}

struct Plan {
  std::vector<std::uint64_t> records;  // of each producer
  bool waits;                          // for a cell; else a record without one is dropped
  bool stalls = false;                 // the first producer's one record is never published
};

struct Producer {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
};

struct Bench {
  CheckedRing ring;
  std::array<Producer, kProducersMax> producers;  // each producer's own
  std::uint64_t stalled = kNone;                  // the position never published; its producer's
  // The consumer's own.
  std::uint64_t position = 0;
  std::array<std::uint64_t, kProducersMax> received{};
};

void produce(Bench& bench, std::uint64_t producer, const Plan& plan) {
  Producer& own = bench.producers[producer];
  for (std::uint64_t i = 0; i < plan.records[producer]; ++i) {
    CheckedRing::Place place = bench.ring.claim();
    if (place.cell == nullptr) {
      ++own.refused;
      if (!plan.waits) continue;
      await([&] { return (place = bench.ring.claim()).cell != nullptr; });
    }
    const std::uint64_t header = header_of(producer, own.accepted++);
    place.cell->header.write(header);
    if (plan.stalls && producer == 0) {
      bench.stalled = place.position;
      continue;
    }
    place.cell->payload.write(mix(header, place.position));
    bench.ring.publish(place);
  }
}

// Takes what is there; whether there was anything.
bool consume(Bench& bench) {
  const CheckedCell* const cell = bench.ring.peek();
  if (cell == nullptr) return false;
  const std::uint64_t header = cell->header.read();
  const std::uint64_t producer = header >> 32;
  check(producer < kProducersMax, "the record has a producer");
  if (producer >= kProducersMax) return false;
  check(header == header_of(producer, bench.received[producer]), "it is the next of its own");
  check(cell->payload.read() == mix(header, bench.position), "it is whole, and in its place");
  ++bench.received[producer];
  ++bench.position;
  bench.ring.pop();
  return true;
}

// Where all records find a cell in the end, it is known how many will come.
void consume_known(Bench& bench, const Plan& plan) {
  std::uint64_t total = 0;
  for (const std::uint64_t records : plan.records) total += records;
  while (bench.position < total) {
    await([&] { return bench.ring.peek() != nullptr; });
    consume(bench);
  }
}

// Otherwise it looks a few times; what comes later is taken at the end.
void consume_some(Bench& bench) {
  for (int look = 0; look < 2; ++look) consume(bench);
}

std::string judge(Bench& bench, const Plan& plan) {
  for (std::uint32_t cell = 0; cell < kCells; ++cell) consume(bench);
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < plan.records.size(); ++i) {
    accepted += bench.producers[i].accepted;
    refused += bench.producers[i].refused;
    if (!plan.stalls) check(bench.received[i] == bench.producers[i].accepted, "none is lost");
  }
  check(bench.ring.claimed() == accepted, "who is refused takes no position");
  check(refused == 0 || accepted >= kCells, "nobody is refused while there is a cell");
  const bool stalled = bench.stalled != kNone;  // or found no cell
  check(bench.position == (stalled ? bench.stalled : accepted),
        "what is claimed before a producer that stops arrives, and nothing else waits");
  check(!stalled || accepted <= bench.stalled + kCells, "the cells are all there is");
  return std::to_string(bench.position) + " arrived" + (stalled ? ", then a gap, " : ", ") +
         (refused == 0 ? "always room" : "full at times");
}

Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench bench;
    for (std::size_t i = 0; i < plan.records.size(); ++i) {
      execution.thread("producer " + std::to_string(i), [&, i] { produce(bench, i, plan); });
    }
    execution.thread("consumer",
                     [&] { plan.waits ? consume_known(bench, plan) : consume_some(bench); });
    if (!execution.run()) return;
    execution.outcome(judge(bench, plan));
  };
}

// Three producers, and nobody who takes anything away before they have ended.
void three_producers(Execution& execution) {
  Bench bench;
  const Plan plan{{1, 1, 1}, false};
  for (std::size_t i = 0; i < plan.records.size(); ++i) {
    execution.thread("producer " + std::to_string(i), [&, i] { produce(bench, i, plan); });
  }
  if (!execution.run()) return;
  execution.outcome(judge(bench, plan));
}

const Scenario kLong = scenario_of({{4}, true});
const Scenario kWrap = scenario_of({{2, 1}, true});
const Scenario kRefused = scenario_of({{2, 1}, false});
const Scenario kStalled = scenario_of({{1, 2}, false, true});
const Scenario kMany = scenario_of({{8, 8, 8}, true});

Report explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
  return report;
}

TEST(EmergencyRingModel, RecordsArriveWholeOnceAndInOrderOfPosition) {
  explored(kLong);
  const Report report = explored(kWrap);
  EXPECT_TRUE(report.outcomes.contains("3 arrived, always room"));
  EXPECT_TRUE(report.outcomes.contains("3 arrived, full at times"));
}

TEST(EmergencyRingModel, FullRefusesWithoutTakingAPosition) {
  const Report report = explored(kRefused);
  EXPECT_TRUE(report.outcomes.contains("2 arrived, full at times"));
  EXPECT_TRUE(report.outcomes.contains("3 arrived, always room"));
  EXPECT_EQ(explored(three_producers).outcomes.size(), 1u);  // two cells, two records
}

TEST(EmergencyRingModel, ProducerThatStopsHoldsUpOnlyLaterRecords) {
  const Report report = explored(kStalled);
  EXPECT_TRUE(report.outcomes.contains("0 arrived, then a gap, full at times"));
  EXPECT_TRUE(report.outcomes.contains("2 arrived, then a gap, always room"));
}

// Too long to explore: some of its executions.
TEST(EmergencyRingModel, ManyLapsUnderRandomSchedules) {
  const Report report = explore(kMany, {.random_executions = 5'000, .seed = 1});
  EXPECT_TRUE(report.passed()) << report.describe();
}

constexpr std::size_t kOrdersOfTheRing = 4;  // load and store of a turn, at both ends

TEST(EmergencyRingModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"long", kLong}, {"wrap", kWrap}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "emergency_ring.h"), kOrdersOfTheRing);
}

}  // namespace
}  // namespace tracebus::inline v1::model
