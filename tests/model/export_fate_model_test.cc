// SPDX-License-Identifier: Apache-2.0
//
// The shipped export fate, explored: a worker that exports a few batches, one after another, beside
// others who abandon what is overdue at the time they believe it is.
//
// Oracle. Batches have different numbers of events, so that a verdict tells which batch it means.
// Each batch is settled once, by the worker or by one other, with its own number; and nobody
// abandons a batch before its deadline.
#include "tracebus/bus/export_fate.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/tests/model/model_atom.h"
#include "tracebus/tests/model/mutants.h"

namespace tracebus::inline v1::model {
namespace {

constexpr std::size_t kBatchesMax = 3;

// Batch i has so many events, and so late a deadline.
constexpr std::uint64_t events_of(std::size_t batch) { return (batch + 1) * 100; }
constexpr std::int64_t deadline_of(std::size_t batch) {
  return 10 * (static_cast<std::int64_t>(batch) + 1);
}

struct Plan {
  std::size_t batches;
  // Of each other thread: what its clock says when it looks, time after time.
  std::vector<std::vector<std::int64_t>> looks;
};

struct Bench {
  BasicExportFate<ModelAtom> fate;
  std::array<std::uint32_t, kBatchesMax> finished{};                  // the worker's own
  std::array<std::array<std::uint32_t, kBatchesMax>, 3> abandoned{};  // each other thread's own
};

void look(Bench& bench, std::size_t thread, std::int64_t now) {
  const std::uint64_t events = bench.fate.abandon(now);
  if (events == 0) return;
  const std::size_t batch = events / 100 - 1;
  check(batch < kBatchesMax && events == events_of(batch), "the number is that of a batch");
  check(now >= deadline_of(batch), "the batch was overdue");
  ++bench.abandoned[thread][batch];
}

// Which batches were left to the worker, as "wa" of two.
std::string settled(const Bench& bench, std::size_t batches) {
  std::string ends;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    std::uint32_t abandoned = 0;
    for (const auto& own : bench.abandoned) abandoned += own[batch];
    check(bench.finished[batch] + abandoned == 1, "each batch is settled once");
    ends += abandoned != 0 ? 'a' : 'w';
  }
  return ends;
}

Scenario scenario_of(const Plan& plan) {
  return [plan](Execution& execution) {
    Bench bench;
    execution.thread("worker", [&] {
      for (std::size_t batch = 0; batch < plan.batches; ++batch) {
        bench.fate.begin(events_of(batch), deadline_of(batch));
        if (bench.fate.finish()) ++bench.finished[batch];
      }
    });
    for (std::size_t thread = 0; thread < plan.looks.size(); ++thread) {
      execution.thread("other " + std::to_string(thread), [&, thread] {
        for (const std::int64_t now : plan.looks[thread]) look(bench, thread, now);
      });
    }
    if (!execution.run()) return;
    check(!bench.fate.exporting(), "none is with the exporter");
    check(bench.fate.abandon(INT64_MAX) == 0, "none is left to abandon");
    execution.outcome(settled(bench, plan.batches));
  };
}

// Two batches of the same size, which nothing but the serial number tells apart. The other's clock
// is past the first deadline only.
void alike(Execution& execution) {
  Bench bench;
  std::uint64_t abandoned = 0;
  execution.thread("worker", [&] {
    for (std::size_t batch = 0; batch < 2; ++batch) {
      bench.fate.begin(events_of(0), deadline_of(batch));
      if (bench.fate.finish()) ++bench.finished[batch];
    }
  });
  execution.thread("other", [&] { abandoned = bench.fate.abandon(15); });
  if (!execution.run()) return;
  check(bench.finished[1] == 1, "the second batch is the worker's");
  check(abandoned == (bench.finished[0] == 0 ? events_of(0) : 0), "the first has one owner");
}

// The exporter hangs: only the others can end the batch.
Scenario hanging() {
  return [](Execution& execution) {
    Bench bench;
    bench.fate.begin(events_of(0), deadline_of(0));
    for (std::size_t thread = 0; thread < 3; ++thread) {
      execution.thread("other " + std::to_string(thread), [&, thread] {
        look(bench, thread, 9);
        look(bench, thread, 10);
      });
    }
    if (!execution.run()) return;
    check(bench.fate.exporting(), "the exporter still has it");
    check(!bench.fate.finish(), "it is not the worker's any more");
    execution.outcome(settled(bench, 1));
  };
}

// One clock is past the first deadline only, so it must never end the second batch.
const Scenario kEarly = scenario_of({2, {{15}}});
const Scenario kTwoOthers = scenario_of({2, {{15, 25}, {25}}});
const Scenario kThreeBatches = scenario_of({3, {{15, 25}, {35}}});

Report explored(const Scenario& scenario) {
  const Report report = explore(scenario);
  EXPECT_TRUE(report.passed()) << report.describe();
  std::printf("%s", report.describe().c_str());
  for (const auto& [outcome, times] : report.outcomes) std::printf("  %s", outcome.c_str());
  std::printf("\n");
  return report;
}

TEST(ExportFateModel, VerdictNeverHitsTheNextBatch) {
  const Report report = explored(kEarly);
  EXPECT_TRUE(report.outcomes.contains("ww"));
  EXPECT_TRUE(report.outcomes.contains("aw"));
  explored(alike);
}

TEST(ExportFateModel, EachBatchIsSettledOnceWithItsOwnNumber) {
  const Report report = explored(kTwoOthers);
  EXPECT_EQ(report.outcomes.size(), 4u);  // any of the two, or both, or none
}

TEST(ExportFateModel, SeveralOthersAndBatches) { explored(kThreeBatches); }

TEST(ExportFateModel, HangingBatchIsAbandonedByOne) {
  const Report report = explored(hanging());
  EXPECT_EQ(report.outcomes.size(), 1u);
}

constexpr std::size_t kOrdersOfTheFate = 2;  // store and load of the state

TEST(ExportFateModel, EveryWeakenedOrderIsCaught) {
  const std::vector<NamedScenario> scenarios = {{"early", kEarly}, {"two others", kTwoOthers}};
  EXPECT_EQ(expect_all_mutants_caught(scenarios, "export_fate.h"), kOrdersOfTheFate);
}

}  // namespace
}  // namespace tracebus::inline v1::model
