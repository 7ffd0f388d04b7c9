// SPDX-License-Identifier: Apache-2.0
//
// Several dispatchers: each serves its part of the producers, and what is promised of one holds for
// all of them together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/thread_names.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kDispatchers = 3;

BusOptions sharded() {
  BusOptions options;
  options.dispatchers = kDispatchers;
  return options;
}

// What was seen, by the bus's producer. For one thread at a time.
class ByProducer {
 public:
  void see(const EventView& event) {
    std::uint64_t& last = last_[event.producer()];
    if (event.sequence() != last + 1) gaps_ += 1;
    last = event.sequence();
    ++events_;
  }
  std::uint64_t events() const { return events_; }
  std::uint64_t gaps() const { return gaps_; }
  std::set<std::uint32_t> shards() const {
    std::set<std::uint32_t> shards;
    for (const auto& [producer, last] : last_) shards.insert((producer - 1) % kDispatchers);
    return shards;
  }
  std::size_t producers() const { return last_.size(); }

 private:
  std::map<std::uint32_t, std::uint64_t> last_;
  std::uint64_t events_ = 0;
  std::uint64_t gaps_ = 0;
};

void emit_from_threads(TraceEventBus& bus, int threads, int events) {
  std::vector<std::thread> all;
  std::latch all_have_rings(threads);  // else those that end early lend theirs to the others
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      for (int event = 0; event < events; ++event) {
        while (bus.emit({.event_type = "agent_start", .agent_name = "a"}) == EmitResult::kFull) {
          std::this_thread::yield();
        }
        if (event == 0) all_have_rings.arrive_and_wait();
      }
    });
  }
  for (std::thread& thread : all) thread.join();
}

TEST(ShardTest, ThereAreSoManyDispatcherThreads) {
  TraceEventBus bus(sharded());
  ASSERT_TRUE(bus.status().ok()) << bus.status();
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  // They name themselves.
  while (threads_named("tb-dispatcher") != static_cast<int>(kDispatchers) &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(threads_named("tb-dispatcher"), static_cast<int>(kDispatchers));
}

// An exporter, a shared and an own callback see each producer's events whole and in order.
TEST(ShardTest, EveryProducerIsSeenWholeAndInOrder) {
  TraceEventBus bus(sharded());
  ByProducer exported, shared, own;
  ExporterOptions lossless;
  lossless.overflow = Overflow::kBlock;
  lossless.block_timeout_ms = 20'000;
  lossless.batch.delay_ms_max = 1;
  ASSERT_TRUE(bus.add_exporter(exporter_of({[&](const Batch& batch, const ExportContext&) {
                                 for (const EventView& event : batch) exported.see(event);
                                 return ExportResult::ok();
                               }}),
                               lossless)
                  .ok());
  bus.subscribe([&](const EventView& event) { shared.see(event); });
  CallbackOptions on_own;
  on_own.run_on = RunOn::kOwnWorker;
  on_own.queue_bytes_max = std::size_t{64} << 20;
  ASSERT_TRUE(bus.subscribe([&](const EventView& event) { own.see(event); }, on_own).ok());
  constexpr int kThreads = 6;
  constexpr int kEvents = 5000;
  emit_from_threads(bus, kThreads, kEvents);
  ASSERT_TRUE(bus.flush(kLong).ok());
  for (const ByProducer* const seen : {&exported, &own}) {
    EXPECT_EQ(seen->events(), static_cast<std::uint64_t>(kThreads) * kEvents);
    EXPECT_EQ(seen->gaps(), 0u);
    EXPECT_EQ(seen->shards().size(), kDispatchers);
  }
  const BusStats stats = bus.stats();
  EXPECT_EQ(stats.emitted, stats.accepted + total(stats.rejected));
  EXPECT_EQ(stats.accepted, stats.dispatched);
  for (const SubscriptionStats& one : stats.subscriptions) {
    EXPECT_EQ(one.matched, stats.accepted) << one.name;
    EXPECT_EQ(one.matched, one.delivered + total(one.dropped)) << one.name;
    EXPECT_EQ(one.in_flight, 0u) << one.name;
  }
  EXPECT_EQ(shared.events(), stats.subscriptions[1].delivered);
}

TEST(ShardTest, ProducersAreSpreadOverTheShardsAndNumberedAcrossThem) {
  TraceEventBus bus(sharded());
  ByProducer seen;
  bus.subscribe([&](const EventView& event) { seen.see(event); });
  std::vector<Producer> producers;
  for (std::uint32_t i = 0; i < 2 * kDispatchers; ++i) producers.push_back(bus.producer());
  for (Producer& producer : producers) {
    ASSERT_EQ(producer.emit({.event_type = "agent_start"}), EmitResult::kAccepted);
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(seen.events(), 2 * kDispatchers);
  EXPECT_EQ(seen.producers(), 2 * kDispatchers);
  EXPECT_EQ(seen.shards().size(), kDispatchers);
  EXPECT_EQ(bus.stats().producers, 2 * kDispatchers);
}

// Of every shard: what was emitted before the flush has reached the exporter, and was flushed.
TEST(ShardTest, FlushCoversAllShards) {
  TraceEventBus bus(sharded());
  std::atomic<std::uint64_t> exported{0};
  ExporterOptions lazy;
  lazy.batch.delay_ms_max = 3'600'000;
  ASSERT_TRUE(bus.add_exporter(exporter_of({[&](const Batch& batch, const ExportContext&) {
                                 exported += batch.size();
                                 return ExportResult::ok();
                               }}),
                               lazy)
                  .ok());
  std::vector<Producer> producers;
  for (std::uint32_t i = 0; i < kDispatchers; ++i) producers.push_back(bus.producer());
  for (std::uint64_t round = 1; round <= 200; ++round) {
    for (Producer& producer : producers) {
      ASSERT_EQ(producer.emit({.event_type = "agent_start"}), EmitResult::kAccepted);
    }
    ASSERT_TRUE(bus.flush(kLong).ok());
    ASSERT_EQ(exported.load(), round * kDispatchers);
  }
}

TEST(ShardTest, UnsubscribeAndSubscribeAgainLoseNoCount) {
  TraceEventBus bus(sharded());
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        bus.emit({.event_type = "agent_start"});
        std::this_thread::yield();
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    std::atomic<std::uint64_t> seen{0};
    CallbackOptions options;
    options.run_on = round % 2 == 0 ? RunOn::kOwnWorker : RunOn::kSharedWorker;
    const auto id = bus.subscribe([&](const EventView&) { ++seen; }, options);
    ASSERT_TRUE(id.ok());
    while (seen == 0) std::this_thread::yield();
    ASSERT_TRUE(bus.unsubscribe(*id, kLong));
    const std::uint64_t then = seen;
    std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(seen, then);  // no call came afterwards
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(bus.flush(kLong).ok());
  for (const SubscriptionStats& one : bus.stats().subscriptions) {
    EXPECT_EQ(one.matched, one.delivered + total(one.dropped));
  }
}

// The parts of the budgets, and not the whole, are what a shard may use.
TEST(ShardTest, BudgetsAreSharedOut) {
  BusOptions options = sharded();
  options.ring_bytes = options.ring_bytes_max = 65536;
  options.ring_budget_bytes = 2 * kDispatchers * options.ring_bytes;
  TraceEventBus bus(options);
  ASSERT_TRUE(bus.status().ok()) << bus.status();
  std::vector<Producer> producers;
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  // Spare rings that are being made are nobody's for a moment.
  while (producers.size() < 2 * kDispatchers && std::chrono::steady_clock::now() < deadline) {
    Producer producer = bus.producer();
    if (producer) producers.push_back(std::move(producer));
  }
  ASSERT_EQ(producers.size(), 2 * kDispatchers);
  EXPECT_FALSE(bus.producer());
  EXPECT_EQ(bus.stats().ring_bytes, options.ring_budget_bytes);

  ExporterOptions small;
  small.queue_bytes_max = std::size_t{96} << 10;
  small.export_timeout_ms = 60'000;
  Gate hold;
  ASSERT_TRUE(bus.add_exporter(exporter_of({[&](const Batch&, const ExportContext&) {
                                 hold.pass();
                                 return ExportResult::ok();
                               }}),
                               small)
                  .ok());
  const std::string text(900, 'x');
  for (int i = 0; i < 2000; ++i) {
    for (Producer& producer : producers) {
      producer.emit({.event_type = "agent_start", .payload = {{"text", std::string_view(text)}}});
    }
    EXPECT_LE(bus.stats().subscriptions.front().queue_bytes, small.queue_bytes_max);
  }
  hold.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
}

TEST(ShardTest, WhatNeedsOneDispatcherIsRefusedByName) {
  TraceEventBus bus(sharded());
  CallbackOptions direct;
  direct.run_on = RunOn::kDispatcher;
  const absl::Status refused = bus.subscribe([](const EventView&) {}, direct).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()),
              ::testing::HasSubstr("with BusOptions.dispatchers 3 the callback"));

  CallbackOptions tiny;
  tiny.run_on = RunOn::kOwnWorker;
  tiny.queue_bytes_max = kQueueBytesMin;
  EXPECT_THAT(std::string(bus.subscribe([](const EventView&) {}, tiny).status().message()),
              ::testing::HasSubstr("must be at least 12288 where BusOptions.dispatchers is 3"));
}

TEST(ShardTest, ShutdownEndsAllShardsAndAccountsForAll) {
  TraceEventBus bus(sharded());
  std::atomic<std::uint64_t> seen{0};
  bus.subscribe([&](const EventView&) { ++seen; });
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) bus.emit({.event_type = "agent_start"});
    });
  }
  while (seen < 100) std::this_thread::yield();
  EXPECT_TRUE(bus.shutdown(kLong).ok());
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(eventually([] { return threads_named("tb-dispatcher") == 0; }));
  const BusStats stats = bus.stats();
  EXPECT_EQ(stats.emitted, stats.accepted + total(stats.rejected));
  EXPECT_EQ(stats.waiting, 0u);
  const SubscriptionStats& callback = stats.subscriptions.front();
  EXPECT_EQ(callback.delivered, seen.load());
  EXPECT_EQ(callback.matched, callback.delivered + total(callback.dropped));
}

// Each dispatcher asks for itself, so one flush of the bus may be several of the exporter.
TEST(ShardTest, FlushReportsTheFailureOfAnyOfItsExporterFlushes) {
  TraceEventBus bus(sharded());
  std::atomic<int> flushes{0};
  std::atomic<int> failing{0};
  ASSERT_TRUE(bus.add_exporter(exporter_of({.flush =
                                                [&](Deadline) {
                                                  ++flushes;
                                                  return failing.exchange(0) != 0
                                                             ? absl::UnavailableError(
                                                                   "the first one")
                                                             : absl::OkStatus();
                                                }}))
                  .ok());
  for (int round = 0; round < 200; ++round) {
    bus.emit({.event_type = "agent_start"});
    failing = 1;
    ASSERT_EQ(bus.flush(kLong).code(), absl::StatusCode::kUnavailable) << round;
    ASSERT_TRUE(bus.flush(kLong).ok()) << round;
  }
  EXPECT_LE(flushes.load(), 400 * static_cast<int>(kDispatchers));
}

// One shard's event leaves in a batch; the age is then that of what another one's still waits for.
void expect_age_of_what_still_waits(bool of_the_last_shard) {
  BusOptions two;
  two.dispatchers = 2;
  TraceEventBus bus(two);
  ExporterOptions pairs;
  pairs.batch.events_max = 2;
  pairs.batch.delay_ms_max = 3'600'000;
  const auto id = bus.add_exporter(exporter_of({}), pairs);
  ASSERT_TRUE(id.ok());
  Producer first = bus.producer();
  Producer second = bus.producer();
  if (of_the_last_shard) std::swap(first, second);
  const auto until = [&](auto holds) {
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    while (!holds(stats_of(bus, *id)) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    return holds(stats_of(bus, *id));
  };
  first.emit({.event_type = "agent_start"});
  ASSERT_TRUE(until([](const SubscriptionStats& s) { return s.oldest_age_ns > 300'000'000; }));
  const auto later = std::chrono::steady_clock::now();
  second.emit({.event_type = "agent_start"});
  ASSERT_TRUE(until([](const SubscriptionStats& s) { return s.queue_events == 2; }));
  std::this_thread::sleep_for(milliseconds(20));  // for the worker to note the younger one
  EXPECT_GT(stats_of(bus, *id).oldest_age_ns, 300'000'000);
  first.emit({.event_type = "agent_start"});
  ASSERT_TRUE(until([](const SubscriptionStats& s) { return s.delivered == 2; }));
  EXPECT_TRUE(until([&](const SubscriptionStats& s) {
    const std::chrono::nanoseconds most = std::chrono::steady_clock::now() - later;
    return s.queue_events == 1 && s.oldest_age_ns <= most.count();
  }));
}

// Also in the first moments of a bus, when its dispatchers make their spare rings.
TEST(ShardTest, ProducersAreDealtOutEvenly) {
  for (int round = 0; round < 200; ++round) {
    TraceEventBus bus(sharded());
    std::map<std::uint32_t, int> events_of;  // by shard
    bus.subscribe([&](const EventView& event) { ++events_of[event.producer() % kDispatchers]; });
    std::vector<Producer> producers;
    for (std::size_t i = 0; i < 2 * kDispatchers; ++i) producers.push_back(bus.producer());
    for (Producer& producer : producers) producer.emit({.event_type = "agent_start"});
    ASSERT_TRUE(bus.flush(kLong).ok());
    const std::map<std::uint32_t, int> even = {{0, 2}, {1, 2}, {2, 2}};
    ASSERT_EQ(events_of, even) << round;
  }
}

TEST(ShardTest, OldestAgeIsThatOfWhatStillWaits) {
  expect_age_of_what_still_waits(false);
  expect_age_of_what_still_waits(true);
}

TEST(ShardTest, LagIsForgottenWhenNothingWaits) {
  TraceEventBus bus(sharded());
  bus.subscribe([](const EventView&) {});
  emit_from_threads(bus, 3, 1000);
  ASSERT_TRUE(bus.flush(kLong).ok());
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (bus.stats().lag_ns != 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(bus.stats().lag_ns, 0u);
}

// What is queued by all shards when the subscription ends is counted, to the last event.
TEST(ShardTest, BacklogOfAllShardsCountsAsUnsubscribed) {
  TraceEventBus bus(sharded());
  Gate hold;
  std::atomic<std::uint64_t> seen{0};
  ExporterOptions one_by_one;
  one_by_one.batch.events_max = 1;
  one_by_one.batch.delay_ms_max = 0;
  const auto id = bus.add_exporter(exporter_of({[&](const Batch& batch, const ExportContext&) {
                                     seen += batch.size();
                                     hold.pass();
                                     return ExportResult::ok();
                                   }}),
                                   one_by_one);
  ASSERT_TRUE(id.ok());
  emit_from_threads(bus, 6, 500);
  while (seen == 0 || stats_of(bus, *id).matched < 3000) std::this_thread::yield();
  std::thread opener([&] {
    wait_until_unwanted(bus);
    hold.open();
  });
  EXPECT_TRUE(bus.unsubscribe(*id, kLong));
  opener.join();
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(seen, 1u);  // what it was at
  EXPECT_EQ(stats.delivered, 1u);
  EXPECT_EQ(stats.matched, 3000u);
  EXPECT_EQ(count(stats.dropped, DropReason::kUnsubscribed), 2999u);
}

// The worker hangs with a batch of one shard: at the deadline all of them is accounted for.
TEST(ShardTest, ExporterThatHangsAtShutdownLosesWhatAllShardsHold) {
  const auto hold = std::make_shared<Gate>();
  const auto hangs = std::make_shared<std::atomic<bool>>(false);
  {
    TraceEventBus bus(sharded());
    const auto id = bus.add_exporter(exporter_of({[hold, hangs](auto&, auto&) {
      *hangs = true;
      hold->pass();
      return ExportResult::ok();
    }}));
    ASSERT_TRUE(id.ok());
    emit_from_threads(bus, 6, 500);
    while (!*hangs || stats_of(bus, *id).matched < 3000) std::this_thread::yield();
    const absl::Status ended = bus.shutdown(milliseconds(50));
    EXPECT_EQ(ended.code(), absl::StatusCode::kDeadlineExceeded);
    const SubscriptionStats stats = stats_of(bus, *id);
    EXPECT_EQ(stats.matched, 3000u);
    EXPECT_GT(count(stats.dropped, DropReason::kAbandoned), 0u);
    if (!dispatcher_was_late(ended)) {
      EXPECT_EQ(stats.in_flight, 0u);
      EXPECT_EQ(stats.matched, total(stats.dropped));
      EXPECT_GT(count(stats.dropped, DropReason::kLostAtExit), 0u);
    }
  }
  hold->open();
  EXPECT_TRUE(eventually([&] { return hold.use_count() == 1; }));
}

// With Overflow::kBlock every event arrives, though each shard closes a gate of its own.
TEST(ShardTest, G2_BlockingLosesNothing) {
  TraceEventBus bus(sharded());
  ByProducer seen;
  ExporterOptions tight;
  tight.overflow = Overflow::kBlock;
  tight.block_timeout_ms = 60'000;
  tight.queue_bytes_max = kDispatchers * kQueueBytesMin;
  tight.batch.delay_ms_max = 0;
  ASSERT_TRUE(bus.add_exporter(exporter_of({[&](const Batch& batch, const ExportContext&) {
                                 for (const EventView& event : batch) seen.see(event);
                                 return ExportResult::ok();
                               }}),
                               tight)
                  .ok());
  emit_from_threads(bus, 4, 5000);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(seen.events(), 20'000u);
  EXPECT_EQ(seen.gaps(), 0u);
}

// Nested emits and those of threads without a ring are numbered by shard.
TEST(ShardTest, EmergencyProducersDiffer) {
  std::set<std::uint32_t> producers;
  for (std::uint32_t shard = 0; shard < kDispatchersMax; ++shard) {
    EXPECT_TRUE(is_emergency_producer(emergency_producer(shard)));
    producers.insert(emergency_producer(shard));
  }
  EXPECT_EQ(producers.size(), kDispatchersMax);
  EXPECT_FALSE(is_emergency_producer(emergency_producer(kDispatchersMax)));
}

}  // namespace
}  // namespace tracebus::testing
