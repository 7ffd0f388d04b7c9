// SPDX-License-Identifier: Apache-2.0
//
// What users of such buses complain about, each complaint by its number, as far as it has no test
// of its own elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tracebus/tests/bus/numbered_events.h"
#include "tracebus/tests/bus/process_cpu.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::IsEmpty;

constexpr std::int64_t kAnHourMs = 3'600'000;

// 5: a queue that is only emptied by its timer.
TEST(UsersAsk5_Watermark, ExportStartsAtTheWatermarkOfEvents) {
  TraceEventBus bus;
  const auto receiver = std::make_shared<NumberedReceiver>();
  const auto id = bus.add_exporter(receiving_exporter(receiver),
                                   {.batch = {.events_max = 64, .delay_ms_max = kAnHourMs}});
  for (std::int64_t n = 1; n <= 64 * 50; ++n) emit_numbered(bus, {.number = n});
  // Batches end where a block does, too, so what waits is less than a batch.
  EXPECT_TRUE(eventually([&] { return receiver->count() > 64 * 49; }));
  EXPECT_EQ(total(stats_of(bus, *id).dropped), 0u);
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_LT(stats_of(bus, *id).queue_events, 64u);
}

TEST(UsersAsk5_Watermark, ExportStartsAtTheWatermarkOfBytes) {
  TraceEventBus bus;
  const auto receiver = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus.add_exporter(receiving_exporter(receiver), {.batch = {.events_max = 60'000,
                                                                        .bytes_max = 10'000,
                                                                        .delay_ms_max = kAnHourMs}})
                  .ok());
  for (std::int64_t n = 1; n <= 8; ++n) emit_numbered(bus, {.number = n, .text_bytes = 2000});
  EXPECT_TRUE(eventually([&] { return receiver->count() >= 4; }));
}

// Ten times as much as one batch, again and again, into a queue of a few batches.
TEST(UsersAsk5_Watermark, BurstsOfTenBatchesAreKeptUpWith) {
  TraceEventBus bus;
  const auto receiver = std::make_shared<NumberedReceiver>();
  const auto id = bus.add_exporter(
      receiving_exporter(receiver),
      {.batch = {.events_max = 100, .delay_ms_max = kAnHourMs}, .queue_bytes_max = 256 << 10});
  std::int64_t n = 0;
  for (int burst = 0; burst < rounds(20, 500); ++burst) {
    for (int i = 0; i < 1000; ++i) emit_numbered(bus, {.number = ++n});
    ASSERT_TRUE(
        eventually([&] { return receiver->count() + 100 > static_cast<std::uint64_t>(n); }));
  }
  EXPECT_EQ(total(stats_of(bus, *id).dropped), 0u);
}

// 9: events of a worker that lives long, and never flushes.
TEST(UsersAsk9_Timer, SingleEventsAreDeliveredWithoutAFlush) {
  TraceEventBus bus;
  const auto receiver = std::make_shared<NumberedReceiver>();
  ASSERT_TRUE(bus.add_exporter(receiving_exporter(receiver),
                               {.batch = {.events_max = 1000, .delay_ms_max = 30}})
                  .ok());
  for (std::int64_t n = 1; n <= 5; ++n) {
    emit_numbered(bus, {.number = n});
    ASSERT_TRUE(eventually([&] { return receiver->count() == static_cast<std::uint64_t>(n); }));
  }
  // Also after the bus has gone to sleep.
  std::this_thread::sleep_for(milliseconds(1300));
  emit_numbered(bus, {.number = 6});
  EXPECT_TRUE(eventually([&] { return receiver->count() == 6; }));
}

// 12: an idle bus that wakes up all the time.
TEST(UsersAsk12_Idle, FourExportersAndTenThousandRingsCostNothingOnceSilent) {
  constexpr std::size_t kRings = 10'000;
  TraceEventBus bus({.ring_bytes = kRingBytesMin});
  const auto receiver = std::make_shared<NumberedReceiver>();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(bus.add_exporter(receiving_exporter(receiver)).ok());
  std::vector<Producer> producers;
  for (std::size_t i = 0; i < kRings; ++i) producers.push_back(bus.producer());
  for (Producer& producer : producers) {
    ASSERT_EQ(emit_numbered(producer, {.number = 1}), EmitResult::kAccepted);
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_GE(bus.stats().producers, kRings);
  std::this_thread::sleep_for(milliseconds(1500));
  const milliseconds watched(rounds(3000, 9000));
  EXPECT_TRUE(falls_asleep(watched, watched / 1000));  // 0.1 % of a core
  // And it still wakes.
  ASSERT_EQ(emit_numbered(producers.back(), {.producer = 9, .number = 1}), EmitResult::kAccepted);
  EXPECT_TRUE(eventually([&] { return receiver->numbers(9).size() == 4; }));
}

// 20: what leaks after shutdown. With LeakSanitizer, this is what it looks at.
TEST(UsersAsk20_Leaks, EverythingUsedOnceAndShutDownLeavesNothing) {
  for (int round = 0; round < 3; ++round) {
    const auto receiver = std::make_shared<NumberedReceiver>();
    {
      TraceEventBus bus({.stats_interval_ms = 5, .verbose_types = {"llm_token", "users.ask"}});
      const auto first = bus.add_exporter(receiving_exporter(receiver));
      ASSERT_TRUE(bus.add_exporter([&] { return receiving_exporter(receiver); }).ok());
      for (const RunOn run_on : {RunOn::kDispatcher, RunOn::kSharedWorker, RunOn::kOwnWorker}) {
        ASSERT_TRUE(bus.subscribe([receiver](const EventView&) {}, {.run_on = run_on}).ok());
      }
      Producer producer = bus.producer();
      for (std::int64_t n = 1; n <= 200; ++n) {
        emit_numbered(bus, {.number = n, .text_bytes = n == 100 ? 300'000u : 10u});
        emit_numbered(producer, {.producer = 1, .number = n, .type = "users.ask"});
      }
      std::thread([&] { emit_numbered(bus, {.producer = 2, .number = 1}); }).join();
      EXPECT_TRUE(bus.unsubscribe(*first));
      ASSERT_TRUE(bus.shutdown(kLong).ok());
    }
    EXPECT_EQ(receiver.use_count(), 1);  // exporters and callbacks are gone, too
  }
}

// 21: as many copies as there are exporters.
TEST(UsersAsk21_Copies, ExportersWithTheSameFilterShareOneCopy) {
  Gate gate;
  TraceEventBus bus;
  const auto hold_up = [&](const Batch&, const ExportContext&) {
    gate.pass();
    return ExportResult::ok();
  };
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(bus.add_exporter(exporter_of({.export_batch = hold_up}),
                                 {.filter = Filter::types({"message"})})
                    .ok());
  }
  constexpr std::size_t kBytes = std::size_t{4} << 20;
  const std::string state(32 << 10, 's');
  for (std::size_t bytes = 0; bytes < kBytes; bytes += state.size()) {
    while (bus.emit({.event_type = "message", .payload = {{"state", state}}}) !=
           EmitResult::kAccepted) {
      std::this_thread::yield();
    }
  }
  ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
  EXPECT_GE(bus.stats().block_bytes, kBytes);
  EXPECT_LT(bus.stats().block_bytes, 2 * kBytes);
  gate.open();
}

TEST(UsersAsk21_Copies, QueueIsBoundedByBytesWhateverItsEventsWeigh) {
  Gate gate;
  TraceEventBus bus;
  constexpr std::size_t kQueue = std::size_t{1} << 20;
  const auto id = bus.add_exporter(exporter_of({.export_batch =
                                                    [&](auto&, auto&) {
                                                      gate.pass();
                                                      return ExportResult::ok();
                                                    }}),
                                   {.queue_bytes_max = kQueue});
  for (const std::size_t bytes : {10u, 1000u, 30'000u, 200'000u}) {
    for (std::size_t sent = 0; sent < 2 * kQueue; sent += bytes + 100) {
      emit_numbered(bus, {.number = 1, .text_bytes = bytes});
    }
    ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
    EXPECT_LE(stats_of(bus, *id).queue_bytes, kQueue);
    EXPECT_GT(stats_of(bus, *id).queue_bytes, kQueue / 2);
  }
  gate.open();
}

// 23: a loss that damages its neighbours.
TEST(UsersAsk23_Gaps, LossesShowAsGapsAndSpoilNothingBesideThem) {
  TraceEventBus bus({.ring_bytes = kRingBytesMin,
                     .ring_bytes_max = kRingBytesMin,
                     .large_bytes_max = 0,
                     .truncate = false});
  const auto receiver = std::make_shared<NumberedReceiver>();
  const auto id = bus.add_exporter(receiving_exporter(receiver), {.queue_bytes_max = 64 << 20});
  constexpr std::int64_t kThreads = 4;
  std::vector<std::vector<std::int64_t>> accepted(kThreads);
  std::atomic<std::uint64_t> refused = 0;
  // The dispatcher waits for a loss, as threads that are stopped might never cause one.
  const auto wait_for_loss = [&](const EventView&) {
    EXPECT_TRUE(eventually([&] { return refused != 0; }));
  };
  ASSERT_TRUE(bus.subscribe(wait_for_loss, {.run_on = RunOn::kDispatcher}).ok());
  std::vector<std::thread> threads;
  for (std::int64_t producer = 0; producer < kThreads; ++producer) {
    threads.emplace_back([&, producer] {
      for (std::int64_t n = 1; n <= rounds(20'000, 500'000); ++n) {
        const std::size_t bytes = static_cast<std::size_t>(n % 7 == 0 ? 700 : n % 50);
        const EmitResult result =
            emit_numbered(bus, {.producer = producer, .number = n, .text_bytes = bytes});
        if (result == EmitResult::kAccepted) {
          accepted[static_cast<std::size_t>(producer)].push_back(n);
        } else {
          ++refused;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_GT(refused, 0u);
  EXPECT_GT(receiver->gaps(), 0u);
  EXPECT_LE(receiver->gaps(), refused);
  EXPECT_THAT(receiver->problems(), IsEmpty());
  EXPECT_EQ(total(bus.stats().rejected), refused);
  EXPECT_EQ(total(stats_of(bus, *id).dropped), 0u);
  for (std::int64_t producer = 0; producer < kThreads; ++producer) {
    EXPECT_EQ(receiver->numbers(producer), accepted[static_cast<std::size_t>(producer)]);
  }
}

}  // namespace
}  // namespace tracebus::testing
