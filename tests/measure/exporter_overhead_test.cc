// SPDX-License-Identifier: Apache-2.0
//
// What measure_exporter_overhead reports of exporters whose ways are known. The oracle of counts is
// the exporter. No test compares times: those depend on what else the machine does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/measure/measure_exporter_overhead.h"

namespace tracebus {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// What the exporters saw. Written on the worker, read once the measurement is over.
struct Sightings {
  std::uint64_t events = 0;
  std::set<std::string> agents;
  std::set<std::size_t> text_sizes;
};

class CountingExporter : public Exporter {
 public:
  explicit CountingExporter(std::shared_ptr<Sightings> sightings)
      : sightings_(std::move(sightings)) {}
  std::string_view name() const noexcept override { return "counting"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    for (const EventView& event : batch) {
      ++sightings_->events;
      sightings_->agents.emplace(event.agent_name());
      const auto text = event.find("text");
      sightings_->text_sizes.insert(text ? text->as_string().size() : 0);
    }
    return ExportResult::ok();
  }

 private:
  const std::shared_ptr<Sightings> sightings_;
};

class SleepyExporter final : public Exporter {
 public:
  explicit SleepyExporter(milliseconds nap) : nap_(nap) {}
  std::string_view name() const noexcept override { return "sleepy"; }
  ExportResult export_batch(const Batch&, const ExportContext&) override {
    std::this_thread::sleep_for(nap_);
    return ExportResult::ok();
  }

 private:
  const milliseconds nap_;
};

class UnflushedExporter final : public Exporter {
 public:
  std::string_view name() const noexcept override { return "unflushed"; }
  ExportResult export_batch(const Batch&, const ExportContext&) override {
    return ExportResult::ok();
  }
  absl::Status flush(Deadline) override { return absl::DataLossError("the disk is gone"); }
};

class HangingExporter final : public Exporter {
 public:
  explicit HangingExporter(std::shared_ptr<std::atomic<bool>> released)
      : released_(std::move(released)) {}
  std::string_view name() const noexcept override { return "hanging"; }
  ExportResult export_batch(const Batch&, const ExportContext&) override {
    released_->wait(false);
    return ExportResult::ok();
  }

 private:
  const std::shared_ptr<std::atomic<bool>> released_;
};

OverheadOptions short_options() {
  OverheadOptions options;
  options.seconds = 0.4;
  options.rate = 5000;
  options.agents = 10;
  options.flush_timeout_ms = 20'000;
  options.bus.log = [](std::string_view) {};
  return options;
}

ExporterOverhead measured(const MeasuredExporter& make, const OverheadOptions& options) {
  auto overhead = measure_exporter_overhead(make, options);
  EXPECT_TRUE(overhead.ok()) << overhead.status();
  return overhead.ok() ? *std::move(overhead) : ExporterOverhead();
}

std::vector<std::string> names_of(const OverheadSide& side) {
  std::vector<std::string> names;
  for (const ThreadUse& thread : side.threads) names.push_back(thread.name);
  return names;
}

void expect_account(const ExporterOverhead& overhead) {
  for (const OverheadSide* const side : {&overhead.without, &overhead.with}) {
    EXPECT_EQ(side->emitted, side->accepted + total(side->rejected));
    EXPECT_LE(side->accepted_in_turns, side->accepted);
  }
  const SubscriptionStats& exported = overhead.work.subscription;
  EXPECT_EQ(exported.matched + exported.added,
            exported.delivered + total(exported.dropped) + exported.in_flight);
  EXPECT_EQ(exported.matched, overhead.with.accepted);
}

void expect_distribution(const Latencies& latencies) {
  ASSERT_FALSE(latencies.empty());
  EXPECT_LE(latencies.min_ns(), latencies.quantile_ns(0.5));
  EXPECT_LE(latencies.quantile_ns(0.5), latencies.quantile_ns(0.99));
  EXPECT_LE(latencies.quantile_ns(0.99), latencies.quantile_ns(0.999));
  EXPECT_LE(latencies.quantile_ns(0.999), latencies.max_ns());
  EXPECT_GT(latencies.max_ns(), 0);
}

// Tries anew until it holds, because on a busy machine a short measurement may see nothing.
template <class Measure, class Holds>
void expect_eventually(Measure measure, Holds holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds(measure())) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it never held";
  }
}

TEST(ExporterOverheadTest, CountsAreThoseOfTheExporter) {
  const auto seen = std::make_shared<Sightings>();
  const ExporterOverhead overhead =
      measured([&] { return std::make_unique<CountingExporter>(seen); }, short_options());
  EXPECT_EQ(overhead.exporter, "counting");
  EXPECT_TRUE(overhead.exporter_status.ok()) << overhead.exporter_status;
  EXPECT_FALSE(overhead.ended_early);
  EXPECT_GT(seen->events, 0u);
  EXPECT_EQ(seen->events, overhead.work.subscription.delivered);
  EXPECT_EQ(overhead.work.subscription.in_flight, 0u);
  EXPECT_LE(overhead.work.exported_in_turns, overhead.work.subscription.delivered);
  expect_account(overhead);
}

TEST(ExporterOverheadTest, EveryEmitOfTheMeasuredTurnsIsTimedOnce) {
  const ExporterOverhead overhead =
      measured([] { return std::make_unique<CountingExporter>(std::make_shared<Sightings>()); },
               short_options());
  for (const OverheadSide* const side : {&overhead.without, &overhead.with}) {
    EXPECT_EQ(side->turns, 2u);
    EXPECT_EQ(side->emits.count(), side->accepted_in_turns);
    EXPECT_GT(side->emitting_seconds, 0);
    EXPECT_GT(side->accepted_per_second(), 0);
    EXPECT_GT(side->process_cpu_ns, 0u);
    expect_distribution(side->emits);
  }
  expect_distribution(overhead.empties);
  EXPECT_GT(overhead.clock_step_ns, 0);
  EXPECT_FALSE(overhead.p50_difference_ns) << "of two pairs nothing can be said";
}

TEST(ExporterOverheadTest, AnEmitThatIsRefusedAtOnceIsCountedAndNotTimed) {
  OverheadOptions options = short_options();
  options.seconds = 0.1;
  options.rate = 0;
  options.bus.ring_bytes = kRingBytesMin;
  options.bus.ring_bytes_max = kRingBytesMin;
  const auto measure = [&] {
    return measured(
        [] { return std::make_unique<CountingExporter>(std::make_shared<Sightings>()); }, options);
  };
  expect_eventually(measure, [](const ExporterOverhead& overhead) {
    expect_account(overhead);
    EXPECT_EQ(overhead.without.emits.count(), overhead.without.accepted_in_turns);
    EXPECT_EQ(overhead.with.emits.count(), overhead.with.accepted_in_turns);
    return total(overhead.without.rejected) > 0 && total(overhead.with.rejected) > 0;
  });
}

TEST(ExporterOverheadTest, OfSixPairsTheDifferenceHasAnInterval) {
  OverheadOptions options = short_options();
  options.seconds = 1.3;
  const ExporterOverhead overhead = measured(
      [] { return std::make_unique<CountingExporter>(std::make_shared<Sightings>()); }, options);
  ASSERT_TRUE(overhead.p50_difference_ns);
  EXPECT_LE(overhead.p50_difference_ns->low, overhead.p50_difference_ns->high);
}

TEST(ExporterOverheadTest, AgentsAndTextAreAsAskedFor) {
  const auto seen = std::make_shared<Sightings>();
  OverheadOptions options = short_options();
  options.agents = 3;
  options.payload_bytes = 777;
  measured([&] { return std::make_unique<CountingExporter>(seen); }, options);
  EXPECT_EQ(seen->agents.size(), 3u);
  EXPECT_EQ(seen->text_sizes, std::set<std::size_t>{777});
}

TEST(ExporterOverheadTest, ProcessorTimeIsGivenForEachThreadOfTheSideThatHasIt) {
  OverheadOptions options = short_options();
  options.threads = 3;
  const ExporterOverhead overhead = measured(
      [] { return std::make_unique<CountingExporter>(std::make_shared<Sightings>()); }, options);
  for (const OverheadSide* const side : {&overhead.without, &overhead.with}) {
    const std::vector<std::string> names = names_of(*side);
    for (const char* name : {"emitter-0", "emitter-1", "emitter-2", "tb-dispatcher"}) {
      EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
    }
    EXPECT_GT(side->cpu_ns_of("emitter-"), 0u);
    EXPECT_GT(side->cpu_ns_of("tb-dispatcher"), 0u);
  }
  EXPECT_THAT(names_of(overhead.with), Contains("tb-worker"));
  EXPECT_THAT(names_of(overhead.without), Not(Contains("tb-worker")));
  EXPECT_GT(overhead.with.cpu_ns_of("tb-worker"), 0u);
}

TEST(ExporterOverheadTest, AnExporterThatSleepsIsShownToBeBehindAndItsFlushesToTakeTime) {
  OverheadOptions options = short_options();
  options.seconds = 0.2;
  options.rate = 500;
  options.exporter.batch.events_max = 1;
  const auto measure = [&] {
    return measured([] { return std::make_unique<SleepyExporter>(milliseconds(10)); }, options);
  };
  expect_eventually(measure, [](const ExporterOverhead& overhead) {
    expect_account(overhead);
    EXPECT_FALSE(overhead.with.emits.empty());
    EXPECT_GT(overhead.with.flush_seconds, 0);
    EXPECT_GE(overhead.with.flush_seconds, overhead.with.flush_seconds_max);
    // It sleeps 10 ms for each event.
    EXPECT_GE(overhead.work.export_seconds,
              0.01 * static_cast<double>(overhead.work.subscription.batches));
    EXPECT_GE(overhead.work.export_seconds_max, 0.01);
    EXPECT_GT(overhead.work.behind_seconds_max, 0);
    return overhead.work.queue_events_max > 0 && overhead.work.queue_bytes_max > 0;
  });
}

TEST(ExporterOverheadTest, AnExporterThatBlocksThoseWhoEmitShowsWhatTheyGaveUp) {
  OverheadOptions options = short_options();
  options.seconds = 0.1;
  options.rate = 0;
  options.exporter.overflow = Overflow::kBlock;
  options.exporter.block_timeout_ms = 1;
  options.exporter.queue_bytes_max = kQueueBytesMin;
  const auto measure = [&] {
    return measured([] { return std::make_unique<SleepyExporter>(milliseconds(5)); }, options);
  };
  constexpr auto kReason = static_cast<std::size_t>(DropReason::kBlockTimeout);
  expect_eventually(measure, [&](const ExporterOverhead& overhead) {
    expect_account(overhead);
    EXPECT_EQ(overhead.without.rejected[kReason], 0u);
    return overhead.work.subscription.dropped[kReason] > 0;
  });
}

TEST(ExporterOverheadTest, WhatAMakerSaysOrThrowsIsTheError) {
  const auto missing = measure_exporter_overhead(
      []() -> absl::StatusOr<std::unique_ptr<Exporter>> {
        return absl::NotFoundError("there is no collector");
      },
      short_options());
  EXPECT_TRUE(absl::IsNotFound(missing.status()));
  EXPECT_EQ(missing.status().message(), "there is no collector");

  const auto thrown = measure_exporter_overhead(
      []() -> absl::StatusOr<std::unique_ptr<Exporter>> { throw std::runtime_error("no memory"); },
      short_options());
  EXPECT_TRUE(absl::IsUnknown(thrown.status()));
  EXPECT_THAT(std::string(thrown.status().message()), HasSubstr("no memory"));

  for (const MeasuredExporter& make :
       {MeasuredExporter(), MeasuredExporter([] { return std::unique_ptr<Exporter>(); })}) {
    EXPECT_TRUE(absl::IsInvalidArgument(measure_exporter_overhead(make, {}).status()));
  }
}

TEST(ExporterOverheadTest, OptionsAreRefusedBeforeAnExporterIsMade) {
  int made = 0;
  OverheadOptions options = short_options();
  options.threads = 0;
  const auto overhead = measure_exporter_overhead(
      [&] {
        ++made;
        return std::make_unique<UnflushedExporter>();
      },
      options);
  EXPECT_TRUE(absl::IsInvalidArgument(overhead.status()));
  EXPECT_EQ(made, 0);
}

TEST(ExporterOverheadTest, AFlushThatFailsIsReportedBesideTheFigures) {
  const ExporterOverhead overhead =
      measured([] { return std::make_unique<UnflushedExporter>(); }, short_options());
  EXPECT_TRUE(absl::IsDataLoss(overhead.exporter_status));
  EXPECT_EQ(overhead.with.turns, 2u);
  EXPECT_FALSE(overhead.ended_early);
}

TEST(ExporterOverheadTest, AnExporterThatHangsEndsItEarlyAndIsLeftBehind) {
  const auto released = std::make_shared<std::atomic<bool>>(false);
  OverheadOptions options = short_options();
  options.seconds = 600;
  options.flush_timeout_ms = 50;
  const ExporterOverhead overhead =
      measured([&] { return std::make_unique<HangingExporter>(released); }, options);
  EXPECT_TRUE(overhead.ended_early);
  EXPECT_TRUE(absl::IsDeadlineExceeded(overhead.exporter_status)) << overhead.exporter_status;
  EXPECT_EQ(overhead.work.subscription.delivered, 0u);
  released->store(true);
  released->notify_all();
}

TEST(ExporterOverheadTest, GoOnEndsItEarlyWithWhatThereIs) {
  OverheadOptions options = short_options();
  options.seconds = 600;
  int calls = 0;
  options.go_on = [&](const OverheadProgress& progress) {
    EXPECT_GE(progress.share_done, 0);
    EXPECT_LE(progress.share_done, 1);
    return ++calls < 40;
  };
  const auto seen = std::make_shared<Sightings>();
  const ExporterOverhead overhead =
      measured([&] { return std::make_unique<CountingExporter>(seen); }, options);
  EXPECT_EQ(calls, 40);
  EXPECT_TRUE(overhead.ended_early);
  EXPECT_EQ(seen->events, overhead.work.subscription.delivered);
  expect_account(overhead);
}

TEST(ExporterOverheadTest, EndedInTheWarmUpNothingWasMeasured) {
  OverheadOptions options = short_options();
  options.go_on = [](const OverheadProgress&) { return false; };
  const ExporterOverhead overhead =
      measured([] { return std::make_unique<UnflushedExporter>(); }, options);
  EXPECT_TRUE(overhead.ended_early);
  EXPECT_EQ(overhead.with.turns, 0u);
  EXPECT_TRUE(overhead.with.emits.empty());
  EXPECT_EQ(overhead.with.accepted_per_second(), 0);
  EXPECT_EQ(overhead.exported_per_second(), 0);
}

TEST(ExporterOverheadTest, ABusOfSeveralDispatchersCanBeMeasured) {
  OverheadOptions options = short_options();
  options.bus.dispatchers = 2;
  options.threads = 2;
  const auto seen = std::make_shared<Sightings>();
  const ExporterOverhead overhead =
      measured([&] { return std::make_unique<CountingExporter>(seen); }, options);
  EXPECT_EQ(seen->events, overhead.work.subscription.delivered);
  expect_account(overhead);
}

}  // namespace
}  // namespace tracebus
