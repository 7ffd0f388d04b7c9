// SPDX-License-Identifier: Apache-2.0
//
// What a bus says about itself: in stats(), and as events of type bus_stats.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tracebus/tests/bus/numbered_events.h"
#include "tracebus/tests/bus/simulated_clock.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SelfMetricsTest, Row55_NumbersOfAHeldUpExporterArePlausible) {
  Gate gate;
  std::atomic<bool> inside = false;
  TraceEventBus bus;
  const auto wait = [&](const Batch&, const ExportContext&) {
    inside = true;
    gate.pass();
    return ExportResult::ok();
  };
  const auto id = bus.add_exporter(exporter_of({.export_batch = wait}),
                                   {.batch = {.events_max = 10, .delay_ms_max = 0}});
  emit_number(bus, 0);
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  for (int i = 1; i < 1000; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
  const BusStats stats = bus.stats();
  EXPECT_EQ(stats.instance, bus.instance());
  EXPECT_EQ(stats.emitted, 1000u);
  EXPECT_EQ(stats.accepted, 1000u);
  EXPECT_EQ(stats.dispatched, 1000u);
  EXPECT_GE(stats.producers, 1u);
  EXPECT_GE(stats.rings, stats.producers);
  EXPECT_GE(stats.ring_bytes, stats.rings * kRingBytesDefault);
  EXPECT_GT(stats.ring_high_water_bytes, 0u);
  EXPECT_LE(stats.ring_high_water_bytes, kRingBytesMaxDefault);
  EXPECT_GT(stats.passes, 0u);
  EXPECT_GT(stats.pass_ns_max, 0u);
  EXPECT_GT(stats.block_bytes, 0u);
  EXPECT_LE(stats.resting_block_bytes, stats.block_bytes);
  const SubscriptionStats held = stats_of(bus, *id);
  EXPECT_EQ(held.matched, 1000u);
  EXPECT_EQ(held.in_flight, 1000u);
  EXPECT_GE(held.queue_events, 980u);  // all but what the exporter was given
  EXPECT_LT(held.queue_events, 1000u);
  EXPECT_GT(held.queue_bytes, 0u);
  gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  const SubscriptionStats done = stats_of(bus, *id);
  EXPECT_EQ(done.queue_events, 0u);
  EXPECT_EQ(done.oldest_age_ns, 0);
  EXPECT_GE(done.batches, 100u);
}

TEST(SelfMetricsTest, AgeOfTheOldestEventGrowsWhileABatchWaits) {
  TraceEventBus bus;
  const auto id = bus.add_exporter(exporter_of({}), {.batch = {.delay_ms_max = 3'600'000}});
  const auto begin = std::chrono::steady_clock::now();
  emit_number(bus, 1);
  ASSERT_TRUE(eventually([&] { return stats_of(bus, *id).oldest_age_ns != 0; }));
  std::this_thread::sleep_for(milliseconds(30));
  const std::int64_t age_ns = stats_of(bus, *id).oldest_age_ns;
  EXPECT_GE(age_ns, 30'000'000);
  EXPECT_LE(std::chrono::nanoseconds(age_ns), std::chrono::steady_clock::now() - begin);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(stats_of(bus, *id).oldest_age_ns, 0);
}

TEST(SelfMetricsTest, LagIsTheAgeOfWhatAPassFinds) {
  SimulatedClock clock;
  TraceEventBus bus({.threading = Threading::kManual});
  bus.subscribe([](const EventView&) {});
  for (const std::uint64_t lag_ms : {20u, 3u}) {
    emit_number(bus, 1);
    clock.pass(milliseconds(lag_ms));
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_EQ(bus.stats().lag_ns, lag_ms * 1'000'000);
  }
}

// The numbers of one bus, as its own subscriber sees them.
class StatsEventsTest : public ::testing::Test {
 protected:
  StatsEventsTest() {
    bus_.subscribe_filter({"bus_stats"}, [this](const EventView& event) {
      const std::lock_guard lock(mutex_);
      ++events_;
      if (event.pattern_type() == "bus") {
        dispatched_.push_back(event.find("dispatched")->as_int64());
      } else {
        names_.emplace_back(event.find("name")->as_string());
      }
    });
    bus_.add_exporter(exporter_of({}), {.filter = Filter::types({"agent_start"}), .name = "mine"})
        .IgnoreError();
  }
  std::size_t events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

  mutable std::mutex mutex_;
  std::size_t events_ = 0;
  std::vector<std::int64_t> dispatched_;
  std::vector<std::string> names_;
  TraceEventBus bus_{{.stats_interval_ms = 10}};
};

TEST_F(StatsEventsTest, ComeWhileOthersAreEmitted) {
  ASSERT_TRUE(eventually([&] {
    for (int i = 0; i < 10; ++i) emit_number(bus_, i);
    return events() >= 6;
  }));
  ASSERT_TRUE(bus_.shutdown(kLong).ok());
  EXPECT_TRUE(std::ranges::is_sorted(dispatched_));
  EXPECT_GT(dispatched_.front(), 0);
  EXPECT_THAT(names_, ::testing::Contains("mine"));
  EXPECT_THAT(names_, ::testing::Contains("callback"));
}

// Nobody emits: the bus does not go on about its own events.
TEST_F(StatsEventsTest, NeverRecurse) {
  emit_number(bus_, 1);
  ASSERT_TRUE(eventually([&] { return events() >= 3; }));
  std::this_thread::sleep_for(milliseconds(300));  // 30 intervals
  ASSERT_TRUE(bus_.flush(kLong).ok());
  EXPECT_LE(events(), 6u);
}

// The sums and what they are made of are of one moment, and say whose they are.
TEST(StatsEventsOfALossyBusTest, UsersAsk4_SayEveryReasonForALoss) {
  std::mutex mutex;
  std::int64_t failed = 0;
  const auto before = std::chrono::system_clock::now();
  TraceEventBus bus({.stats_interval_ms = 5});
  const auto lossy = bus.add_exporter(
      exporter_of({.export_batch =
                       [](const Batch& batch, const ExportContext&) {
                         return ExportResult::failure(batch.size());
                       }}),
      {.filter = Filter::types({"agent_start"}), .queue_bytes_max = 3 << 20, .name = "lossy"});
  ASSERT_TRUE(lossy.ok());
  bus.subscribe_filter({"bus_stats"}, [&](const EventView& event) {
    const std::lock_guard lock(mutex);
    const auto since = std::chrono::nanoseconds(event.find("since_unix_ns")->as_int64());
    EXPECT_GE(since, before.time_since_epoch() - std::chrono::seconds(1));
    EXPECT_LE(since, std::chrono::nanoseconds(event.timestamp().to_unix_ns()));
    if (event.pattern_type() == "bus") {
      EXPECT_EQ(event.find("rejected_by_reason")->type(), ValueType::kObject);
      return;
    }
    if (event.find("name")->as_string() != "lossy") return;
    std::int64_t sum = 0;
    for (const AttributeView& reason : event.find("dropped_by_reason")->as_object()) {
      if (reason.key == "export_failed") failed = reason.value.as_int64();
      EXPECT_GT(reason.value.as_int64(), 0) << reason.key;
      sum += reason.value.as_int64();
    }
    EXPECT_EQ(sum, event.find("dropped")->as_int64());
    EXPECT_EQ(event.find("added")->as_int64(), 0);
    EXPECT_EQ(event.find("queue_bytes_max")->as_int64(), 3 << 20);
    EXPECT_EQ(event.find("subscription_number")->as_int64(), 1);
  });
  EXPECT_TRUE(eventually([&] {
    bus.emit({.event_type = "agent_start"});
    const std::lock_guard lock(mutex);
    return failed > 0;
  }));
  ASSERT_TRUE(bus.shutdown(kLong).ok());
}

// Whoever comes while the numbers are put together.
TEST(StatsEventsOfAGrowingBusTest, SayOfEverybodyHowLargeTheQueueIs) {
  constexpr int kExporters = 100;
  std::atomic<int> seen = 0, wrong = 0;
  for (int bus_number = 0; bus_number < rounds(2, 20); ++bus_number) {
    TraceEventBus bus({.stats_interval_ms = 1});
    bus.subscribe_filter({"bus_stats"}, [&](const EventView& event) {
      if (event.pattern_type() == "bus" || event.find("name")->as_string() != "mine") return;
      ++seen;
      wrong += event.find("queue_bytes_max")->as_int64() != 3 << 20;
    });
    for (int i = 0; i < kExporters; ++i) {
      ASSERT_TRUE(bus.add_exporter(exporter_of({}), {.filter = Filter::types({"agent_start"}),
                                                     .queue_bytes_max = 3 << 20,
                                                     .name = "mine"})
                      .ok());
      bus.emit({.event_type = "agent_start"});
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
    ASSERT_TRUE(eventually([&] {
      bus.emit({.event_type = "agent_start"});
      return seen > kExporters * bus_number;
    }));
    ASSERT_TRUE(bus.shutdown(kLong).ok());
  }
  EXPECT_EQ(wrong, 0) << "of " << seen;
}

TEST(StatsEventsOfASilentBusTest, AreNone) {
  TraceEventBus bus({.stats_interval_ms = 10});
  Collected seen;
  bus.subscribe([&](const EventView& event) { seen.add(std::string(event.event_type())); });
  std::this_thread::sleep_for(milliseconds(200));
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(seen.texts(), IsEmpty());
}

}  // namespace
}  // namespace tracebus::testing
