// SPDX-License-Identifier: Apache-2.0
//
// G7: an exporter that throws, hangs, dawdles or talks nonsense, beside one that behaves. The good
// one gets everything, in order; of the hostile one every event is counted, and what it did wrong
// is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kThreads = 2;
constexpr std::int64_t kEvents = 1500;
constexpr std::uint64_t kAll = kThreads * kEvents;
constexpr milliseconds kPatience(300);

// Says the same thing whatever happens, at great length.
class LoudExporter final : public Exporter {
 public:
  std::string_view name() const noexcept override { return "loud"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    return ExportResult::failure(batch.size());
  }
  std::string_view last_error() const noexcept override { return text_; }

 private:
  const std::string text_ = std::string(30'000'000, 'x');
};

class IsolationTest : public ::testing::Test {
 protected:
  IsolationTest() {
    EXPECT_TRUE(bus_->add_exporter(receiving_exporter(good_), {.name = "good"}).ok());
  }
  ~IsolationTest() override {
    gate_->open();
    bus_.reset();
    // Threads that were left behind go on using the gate.
    EXPECT_TRUE(eventually([&] { return gate_.use_count() == 1; }));
  }

  void add(ExporterFunctions functions, ExporterOptions options = {}) {
    options.name = "hostile";
    options.batch.delay_ms_max = 1;
    hostile_ = *bus_->add_exporter(exporter_of(std::move(functions)), options);
  }
  // All events, from several threads; afterwards the good exporter has to have them.
  void emit_all() {
    std::vector<std::thread> threads;
    for (std::int64_t producer = 0; producer < kThreads; ++producer) {
      threads.emplace_back([this, producer] {
        for (std::int64_t number = 1; number <= kEvents; ++number) {
          EXPECT_EQ(emit_numbered(*bus_, {.producer = producer, .number = number}),
                    EmitResult::kAccepted);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  void expect_good_one_has_all() {
    ASSERT_TRUE(eventually([&] { return good_->count() == kAll; }));
    EXPECT_THAT(good_->problems(), IsEmpty());
    for (std::int64_t producer = 0; producer < kThreads; ++producer) {
      EXPECT_EQ(good_->numbers(producer), numbers_to(kEvents));
    }
  }
  // Queued for it or lost by it, not to be seen in the good one's.
  void expect_hostile_one_was_offered_all() {
    ASSERT_TRUE(eventually([&] { return stats_of(*bus_, hostile_).matched == kAll; }));
  }
  // The account of the hostile one, exact.
  SubscriptionStats judge() {
    const SubscriptionStats stats = stats_of(*bus_, hostile_);
    EXPECT_EQ(stats.matched, kAll);
    EXPECT_EQ(stats.matched + stats.added,
              stats.delivered + total(stats.dropped) + stats.in_flight);
    return stats;
  }
  bool said(std::string_view what) const {
    for (const std::string& text : log_.texts()) {
      if (text.find(what) != std::string::npos) return true;
    }
    return false;
  }
  // As the exporter's own, so that it may be left behind.
  std::function<void()> hang() {
    return [gate = gate_] { gate->pass(); };
  }

  Collected log_;
  const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  const std::shared_ptr<NumberedReceiver> good_ = std::make_shared<NumberedReceiver>();
  SubscriptionId hostile_;
  std::unique_ptr<TraceEventBus> bus_ = std::make_unique<TraceEventBus>(
      BusOptions{.shutdown_timeout_ms = 200,
                 .log = [this](std::string_view text) { log_.add(std::string(text)); }});
};

TEST_F(IsolationTest, G7_UsersAsk10_ExporterThatThrowsIsCalledAgainAndAgain) {
  std::atomic<int> calls = 0;
  add({.export_batch = [&](const Batch& batch, const ExportContext&) -> ExportResult {
    if (++calls % 2 == 1) throw std::runtime_error("out of cheese");
    return batch.size() > 1 ? ExportResult::partial(1) : ExportResult::ok();
  }});
  emit_all();
  ASSERT_TRUE(bus_->flush(kLong).ok());
  expect_good_one_has_all();
  const SubscriptionStats stats = judge();
  EXPECT_EQ(stats.in_flight, 0u);
  EXPECT_GT(count(stats.dropped, DropReason::kExportFailed), 0u);
  EXPECT_GE(calls, 2);
  EXPECT_EQ(stats.last_error, "out of cheese");
  EXPECT_TRUE(eventually([&] { return said("hostile: out of cheese"); }));
}

TEST_F(IsolationTest, G7_UsersAsk10_ExporterThatThrowsWhatIsNoExceptionOfTheLibrary) {
  add({.export_batch = [](const Batch&, const ExportContext&) -> ExportResult { throw 17; }});
  emit_all();
  ASSERT_TRUE(bus_->flush(kLong).ok());
  expect_good_one_has_all();
  EXPECT_EQ(count(judge().dropped, DropReason::kExportFailed), kAll);
}

TEST_F(IsolationTest, G7_UsersAsk1_ExporterThatNeverAnswersIsAbandonedAndLeftBehind) {
  add({.export_batch =
           [wait = hang()](const Batch&, const ExportContext&) {
             wait();
             return ExportResult::ok();
           }},
      {.export_timeout_ms = 20});
  emit_all();
  expect_good_one_has_all();
  expect_hostile_one_was_offered_all();
  ASSERT_TRUE(eventually(
      [&] { return count(stats_of(*bus_, hostile_).dropped, DropReason::kAbandoned) != 0; }));
  const auto begin = steady_clock::now();
  EXPECT_EQ(bus_->flush(kPatience).code(), absl::StatusCode::kDeadlineExceeded);
  const absl::Status ended = bus_->shutdown(kPatience);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(5000));
  EXPECT_EQ(ended.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(ended.message()), HasSubstr("hostile"));
  if (dispatcher_was_late(ended)) return;
  const SubscriptionStats stats = judge();
  EXPECT_EQ(stats.in_flight, 0u);
  EXPECT_EQ(stats.delivered, 0u);
  EXPECT_EQ(
      count(stats.dropped, DropReason::kAbandoned) + count(stats.dropped, DropReason::kLostAtExit),
      kAll);
}

// It hangs, but it listens: then nothing is left behind.
TEST_F(IsolationTest, G7_UsersAsk3_ExporterThatHeedsItsStopTokenEndsInTime) {
  add({.export_batch = [](const Batch& batch, const ExportContext& context) {
    while (!context.stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
    return ExportResult::failure(batch.size());
  }});
  emit_all();
  expect_good_one_has_all();
  expect_hostile_one_was_offered_all();
  bus_->shutdown(kPatience).IgnoreError();
  EXPECT_TRUE(eventually([&] { return judge().in_flight == 0; }));
}

TEST_F(IsolationTest, G7_SlowExporterLosesItsOwnEventsOnly) {
  Gate all_dispatched;  // else it would keep up with emitters that are stopped
  add({.export_batch =
           [&](const Batch&, const ExportContext&) {
             all_dispatched.pass();
             std::this_thread::sleep_for(milliseconds(1));
             return ExportResult::ok();
           }},
      {.batch = {.events_max = 4}, .queue_bytes_max = kQueueBytesMin});
  emit_all();
  expect_good_one_has_all();
  expect_hostile_one_was_offered_all();
  all_dispatched.open();
  ASSERT_TRUE(bus_->flush(kLong).ok());
  const SubscriptionStats stats = judge();
  EXPECT_GT(count(stats.dropped, DropReason::kFull), 0u);
  EXPECT_EQ(count(stats.dropped, DropReason::kFull), total(stats.dropped));
}

TEST_F(IsolationTest, G7_ExporterThatAnswersNonsenseCannotSpoilTheAccount) {
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  std::atomic<int> calls = 0;
  add({.export_batch = [&](const Batch&, const ExportContext&) -> ExportResult {
    switch (++calls % 4) {
      case 0:
        return {.failed = kHuge, .rejected = kHuge};
      case 1:
        return {.rejected = kHuge - 1, .processed = 7};
      case 2:
        return {.failed = 1, .processed = kHuge};
      default:
        return {.failed = kHuge, .added = kHuge};
    }
  }});
  emit_all();
  ASSERT_TRUE(bus_->flush(kLong).ok());
  expect_good_one_has_all();
  const SubscriptionStats stats = judge();
  EXPECT_EQ(stats.in_flight, 0u);
  EXPECT_LE(stats.added, static_cast<std::uint64_t>(calls) * ExportResult::kAddedMax);
}

TEST_F(IsolationTest, G7_ExporterWhoseErrorIsHugeIsQuotedInPart) {
  hostile_ = *bus_->add_exporter(std::make_unique<LoudExporter>(), {.name = "hostile"});
  emit_all();
  ASSERT_TRUE(bus_->flush(kLong).ok());
  expect_good_one_has_all();
  EXPECT_THAT(judge().last_error, HasSubstr("xxxx"));
  EXPECT_LE(judge().last_error.size(), 10'000u);
  ASSERT_TRUE(eventually([&] { return said("hostile: xxxx"); }));
  for (const std::string& text : log_.texts()) EXPECT_LE(text.size(), 10'000u);
}

TEST_F(IsolationTest, G7_ExporterThatDiesInFlushDoesNotSpoilTheOthersFlush) {
  add({.flush = [](Deadline) -> absl::Status { throw std::runtime_error("flush is gone"); }});
  emit_all();
  const absl::Status flushed = bus_->flush(kLong);
  EXPECT_THAT(std::string(flushed.message()), HasSubstr("flush is gone"));
  expect_good_one_has_all();
  const SubscriptionStats stats = judge();
  EXPECT_EQ(stats.delivered, kAll);
  EXPECT_EQ(stats.failed_flushes, 1u);
  EXPECT_THAT(stats.last_error, HasSubstr("flush is gone"));
  EXPECT_TRUE(eventually([&] { return said("flush is gone"); }));
}

TEST_F(IsolationTest, G7_UsersAsk2_ExporterThatHangsInFlushCostsTheDeadlineNoMore) {
  add({.flush = [wait = hang()](Deadline) {
    wait();
    return absl::OkStatus();
  }});
  emit_all();
  for (int i = 0; i < 2; ++i) {
    const auto begin = steady_clock::now();
    const absl::Status flushed = bus_->flush(kPatience);
    EXPECT_EQ(flushed.code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_THAT(std::string(flushed.message()), HasSubstr("hostile"));
    EXPECT_GE(steady_clock::now() - begin, kPatience);
    EXPECT_LT(steady_clock::now() - begin, milliseconds(5000));
  }
  expect_good_one_has_all();
  ASSERT_TRUE(eventually([&] { return judge().delivered == kAll; }));
  EXPECT_EQ(bus_->shutdown(kPatience).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(judge().delivered, kAll);
}

TEST_F(IsolationTest, G7_ExporterThatThrowsInShutdownIsHeard) {
  add({.shutdown = [](Deadline) -> absl::Status { throw std::runtime_error("no end"); }});
  emit_all();
  EXPECT_TRUE(bus_->shutdown(kLong).ok());
  expect_good_one_has_all();
  EXPECT_EQ(judge().last_error, "no end");
  EXPECT_EQ(judge().delivered, kAll);
}

TEST_F(IsolationTest, G7_UsersAsk1_ExporterThatHangsInShutdownIsLeftBehind) {
  std::atomic<bool> good_was_shut_down = false;
  ASSERT_TRUE(bus_->add_exporter(exporter_of({.shutdown =
                                                  [&](Deadline) {
                                                    good_was_shut_down = true;
                                                    return absl::OkStatus();
                                                  }}))
                  .ok());
  add({.shutdown = [wait = hang()](Deadline) {
    wait();
    return absl::OkStatus();
  }});
  emit_all();
  ASSERT_TRUE(bus_->flush(kLong).ok());
  const auto begin = steady_clock::now();
  EXPECT_EQ(bus_->shutdown(kPatience).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(5000));
  expect_good_one_has_all();
  EXPECT_TRUE(eventually([&] { return good_was_shut_down.load(); }));
  EXPECT_EQ(judge().delivered, kAll);
}

// The thread that hangs keeps the block that it reads, not the queue: memory stays within bounds.
TEST_F(IsolationTest, G7_G17_HungExporterKeepsNoMoreThanItsQueue) {
  add({.export_batch =
           [wait = hang()](const Batch&, const ExportContext&) {
             wait();
             return ExportResult::ok();
           }},
      {.overflow = Overflow::kDropOldest, .queue_bytes_max = 64 << 10, .export_timeout_ms = 5});
  for (int round = 0; round < rounds(5, 50); ++round) {
    for (std::int64_t i = 0; i < 2000; ++i) {
      emit_numbered(*bus_, {.producer = 7, .number = round * 2000 + i + 1});
    }
    ASSERT_TRUE(eventually([&] { return bus_->stats().waiting == 0; }));
    EXPECT_LE(stats_of(*bus_, hostile_).queue_bytes, 64u << 10);
  }
  bus_->shutdown(kPatience).IgnoreError();
  EXPECT_THAT(good_->problems(), IsEmpty());
}

}  // namespace
}  // namespace tracebus::testing
