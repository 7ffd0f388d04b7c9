// SPDX-License-Identifier: Apache-2.0
//
// The account of processors: alone, and as the bus keeps it.
//
// Oracle. Only the receiver says what left the chain, and only the processors say what they lost by
// throwing. Of an event handed in, with o copies received and f losses noted within its batch: none
// of either means sampled out, if a processor said so, and processed otherwise; else the first of
// o + f is the event, and the others are added. All that was received or lost under another
// identity is added.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/record_check.h"
#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"
#include "tracebus/tests/exporters/random_processor.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

std::vector<std::unique_ptr<Processor>> random_chain(std::mt19937_64& random, RandomNotes& notes) {
  std::vector<std::unique_ptr<Processor>> chain;
  for (std::uint64_t left = random() % 4; left != 0; --left) {
    chain.push_back(std::make_unique<RandomProcessor>(random(), notes));
  }
  return chain;
}

ExportResult judge(const Batch& batch, const std::vector<OwnedEvent>& received,
                   const RandomNotes& notes) {
  ExportResult judged;
  std::map<Identity, std::uint64_t> fates;
  const std::set<Identity> sampled_out(notes.sampled_out.begin(), notes.sampled_out.end());
  for (const OwnedEvent& event : received) ++fates[identity_of(event.view())];
  for (const Identity& identity : notes.failed) ++fates[identity];
  for (const EventView& event : batch) {
    const auto fate = fates.find(identity_of(event));
    if (fate == fates.end()) {
      ++(sampled_out.contains(identity_of(event)) ? judged.sampled_out : judged.processed);
    } else {
      --fate->second;
    }
  }
  for (const auto& [identity, count] : fates) judged.added += count;
  judged.failed = notes.failed.size();
  return judged;
}

void expect_well_formed(const std::vector<OwnedEvent>& events) {
  for (const OwnedEvent& event : events) {
    const EventView view = event.view();
    const auto* const bytes = reinterpret_cast<const std::byte*>(view.record());
    EXPECT_TRUE(check_record({bytes, view.size_bytes()}).ok());
    if (view.event_type() == "added") continue;
    // An EventMaker's sequences begin at 7, its numbers at 0.
    EXPECT_EQ(view.find("n")->as_int64() + 7, static_cast<std::int64_t>(view.sequence()));
  }
}

TEST(ExportResult, ClaimsAreClampedToWhatIsPossible) {
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  EXPECT_THAT(counts(ExportResult{1, 2, 3, 4}.clamped(9)), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(counts(ExportResult{1, 2, 3, 1}.clamped(5)), ElementsAre(1, 2, 3, 1));
  EXPECT_THAT(counts(ExportResult{1, 2, 3, 0}.clamped(5)), ElementsAre(1, 2, 2, 0));
  EXPECT_THAT(counts(ExportResult{kAll, kAll, kAll, 0}.clamped(5)), ElementsAre(5, 0, 0, 0));
  EXPECT_THAT(counts(ExportResult{0, kAll, kAll, 2}.clamped(5)), ElementsAre(0, 7, 0, 2));
  EXPECT_EQ((ExportResult{0, 0, 0, kAll}.clamped(5).added), ExportResult::kAddedMax);
}

TEST(ProcessingAccount, EventsThatASamplerLeavesOutAreCountedApart) {
  Received received;
  std::optional<OwnedEvent> held;
  const auto sample = [&held](const EventView& event, ProcessorOutput& output) {
    const std::int64_t number = event.find("n")->as_int64();
    if (number == 0) return;  // a drop like any other
    output.sample_out(event);
    output.sample_out(event);                    // once is enough
    if (number == 2) return output.pass(event);  // after all
    if (number == 3) held.emplace(event);
    if (number != 4) return;
    output.sample_out(held->view());  // of an earlier batch
    output.pass(held->view());
  };
  ProcessingExporter exporter(chain_of(stub(sample)), std::make_unique<NotingExporter>(received));
  EventMaker maker = numbered_events(5);
  EXPECT_THAT(counts(exporter.export_batch(maker.batch_of(0, 4), in_a_second())),
              ElementsAre(0, 0, 1, 0, 2));
  EXPECT_THAT(counts(exporter.export_batch(maker.batch_of(4, 5), in_a_second())),
              ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(received.numbers(), ElementsAre(2, 3));
}

TEST(ProcessingAccount, EveryResultIsWhatTheReceiverSaw) {
  for (std::uint64_t seed = 1; seed <= 500 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    RandomNotes notes;
    Received received;
    ProcessingExporter exporter(random_chain(random, notes),
                                std::make_unique<NotingExporter>(received));
    EventMaker maker = numbered_events(100);
    for (std::size_t begin = 0; begin < 100;) {
      const std::size_t end = std::min<std::size_t>(100, begin + 1 + random() % 30);
      const Batch batch = maker.batch_of(begin, end);
      const ExportResult told = exporter.export_batch(batch, in_a_second());
      EXPECT_EQ(counts(told), counts(judge(batch, received.events, notes)));
      EXPECT_EQ(batch.size() + told.added, received.events.size() + told.lost());
      expect_well_formed(received.events);
      received.events.clear();
      notes.clear();
      begin = end;
      if (random() % 4 != 0) continue;
      static_cast<void>(exporter.flush(Deadline::max()));
      EXPECT_EQ(counts(exporter.flush_result()), counts(judge({}, received.events, notes)));
      received.events.clear();
      notes.clear();
    }
  }
}

// An exporter that the test keeps when the bus lets go of it.
class SharedExporter final : public Exporter {
 public:
  explicit SharedExporter(std::shared_ptr<Exporter> exporter) : exporter_(std::move(exporter)) {}
  std::string_view name() const noexcept override { return exporter_->name(); }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override {
    return exporter_->export_batch(batch, context);
  }

 private:
  const std::shared_ptr<Exporter> exporter_;
};

std::uint64_t dropped(const SubscriptionStats& stats, DropReason reason) {
  return stats.dropped[static_cast<std::size_t>(reason)];
}

void expect_balance(const SubscriptionStats& stats) {
  EXPECT_EQ(stats.in_flight, 0u);
  EXPECT_EQ(stats.matched + stats.added, stats.delivered + total(stats.dropped));
}

void emit_numbered(TraceEventBus& bus, std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) {
    ASSERT_EQ(bus.emit({.event_type = "llm_call", .payload = {{"n", n}}}), EmitResult::kAccepted);
  }
}

TEST(ProcessingAccount, BusDeliversWhatTheReceiverHas) {
  for (std::uint64_t seed = 1; seed <= 40 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    RandomNotes notes;
    const auto memory = std::make_shared<MemoryExporter>();
    TraceEventBus bus;
    const auto id =
        bus.add_exporter(std::make_unique<ProcessingExporter>(
                             random_chain(random, notes), std::make_unique<SharedExporter>(memory)),
                         {.batch = {.events_max = 1 + random() % 50, .delay_ms_max = 0}});
    ASSERT_TRUE(id.ok());
    emit_numbered(bus, 500);
    static_cast<void>(bus.flush(seconds(20)));  // not OK when a tick threw
    SubscriptionStats stats = bus.stats().subscriptions.at(0);
    expect_balance(stats);
    EXPECT_EQ(stats.matched, 500u);
    EXPECT_EQ(stats.delivered, memory->size());
    EXPECT_EQ(dropped(stats, DropReason::kExportFailed), notes.failed.size());
    emit_numbered(bus, 100);
    static_cast<void>(bus.shutdown(seconds(20)));
    stats = bus.stats().subscriptions.at(0);
    expect_balance(stats);
    EXPECT_EQ(stats.matched, 600u);
    EXPECT_EQ(stats.delivered, memory->size());
    EXPECT_EQ(dropped(stats, DropReason::kExportFailed), notes.failed.size());
  }
}

TEST(ProcessingAccount, HeldEventsAreDeliveredByTheFlushThatTheyWaitFor) {
  const auto memory = std::make_shared<MemoryExporter>();
  TraceEventBus bus;
  const auto id = bus.add_exporter(
      std::make_unique<ProcessingExporter>(chain_of(std::make_unique<HoldingProcessor>(true)),
                                           std::make_unique<SharedExporter>(memory)));
  ASSERT_TRUE(id.ok());
  emit_numbered(bus, 10);
  ASSERT_TRUE(bus.flush(seconds(20)).ok());
  const SubscriptionStats stats = bus.stats().subscriptions.at(0);
  EXPECT_EQ(memory->size(), 10u);
  EXPECT_EQ(stats.delivered, 10u);
  EXPECT_EQ(stats.added, 10u);
  EXPECT_EQ(dropped(stats, DropReason::kProcessor), 10u);
  expect_balance(stats);
}

TEST(ProcessingAccount, ExporterThatClaimsTheImpossibleStillBalances) {
  class LyingExporter final : public Exporter {
    std::string_view name() const noexcept override { return "lying"; }
    ExportResult export_batch(const Batch&, const ExportContext&) override {
      constexpr std::uint64_t kAll = ~std::uint64_t{0};
      return {.failed = 2, .rejected = 1, .processed = kAll, .added = kAll};
    }
    ExportResult flush_result() const noexcept override { return {.failed = 9, .added = 2}; }
  };
  TraceEventBus bus;
  ASSERT_TRUE(bus.add_exporter(std::make_unique<LyingExporter>()).ok());
  emit_numbered(bus, 1);
  ASSERT_TRUE(bus.flush(seconds(20)).ok());
  const SubscriptionStats stats = bus.stats().subscriptions.at(0);
  EXPECT_EQ(stats.added, ExportResult::kAddedMax + 2);
  EXPECT_EQ(stats.delivered, 0u);
  EXPECT_EQ(dropped(stats, DropReason::kExportFailed), 4u);
  EXPECT_EQ(dropped(stats, DropReason::kRejectedRemote), 1u);
  EXPECT_EQ(dropped(stats, DropReason::kProcessor), ExportResult::kAddedMax + 1 - 3);
  expect_balance(stats);
}

TEST(ProcessingAccount, AbandonedBatchCountsNothingButLate) {
  Received received;
  const auto released = std::make_shared<std::atomic<bool>>(false);
  received.answer = [released](const Batch&) {
    released->wait(false);
    return ExportResult{.failed = 1, .rejected = 1};
  };
  const auto add_and_drop = [](const EventView& event, ProcessorOutput& output) {
    output.add({.event_type = "added"});
    if (event.find("n")->as_int64() != 0) output.pass(event);
  };
  TraceEventBus bus;
  const auto id = bus.add_exporter(
      std::make_unique<ProcessingExporter>(chain_of(stub(add_and_drop)),
                                           std::make_unique<NotingExporter>(received)),
      {.batch = {.events_max = 4, .delay_ms_max = 3'600'000}, .export_timeout_ms = 20});
  ASSERT_TRUE(id.ok());
  emit_numbered(bus, 4);
  EXPECT_TRUE(bus.flush(milliseconds(200)).code() != absl::StatusCode::kInternal);
  while (bus.stats().subscriptions.at(0).in_flight != 0) std::this_thread::yield();
  released->store(true);
  released->notify_all();
  ASSERT_TRUE(bus.flush(seconds(20)).ok());
  const SubscriptionStats stats = bus.stats().subscriptions.at(0);
  EXPECT_EQ(stats.late, 4u);
  EXPECT_EQ(dropped(stats, DropReason::kAbandoned), 4u);
  EXPECT_EQ(stats.added + stats.delivered, 0u);
  EXPECT_EQ(total(stats.dropped), 4u);
  expect_balance(stats);
}

TEST(ProcessingAccount, StatsNeverShowMoreOutcomesThanEvents) {
  TraceEventBus bus;
  const auto add_many = [](const EventView& event, ProcessorOutput& output) {
    output.pass(event);
    for (int i = 0; i < 3; ++i) output.add({.event_type = "added"});
  };
  const auto memory = std::make_shared<MemoryExporter>();
  const auto id =
      bus.add_exporter(std::make_unique<ProcessingExporter>(
                           chain_of(stub(add_many)), std::make_unique<SharedExporter>(memory)),
                       {.batch = {.events_max = 2, .delay_ms_max = 0}});
  ASSERT_TRUE(id.ok());
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load()) {
      // Less than none in flight would be a very large number.
      EXPECT_LE(bus.stats().subscriptions.at(0).in_flight, 20'000u);
    }
  });
  emit_numbered(bus, 5'000);
  ASSERT_TRUE(bus.flush(seconds(20)).ok());
  done.store(true);
  reader.join();
  const SubscriptionStats stats = bus.stats().subscriptions.at(0);
  EXPECT_EQ(stats.delivered, 20'000u);
  expect_balance(stats);
}

}  // namespace
}  // namespace tracebus::testing
