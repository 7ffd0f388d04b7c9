// SPDX-License-Identifier: Apache-2.0
//
// Nothing is lost in silence: on_overflow, unsubscribe_on_overflow and the log say that a
// subscription begins to lose events, and that it has stopped, once each and with exact numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An exporter that takes nothing while it is held, and what the bus says about it.
class OverflowReportTest : public ::testing::Test {
 protected:
  ~OverflowReportTest() override { hold(false); }

  void add(ExporterOptions options) {
    options.batch.delay_ms_max = 0;
    options.queue_bytes_max = kQueueBytesMin;
    options.name = "late";
    const auto wait = [this](const Batch&, const ExportContext&) {
      held_.wait(true);
      return ExportResult::ok();
    };
    id_ = *bus_.add_exporter(receiving_exporter(receiver_, wait), options);
  }
  void hold(bool held) {
    held_ = held;
    held_.notify_all();
  }
  // More than the queue holds.
  void overflow() {
    hold(true);
    for (int i = 0; i < 500; ++i) emit_numbered(bus_, {.number = ++emitted_});
    ASSERT_TRUE(eventually([&] { return bus_.stats().waiting == 0; }));
  }
  bool next_event_matches() {
    const std::uint64_t matched = stats_of(bus_, id_).matched;
    emit_numbered(bus_, {.number = ++emitted_});
    EXPECT_TRUE(eventually([&] { return bus_.stats().waiting == 0; }));
    return stats_of(bus_, id_).matched != matched;
  }
  void take_all() {
    hold(false);
    ASSERT_TRUE(bus_.flush(kLong).ok());
  }
  OverflowCallback note() {
    return [this](const OverflowReport& report) {
      const std::lock_guard lock(mutex_);
      reports_.push_back(report);
    };
  }
  std::vector<OverflowReport> reports() const {
    const std::lock_guard lock(mutex_);
    return reports_;
  }
  std::vector<std::string> said_of(std::string_view what) const {
    std::vector<std::string> said = log_.texts();
    std::erase_if(said, [&](const std::string& text) { return !text.starts_with(what); });
    return said;
  }

  mutable std::mutex mutex_;
  std::vector<OverflowReport> reports_;
  Collected log_;
  std::atomic<bool> held_ = true;
  const std::shared_ptr<NumberedReceiver> receiver_ = std::make_shared<NumberedReceiver>();
  std::int64_t emitted_ = 0;
  SubscriptionId id_;
  TraceEventBus bus_{{.log = [this](std::string_view text) { log_.add(std::string(text)); }}};
};

TEST_F(OverflowReportTest, UsersAsk4_BeginAndEndAreSaidOnceEachWithExactNumbers) {
  add({.on_overflow = note()});
  overflow();
  ASSERT_TRUE(eventually([&] { return !reports().empty(); }));
  overflow();  // goes on for a while
  take_all();
  ASSERT_TRUE(eventually([&] { return reports().size() == 2; }));
  const SubscriptionStats stats = stats_of(bus_, id_);
  const std::vector<OverflowReport> said = reports();
  EXPECT_TRUE(said[0].dropping);
  EXPECT_EQ(said[0].id, id_);
  EXPECT_EQ(said[0].name, "late");
  EXPECT_GT(total(said[0].dropped), 0u);
  EXPECT_FALSE(said[1].dropping);
  EXPECT_EQ(said[1].dropped, stats.dropped);
  EXPECT_EQ(count(stats.dropped, DropReason::kFull) + receiver_->count(),
            static_cast<std::uint64_t>(emitted_));
  const std::string full = std::to_string(count(stats.dropped, DropReason::kFull));
  EXPECT_THAT(said_of("late"), ElementsAre(ContainsRegex("began to lose events: full [0-9]+"),
                                           "late stopped losing events: full " + full + " in all"));
}

// Each time for the callback, but not for the log: somebody reads that.
TEST_F(OverflowReportTest, UsersAsk4_LogIsRateLimitedAndTheCallbackIsNot) {
  add({.on_overflow = note()});
  const std::size_t bursts = static_cast<std::size_t>(rounds(2, 4));
  for (std::size_t burst = 1; burst <= bursts; ++burst) {
    overflow();
    take_all();
    ASSERT_TRUE(eventually([&] { return reports().size() == 2 * burst; }));
  }
  EXPECT_THAT(said_of("late"), SizeIs(2));
  EXPECT_EQ(reports().back().dropped, stats_of(bus_, id_).dropped);
}

TEST_F(OverflowReportTest, UsersAsk4_EmitsThatFindNoRoomAreSaid) {
  Gate gate;
  TraceEventBus bus({.ring_bytes = kRingBytesMin,
                     .ring_bytes_max = kRingBytesMin,
                     .log = [this](std::string_view text) { log_.add(std::string(text)); }});
  ASSERT_TRUE(
      bus.subscribe([&](const EventView&) { gate.pass(); }, {.run_on = RunOn::kDispatcher}).ok());
  std::uint64_t refused = 0;
  for (int i = 1; i < 500; ++i) {
    refused += emit_numbered(bus, {.number = i}) == EmitResult::kFull ? 1 : 0;
  }
  gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_GT(refused, 0u);
  EXPECT_EQ(count(bus.stats().rejected, DropReason::kFull), refused);
  EXPECT_TRUE(eventually([&] { return said_of("emit").size() == 2; }));
  EXPECT_THAT(said_of("emit").back(),
              "emit stopped losing events: full " + std::to_string(refused) + " in all");
}

TEST_F(OverflowReportTest, UsersAsk25_CallbackThatThrowsIsIgnored) {
  std::atomic<int> calls = 0;
  add({.on_overflow = [&](const OverflowReport&) {
    ++calls;
    throw std::runtime_error("no");
  }});
  overflow();
  ASSERT_TRUE(eventually([&] { return calls == 1; }));
  take_all();
  ASSERT_TRUE(eventually([&] { return calls == 2; }));
  overflow();
  ASSERT_TRUE(eventually([&] { return calls == 3; }));
  take_all();
  EXPECT_THAT(receiver_->problems(), IsEmpty());
}

TEST_F(OverflowReportTest, UsersAsk25_CallbackMayUnsubscribe) {
  std::atomic<int> removed = -1;
  add({.on_overflow = [&](const OverflowReport& report) {
    removed = bus_.unsubscribe(report.id) ? 1 : 0;
  }});
  overflow();
  ASSERT_TRUE(eventually([&] { return removed != -1; }));
  EXPECT_EQ(removed, 1);
  hold(false);
  EXPECT_TRUE(eventually([&] { return stats_of(bus_, id_).in_flight == 0; }));
  EXPECT_EQ(emit_numbered(bus_, {.number = ++emitted_}), EmitResult::kUnwanted);
  const SubscriptionStats stats = stats_of(bus_, id_);
  EXPECT_EQ(stats.matched, stats.delivered + total(stats.dropped));
  EXPECT_FALSE(bus_.unsubscribe(id_));
}

TEST_F(OverflowReportTest, UsersAsk25_FirstLossEndsASubscriptionThatAskedForIt) {
  add({.on_overflow = note(), .unsubscribe_on_overflow = true});
  const auto other = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus_.add_exporter(receiving_exporter(other)).ok());
  overflow();
  ASSERT_TRUE(eventually([&] { return reports().size() == 1; }));
  // The report comes before the end, and a receiver let go between the two would take all.
  ASSERT_TRUE(eventually([&] { return !next_event_matches(); }));
  hold(false);
  ASSERT_TRUE(eventually([&] {
    const SubscriptionStats stats = stats_of(bus_, id_);
    return stats.in_flight == 0 && count(stats.dropped, DropReason::kUnsubscribed) != 0;
  }));
  const std::uint64_t matched = stats_of(bus_, id_).matched;
  emit_numbered(bus_, {.number = ++emitted_});
  ASSERT_TRUE(bus_.flush(kLong).ok());
  EXPECT_EQ(stats_of(bus_, id_).matched, matched);
  EXPECT_EQ(other->numbers(0), numbers_to(emitted_));
  const SubscriptionStats stats = stats_of(bus_, id_);
  EXPECT_EQ(stats.delivered, receiver_->count());
  EXPECT_EQ(stats.matched, stats.delivered + total(stats.dropped));
}

TEST_F(OverflowReportTest, UsersAsk25_OwnWorkerOfACallbackReportsToo) {
  const auto id = bus_.subscribe(
      [this](const EventView&) { held_.wait(true); },
      {.run_on = RunOn::kOwnWorker, .queue_bytes_max = kQueueBytesMin, .on_overflow = note()});
  overflow();
  EXPECT_TRUE(eventually([&] { return !reports().empty(); }));
  EXPECT_EQ(reports().front().id, *id);
  take_all();
}

}  // namespace
}  // namespace tracebus::testing
