// SPDX-License-Identifier: Apache-2.0
//
// Nothing is lost in silence: on_overflow, unsubscribe_on_overflow and the log say that a
// subscription begins to lose events, and that it has stopped, with exact numbers. Once each: see
// reporter_test.cc, whose time does not depend on how busy the machine is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "tracebus/tests/bus/numbered_events.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ContainsRegex;
using ::testing::IsEmpty;

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
  // The first one says that it begins, and the last one that it is over. In between they take
  // turns: a thread that is stopped for a second, in which nothing is lost, makes two of one burst.
  bool reports_took_turns() const {
    const std::vector<OverflowReport> said = reports();
    for (std::size_t i = 0; i < said.size(); ++i) {
      if (said[i].dropping != (i % 2 == 0)) return false;
    }
    return !said.empty() && !said.back().dropping;
  }
  // Whether all is said that there is to say.
  bool end_was_reported() const {
    const std::vector<OverflowReport> said = reports();
    return !said.empty() && !said.back().dropping &&
           said.back().dropped == stats_of(bus_, id_).dropped;
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

TEST_F(OverflowReportTest, UsersAsk4_BeginAndEndAreSaidWithExactNumbers) {
  add({.on_overflow = note()});
  overflow();
  ASSERT_TRUE(eventually([&] { return !reports().empty(); }));
  overflow();  // goes on for a while
  take_all();
  ASSERT_TRUE(eventually([&] { return end_was_reported(); }));
  const SubscriptionStats stats = stats_of(bus_, id_);
  const OverflowReport began = reports().front();
  EXPECT_TRUE(reports_took_turns());
  EXPECT_EQ(began.id, id_);
  EXPECT_EQ(began.name, "late");
  EXPECT_GT(total(began.dropped), 0u);
  EXPECT_EQ(count(stats.dropped, DropReason::kFull) + receiver_->count(),
            static_cast<std::uint64_t>(emitted_));
  ASSERT_GE(said_of("late").size(), 2u);
  EXPECT_THAT(said_of("late")[0], ContainsRegex("late began to lose events: full [0-9]+"));
  EXPECT_THAT(said_of("late")[1], ContainsRegex("late stopped losing events: full [0-9]+ in all"));
}

TEST_F(OverflowReportTest, UsersAsk4_CallbackIsToldOfEveryBurst) {
  add({.on_overflow = note()});
  const std::size_t bursts = static_cast<std::size_t>(rounds(2, 4));
  for (std::size_t burst = 1; burst <= bursts; ++burst) {
    overflow();
    take_all();
    ASSERT_TRUE(eventually([&] { return end_was_reported(); }));
    EXPECT_GE(reports().size(), 2 * burst);
  }
  EXPECT_TRUE(reports_took_turns());
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
  ASSERT_TRUE(eventually([&] { return said_of("emit").size() >= 2; }));
  EXPECT_THAT(said_of("emit")[0], ContainsRegex("emit began to lose events: full [0-9]+"));
  EXPECT_THAT(said_of("emit")[1], ContainsRegex("emit stopped losing events: full [0-9]+ in all"));
}

// What goes wrong while the reporter is busy with something else, and after it looked there, is
// said as soon as it is done: nothing else would wake it.
TEST_F(OverflowReportTest, UsersAsk4_WhatGoesWrongDuringAReportIsReported) {
  std::atomic<bool> logged = false;
  std::atomic<int> first_calls = 0;
  TraceEventBus* reported = nullptr;
  TraceEventBus bus({.log = [&](std::string_view text) {
    log_.add(std::string(text));
    if (!text.starts_with("second") || logged.exchange(true)) return;
    // Within the reporter's look, past that at the first one.
    emit_number(*reported, 1, "agent_start");
    EXPECT_TRUE(eventually([&] { return first_calls != 0; }));
    std::this_thread::sleep_for(milliseconds(30));  // for a dispatcher's look at the losses
  }});
  reported = &bus;
  const auto failing = [&](std::string_view type, std::string name, bool counts) {
    const auto fail = [&first_calls, counts](const Batch&, const ExportContext&) -> ExportResult {
      if (counts) ++first_calls;
      throw std::runtime_error("no");
    };
    EXPECT_TRUE(
        bus.add_exporter(exporter_of({.export_batch = fail}), {.filter = Filter::types({type}),
                                                               .batch = {.delay_ms_max = 0},
                                                               .name = std::move(name)})
            .ok());
  };
  failing("agent_start", "first", true);
  failing("agent_end", "second", false);
  emit_number(bus, 1, "agent_end");
  EXPECT_TRUE(eventually([&] { return said_of("second: no").size() == 1; }));
  EXPECT_TRUE(eventually([&] { return said_of("first: no").size() == 1; }));
}

TEST_F(OverflowReportTest, UsersAsk25_CallbackThatThrowsIsIgnored) {
  std::atomic<int> calls = 0;
  add({.on_overflow = [&](const OverflowReport&) {
    ++calls;
    throw std::runtime_error("no");
  }});
  overflow();
  ASSERT_TRUE(eventually([&] { return calls >= 1; }));
  take_all();
  ASSERT_TRUE(eventually([&] { return calls >= 2; }));
  overflow();
  ASSERT_TRUE(eventually([&] { return calls >= 3; }));
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
