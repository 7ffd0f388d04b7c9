// SPDX-License-Identifier: Apache-2.0
//
// Batches and full queues: what ends a batch, and exactly which events give way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::Each;
using ::testing::ElementsAre;

// Keeps what it is given; its first batch waits at a gate.
struct Kept {
  Gate gate;
  std::atomic<bool> inside = false;
  std::vector<std::size_t> batch_sizes;  // these are ordered by flush
  std::vector<std::uint64_t> first_numbers;
  std::vector<std::uint64_t> drops;
  std::vector<std::int64_t> numbers;

  std::unique_ptr<Exporter> exporter() {
    return exporter_of({.export_batch = [this](const Batch& batch, const ExportContext&) {
      batch_sizes.push_back(batch.size());
      first_numbers.push_back(batch.first_number);
      drops.push_back(total(batch.drops));
      for (const EventView& event : batch) numbers.push_back(number_of(event));
      inside = true;
      gate.pass();
      return ExportResult::ok();
    }});
  }
};

TEST(BatchTest, EndsAtEventsMax) {
  TraceEventBus bus;
  Kept kept;
  kept.gate.open();
  ASSERT_TRUE(
      bus.add_exporter(kept.exporter(), {.batch = {.events_max = 7, .delay_ms_max = 3'600'000}})
          .ok());
  for (int i = 0; i < 21; ++i) emit_number(bus, i);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(kept.batch_sizes, Each(7u));
  EXPECT_THAT(kept.first_numbers, ElementsAre(1, 8, 15));
}

TEST(BatchTest, EndsAtBytesMaxAndALargerEventGoesAlone) {
  TraceEventBus bus;
  Kept kept;
  kept.gate.open();
  ASSERT_TRUE(
      bus.add_exporter(kept.exporter(), {.batch = {.bytes_max = 500, .delay_ms_max = 3'600'000}})
          .ok());
  const std::string text(200, 'x');  // two events in 500 bytes, never three
  for (int i = 0; i < 2; ++i)
    bus.emit({.event_type = "message", .payload = {{"n", i}, {"text", text}}});
  bus.emit({.event_type = "message", .payload = {{"n", 2}, {"text", std::string(2000, 'x')}}});
  for (int i = 3; i < 6; ++i)
    bus.emit({.event_type = "message", .payload = {{"n", i}, {"text", text}}});
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(kept.numbers, ElementsAre(0, 1, 2, 3, 4, 5));
  for (const std::size_t size : kept.batch_sizes) EXPECT_LE(size, 2u);
  EXPECT_GE(kept.batch_sizes.size(), 4u);
}

TEST(BatchTest, IsHandedOverByItsAgeWithoutAFlush) {
  TraceEventBus bus;
  Kept kept;
  kept.gate.open();
  const auto begin = steady_clock::now();
  ASSERT_TRUE(
      bus.add_exporter(kept.exporter(), {.batch = {.events_max = 1000, .delay_ms_max = 60}}).ok());
  for (int i = 0; i < 5; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return kept.inside.load(); }));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(55));
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(kept.numbers, ElementsAre(0, 1, 2, 3, 4));  // in more batches if this thread was late
}

TEST(BatchTest, FullBatchDoesNotWaitForItsAge) {
  TraceEventBus bus;
  Kept kept;
  kept.gate.open();
  ASSERT_TRUE(
      bus.add_exporter(kept.exporter(), {.batch = {.events_max = 100, .delay_ms_max = 3'600'000}})
          .ok());
  emit_number(bus, 0);
  // The worker has seen one event, and now waits for an hour or a full batch.
  std::this_thread::sleep_for(milliseconds(20));
  for (int i = 1; i < 100; ++i) emit_number(bus, i);
  EXPECT_TRUE(eventually([&] { return kept.inside.load(); }));
}

// The limits of a batch, and its age, are out of reach of so small a queue.
TEST(BatchTest, QueueTooSmallForABatchLosesNothingToWaitingForOne) {
  constexpr std::int64_t kEvents = 5000;
  for (const Overflow overflow : {Overflow::kDropNewest, Overflow::kBlock}) {
    TraceEventBus bus({.log = [](std::string_view) {}});
    std::atomic<std::uint64_t> received = 0;
    auto exporter = exporter_of({.export_batch = [&](const Batch& batch, const ExportContext&) {
      received += batch.size();
      return ExportResult::ok();
    }});
    ExporterOptions options;
    options.batch = {.events_max = kBatchEventsMax, .delay_ms_max = 3'600'000};
    options.queue_bytes_max = std::size_t{64} << 10;
    options.overflow = overflow;
    options.block_timeout_ms = 60'000;
    ASSERT_TRUE(bus.add_exporter(std::move(exporter), options).ok());
    const std::string text(200, 'x');
    for (std::int64_t i = 1; i <= kEvents; ++i) {
      bus.emit({.event_type = "agent_start", .payload = {{"n", i}, {"text", text}}});
      // Half a queue at a time, where a full one would cost events.
      if (overflow == Overflow::kDropNewest && i % 100 == 0) {
        ASSERT_TRUE(eventually([&] { return received + 60 >= static_cast<std::uint64_t>(i); }))
            << i;
      }
    }
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_EQ(received, static_cast<std::uint64_t>(kEvents));
  }
}

TEST(OverflowTest, DropNewestKeepsTheOldest) {
  TraceEventBus bus;
  Kept kept;
  const auto id = bus.add_exporter(kept.exporter(), {.batch = {.events_max = 1, .delay_ms_max = 0},
                                                     .queue_bytes_max = kQueueBytesMin});
  constexpr int kEvents = 1000;
  for (int i = 0; i < kEvents; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
  const SubscriptionStats full = stats_of(bus, *id);
  EXPECT_LE(full.queue_bytes, kQueueBytesMin);
  kept.gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats.matched, static_cast<std::uint64_t>(kEvents));
  EXPECT_EQ(stats.delivered, kept.numbers.size());
  EXPECT_EQ(count(stats.dropped, DropReason::kFull), kEvents - kept.numbers.size());
  EXPECT_EQ(total(stats.dropped), count(stats.dropped, DropReason::kFull));
  // What was kept is the beginning: nothing gave way but the newest.
  ASSERT_GE(kept.numbers.size(), 16u);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(kept.numbers[i], static_cast<std::int64_t>(i));
  // Each batch says what had been lost by then, which is what its numbers leave out.
  EXPECT_LE(kept.drops.back(), total(stats.dropped));
  for (std::size_t i = 0; i < kept.numbers.size(); ++i) EXPECT_EQ(kept.first_numbers[i], i + 1);
}

TEST(OverflowTest, DropOldestKeepsTheNewest) {
  TraceEventBus bus;
  Kept kept;
  const auto id = bus.add_exporter(kept.exporter(), {.batch = {.events_max = 1, .delay_ms_max = 0},
                                                     .overflow = Overflow::kDropOldest,
                                                     .queue_bytes_max = kQueueBytesMin});
  emit_number(bus, 0);
  ASSERT_TRUE(eventually([&] { return kept.inside.load(); }));
  constexpr int kEvents = 1000;
  for (int i = 1; i < kEvents; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return bus.stats().waiting == 0; }));
  EXPECT_LE(stats_of(bus, *id).queue_bytes, kQueueBytesMin);
  kept.gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats.delivered, kept.numbers.size());
  EXPECT_EQ(count(stats.dropped, DropReason::kEvicted), kEvents - kept.numbers.size());
  EXPECT_EQ(total(stats.dropped), count(stats.dropped, DropReason::kEvicted));
  // The first one was with the exporter already; behind it, the end without a gap.
  ASSERT_GE(kept.numbers.size(), 8u);
  EXPECT_EQ(kept.numbers.front(), 0);
  for (std::size_t i = 1; i < kept.numbers.size(); ++i) {
    EXPECT_EQ(kept.numbers[i], static_cast<std::int64_t>(kEvents - kept.numbers.size() + i));
  }
}

TEST(OverflowTest, RecordsLargerThanABlockPassAndThoseLargerThanHalfTheQueueDoNot) {
  TraceEventBus bus;
  Kept kept;
  kept.gate.open();
  const auto id = bus.add_exporter(kept.exporter(), {.queue_bytes_max = kQueueBytesMin});
  const auto emit_text = [&](int number, std::size_t bytes) {
    bus.emit(
        {.event_type = "message", .payload = {{"n", number}, {"text", std::string(bytes, 'x')}}});
    ASSERT_TRUE(bus.flush(kLong).ok());
  };
  emit_text(1, 10);
  emit_text(2, kBlockBytesMin + 500);
  emit_text(3, kQueueBytesMin);
  emit_text(4, 10);
  EXPECT_THAT(kept.numbers, ElementsAre(1, 2, 4));
  EXPECT_EQ(count(stats_of(bus, *id).dropped, DropReason::kTooBig), 1u);
  EXPECT_EQ(stats_of(bus, *id).matched, 4u);
}

// Memory: blocks of odd sizes must not pile up.
TEST(OverflowTest, LargeRecordsOfEverySizeLeaveNoMemoryBehind) {
  TraceEventBus bus;
  Kept kept;
  kept.gate.open();
  ASSERT_TRUE(bus.add_exporter(kept.exporter(), {.queue_bytes_max = 64 * kBlockBytesMin}).ok());
  for (int i = 0; i < 200; ++i) {
    const std::string text(8 * kBlockBytesMin + 64 * static_cast<std::size_t>(i), 'x');
    bus.emit({.event_type = "message", .payload = {{"n", i}, {"text", text}}});
    ASSERT_TRUE(bus.flush(kLong).ok());
  }
  EXPECT_EQ(kept.numbers.size(), 200u);
  EXPECT_LE(bus.stats().block_bytes, 4 * 64 * kBlockBytesMin);
}

TEST(ExportTimeoutTest, BatchThatOverrunsIsAbandonedAndItsLateSuccessIsTold) {
  TraceEventBus bus;
  Kept kept;
  const auto id = bus.add_exporter(
      kept.exporter(),
      {.batch = {.events_max = 3, .delay_ms_max = 3'600'000}, .export_timeout_ms = 20});
  for (int i = 0; i < 3; ++i) emit_number(bus, i);
  // Nobody flushes: the bus sees to it by itself.
  EXPECT_TRUE(
      eventually([&] { return count(stats_of(bus, *id).dropped, DropReason::kAbandoned) == 3; }));
  EXPECT_EQ(stats_of(bus, *id).in_flight, 0u);
  kept.gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(stats_of(bus, *id).late, 3u);
  // Those behind it are delivered again, unless their worker is stopped for so long.
  EXPECT_TRUE(eventually([&] {
    for (int i = 3; i < 6; ++i) emit_number(bus, i);
    EXPECT_TRUE(bus.flush(kLong).ok());
    return stats_of(bus, *id).delivered >= 3;
  }));
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats.matched, stats.delivered + total(stats.dropped));
}

}  // namespace
}  // namespace tracebus::testing
