// SPDX-License-Identifier: Apache-2.0
//
// Several dispatchers: the ways beside the rings, and the end of the bus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "tracebus/bus/emergency_ring.h"
#include "tracebus/tests/bus/numbered_events.h"
#include "tracebus/tests/bus/thread_names.h"

namespace tracebus::testing {
namespace {

using ::testing::IsEmpty;

constexpr std::uint32_t kShards = 3;

BusOptions sharded() {
  BusOptions options;
  options.dispatchers = kShards;
  return options;
}

// A callback emits on its worker's own ring, which is of one shard, while the events that it is
// called with come from all of them.
TEST(ShardWaysTest, WhatCallbacksEmitIsDelivered) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker}) {
    TraceEventBus bus(sharded());
    const auto seen = std::make_shared<NumberedReceiver>();
    ASSERT_TRUE(
        bus.add_exporter(receiving_exporter(seen), {.filter = Filter::types({"agent_end"})}).ok());
    std::atomic<std::int64_t> echoes = 0;
    const auto echo = [&](const EventView&) {
      EXPECT_EQ(emit_numbered(bus, {.number = ++echoes, .type = "agent_end"}),
                EmitResult::kAccepted);
    };
    ASSERT_TRUE(bus.subscribe_filter({"agent_start"}, echo, {.run_on = run_on}).ok());
    std::vector<Producer> producers;
    for (std::uint32_t i = 0; i < kShards; ++i) producers.push_back(bus.producer());
    for (std::int64_t n = 1; n <= 300; ++n) {
      emit_numbered(producers[static_cast<std::size_t>(n) % kShards], {.producer = 1, .number = n});
    }
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(bus.flush(kLong).ok());  // the echoes, too
    EXPECT_EQ(seen->numbers(0), numbers_to(300));
    EXPECT_THAT(seen->problems(), IsEmpty());
  }
}

// All rings that the budget allows are taken: the other threads share the first shard's emergency
// ring, which numbers what they emit.
TEST(ShardWaysTest, ThreadsWithoutARingGoTheFirstShardsEmergencyWay) {
  BusOptions options = sharded();
  options.ring_bytes = options.ring_bytes_max = kRingBytesMin;
  options.ring_budget_bytes = kShards * kRingBytesMin;
  TraceEventBus bus(options);
  std::map<std::uint32_t, std::vector<std::uint64_t>> sequences;  // by the bus's producer
  const auto id = bus.subscribe(
      [&](const EventView& event) { sequences[event.producer()].push_back(event.sequence()); });
  std::vector<Producer> producers;  // spare rings that are being made are nobody's for a moment
  ASSERT_TRUE(eventually([&] {
    if (Producer producer = bus.producer()) producers.push_back(std::move(producer));
    return producers.size() == kShards;
  }));
  constexpr int kThreads = 4;
  constexpr int kEvents = 50;  // fewer than the emergency ring has cells, in all
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEvents; ++i) EXPECT_EQ(emit_number(bus, i), EmitResult::kAccepted);
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(bus.flush(kLong).ok());
  ASSERT_EQ(sequences.size(), 1u);
  EXPECT_EQ(sequences.begin()->first, emergency_producer(0));
  std::vector<std::uint64_t> all;
  for (std::uint64_t n = 1; n <= kThreads * kEvents; ++n) all.push_back(n);
  EXPECT_EQ(sequences.begin()->second, all);
  EXPECT_EQ(stats_of(bus, id).delivered, all.size());
  EXPECT_EQ(total(bus.stats().rejected), 0u);
}

// Each shard has its part of large_bytes_max, and gives its own room back.
TEST(ShardWaysTest, LargeEventsTravelBesideTheRingsOfTheirShard) {
  constexpr std::size_t kText = 300'000;
  BusOptions options = sharded();
  options.large_bytes_max = kShards * 2 * (kText + 4096);  // each part holds one wherever it begins
  options.callback_queue_bytes_max = std::size_t{64} << 20;
  TraceEventBus bus(options);
  const auto seen = std::make_shared<NumberedReceiver>();
  bus.subscribe([&](const EventView& event) { seen->see(event); });
  std::vector<Producer> producers;
  for (std::uint32_t i = 0; i < kShards; ++i) producers.push_back(bus.producer());
  constexpr std::int64_t kRounds = 10;
  for (std::int64_t n = 1; n <= kRounds; ++n) {
    for (std::uint32_t i = 0; i < kShards; ++i) {
      ASSERT_EQ(emit_numbered(producers[i], {.producer = i, .number = n, .text_bytes = kText}),
                EmitResult::kAccepted);
    }
    EXPECT_LE(bus.stats().large_bytes, options.large_bytes_max);
    ASSERT_TRUE(bus.flush(kLong).ok());
  }
  for (std::uint32_t i = 0; i < kShards; ++i) EXPECT_EQ(seen->numbers(i), numbers_to(kRounds));
  EXPECT_THAT(seen->problems(), IsEmpty());
  EXPECT_EQ(bus.stats().truncated, 0u);  // there was room for each, whole
  EXPECT_EQ(bus.stats().large_bytes, 0u);
}

// On a worker, the last thread that still needs the bus is one of those that end with it.
TEST(ShardWaysTest, BusMayBeDestroyedByItsOwnCallback) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker}) {
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
      const auto gone = std::make_shared<std::atomic<bool>>(false);
      auto* const bus = new TraceEventBus(sharded());
      std::vector<Producer> producers;
      for (std::uint32_t i = 0; i < kShards; ++i) producers.push_back(bus->producer());
      ASSERT_TRUE(bus->subscribe(
                         [gone, bus](const EventView&) {
                           const auto told = gone;
                           delete bus;
                           *told = true;
                         },
                         {.run_on = run_on})
                      .ok());
      EXPECT_EQ(emit_numbered(producers[shard], {.number = 1}), EmitResult::kAccepted);
      EXPECT_TRUE(eventually([&] { return gone->load(); }));
      EXPECT_EQ(emit_numbered(producers[shard], {.number = 2}), EmitResult::kClosed);
      // Nobody joins its threads, but they end.
      EXPECT_TRUE(eventually([] { return threads_named("tb-") == 0; }));
    }
  }
}

}  // namespace
}  // namespace tracebus::testing
