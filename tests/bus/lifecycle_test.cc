// SPDX-License-Identifier: Apache-2.0
//
// Flush, unsubscribe, shutdown and destruction, as trace_event_bus.h promises them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/thread_names.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr std::array kEveryRunOn = {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher};

TEST(FlushTest, InsideACallbackOrExporterIsFailedPrecondition) {
  for (const RunOn run_on : kEveryRunOn) {
    TraceEventBus bus;
    Collected seen;
    const auto id = bus.subscribe(
        [&](const EventView&) {
          EXPECT_EQ(bus.flush(kLong).code(), absl::StatusCode::kFailedPrecondition);
          EXPECT_EQ(bus.shutdown(kLong).code(), absl::StatusCode::kFailedPrecondition);
          seen.add("asked");
        },
        {.run_on = run_on});
    ASSERT_TRUE(id.ok());
    emit_number(bus, 1);
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_EQ(seen.size(), 1u);
    EXPECT_EQ(emit_number(bus, 2), EmitResult::kAccepted);  // still open
    ASSERT_TRUE(bus.flush(kLong).ok());
  }
}

TEST(FlushTest, HungExporterMeansDeadlineExceededWithWhatRemains) {
  TraceEventBus bus;
  Gate gate;
  const auto id = bus.add_exporter(exporter_of({.export_batch =
                                                    [&](auto&, auto&) {
                                                      gate.pass();
                                                      return ExportResult::ok();
                                                    }}),
                                   {.batch = {.events_max = 4}, .name = "stuck"});
  for (int i = 0; i < 10; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return stats_of(bus, *id).in_flight == 10; }));
  const absl::Status status = bus.flush(milliseconds(50));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), ContainsRegex("10 events remain.*stuck"));
  gate.open();
  EXPECT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(stats_of(bus, *id).delivered, 10u);
}

TEST(FlushTest, HungCallbacksAreNamedWithWhatRemains) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kDispatcher}) {
    TraceEventBus bus;
    Gate gate;
    std::atomic<bool> inside = false;
    const auto hang = [&](const EventView& event) {
      if (number_of(event) != 4) return;
      inside = true;
      gate.pass();
    };
    ASSERT_TRUE(bus.subscribe(hang, {.run_on = run_on}).ok());
    for (int i = 0; i < 5; ++i) emit_number(bus, i);
    ASSERT_TRUE(eventually([&] { return inside.load(); }));
    for (int i = 5; i < 8; ++i) emit_number(bus, i);
    const absl::Status status = bus.flush(milliseconds(50));
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_THAT(std::string(status.message()), ContainsRegex("flush: [0-9]{1,2} events remain"));
    gate.open();
    EXPECT_TRUE(bus.flush(kLong).ok());
  }
}

TEST(FlushTest, FirstFailureOfAnExportersFlushIsReturnedAsItIs) {
  TraceEventBus bus;
  const auto bad = bus.add_exporter(
      exporter_of({.flush = [](Deadline) { return absl::DataLossError("disk is gone"); }}));
  const auto throwing =
      bus.add_exporter(exporter_of({.flush = [](Deadline) -> absl::Status { throw 1; }}));
  EXPECT_EQ(bus.flush(kLong), absl::DataLossError("disk is gone"));
  EXPECT_EQ(stats_of(bus, *bad).failed_flushes, 1u);
  EXPECT_EQ(stats_of(bus, *throwing).failed_flushes, 1u);
}

TEST(FlushTest, ManyThreadsFlushAtOnce) {
  TraceEventBus bus;
  std::atomic<int> delivered = 0;
  bus.subscribe([&](const EventView&) { ++delivered; });
  std::atomic<int> emitted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        emit_number(bus, i);
        const int before = ++emitted;
        ASSERT_TRUE(bus.flush(kLong).ok());
        EXPECT_GE(delivered, before);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(UnsubscribeTest, ImmediatelyAfterSubscribeDoesNotWait) {
  TraceEventBus bus;
  const auto begin = steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(bus.unsubscribe(*bus.add_exporter(exporter_of({})), kLong));
    EXPECT_TRUE(bus.unsubscribe(
        *bus.subscribe([](const EventView&) {}, {.run_on = RunOn::kOwnWorker}), kLong));
  }
  EXPECT_LT(steady_clock::now() - begin, kLong);
}

TEST(UnsubscribeTest, TwoCallbacksMayRemoveEachOther) {
  for (const RunOn run_on : kEveryRunOn) {
    TraceEventBus bus;
    std::array<std::atomic<bool>, 2> inside{};
    std::array<SubscriptionId, 2> ids;
    std::atomic<int> removed = 0;
    Gate subscribed;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto remove_other = [&, i](const EventView&) {
        subscribed.pass();
        inside[i] = true;
        if (run_on == RunOn::kOwnWorker) eventually([&] { return inside[1 - i].load(); });
        removed += bus.unsubscribe(ids[1 - i], kLong) ? 1 : 0;
      };
      ids[i] = *bus.subscribe(remove_other, {.run_on = run_on});
    }
    subscribed.open();
    const auto begin = steady_clock::now();
    emit_number(bus, 1);
    ASSERT_TRUE(bus.flush(kLong).ok());
    // A flush waits for no subscription that was removed meanwhile: its call may be on its way out.
    const int both = run_on == RunOn::kOwnWorker ? 2 : 1;
    EXPECT_TRUE(eventually([&] { return removed == both; })) << removed;
    EXPECT_LT(steady_clock::now() - begin, kLong);
  }
}

TEST(UnsubscribeTest, WaitsForARunningCallButNoLongerThanItsTimeout) {
  for (const RunOn run_on : kEveryRunOn) {
    TraceEventBus bus;
    Gate gate;
    std::atomic<bool> inside = false;
    std::atomic<bool> left = false;
    const auto id = bus.subscribe(
        [&](const EventView&) {
          inside = true;
          gate.pass();
          left = true;
        },
        {.run_on = run_on});
    emit_number(bus, 1);
    ASSERT_TRUE(eventually([&] { return inside.load(); }));
    std::thread opener([&] {
      std::this_thread::sleep_for(milliseconds(30));
      gate.open();
    });
    EXPECT_TRUE(bus.unsubscribe(*id, kLong));
    EXPECT_TRUE(left);
    opener.join();
  }
}

TEST(UnsubscribeTest, GivesUpOnACallThatOutlastsTheTimeout) {
  for (const RunOn run_on : kEveryRunOn) {
    Gate gate;
    std::atomic<bool> inside = false;
    TraceEventBus bus;
    const auto id = bus.subscribe(
        [&](const EventView&) {
          inside = true;
          gate.pass();
        },
        {.run_on = run_on});
    emit_number(bus, 1);
    ASSERT_TRUE(eventually([&] { return inside.load(); }));
    const auto begin = steady_clock::now();
    EXPECT_TRUE(bus.unsubscribe(*id, milliseconds(30)));
    EXPECT_LT(steady_clock::now() - begin, kLong);
    EXPECT_FALSE(bus.unsubscribe(*id, milliseconds(30)));
    gate.open();
    EXPECT_TRUE(bus.shutdown(kLong).ok());
    EXPECT_EQ(stats_of(bus, *id).in_flight, 0u);
  }
}

TEST(UnsubscribeTest, WhatWasQueuedCountsAsUnsubscribed) {
  TraceEventBus bus;
  Gate gate;
  std::atomic<bool> inside = false;
  const auto id = bus.add_exporter(exporter_of({.export_batch =
                                                    [&](auto&, auto&) {
                                                      inside = true;
                                                      gate.pass();
                                                      return ExportResult::ok();
                                                    }}),
                                   {.batch = {.events_max = 1, .delay_ms_max = 0}});
  for (int i = 0; i < 10; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return inside && bus.stats().waiting == 0; }));
  std::thread opener([&] {
    wait_until_unwanted(bus);
    gate.open();
  });
  EXPECT_TRUE(bus.unsubscribe(*id, kLong));
  opener.join();
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats.matched, 10u);
  EXPECT_EQ(stats.delivered, 1u);
  EXPECT_EQ(count(stats.dropped, DropReason::kUnsubscribed), 9u);
}

TEST(UnsubscribeTest, ScopedSubscriptionEndsWithItsScope) {
  TraceEventBus bus;
  std::atomic<int> calls = 0;
  {
    ScopedSubscription first(bus, bus.subscribe([&](const EventView&) { ++calls; }));
    ScopedSubscription second = std::move(first);
    EXPECT_TRUE(bus.wants("agent_start"));
  }
  EXPECT_FALSE(bus.wants("agent_start"));
}

TEST(ShutdownTest, ReturnsByItsDeadlineThoughAnExporterHangs) {
  auto bus = std::make_unique<TraceEventBus>();
  const auto gate = std::make_shared<Gate>();
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> exporter_lives = held;
  const auto id =
      bus->add_exporter(exporter_of({.export_batch =
                                         [gate, held = std::move(held)](auto&, auto&) {
                                           gate->pass();
                                           return ExportResult::ok();
                                         }}),
                        {.batch = {.events_max = 4, .delay_ms_max = 0}, .name = "stuck"});
  for (int i = 0; i < 20; ++i) emit_number(*bus, i);
  ASSERT_TRUE(eventually([&] { return stats_of(*bus, *id).matched == 20; }));
  const auto begin = steady_clock::now();
  const absl::Status status = bus->shutdown(milliseconds(100));
  EXPECT_LT(steady_clock::now() - begin, kLong / 2);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("stuck"));
  const SubscriptionStats stats = stats_of(*bus, *id);
  EXPECT_EQ(stats.matched, 20u);
  if (!dispatcher_was_late(status)) {
    EXPECT_EQ(count(stats.dropped, DropReason::kAbandoned) +
                  count(stats.dropped, DropReason::kLostAtExit),
              20u);
    EXPECT_EQ(stats.in_flight, 0u);
  }
  bus.reset();
  // The thread that hangs keeps what it needs, and lets go of it in the end.
  EXPECT_FALSE(exporter_lives.expired());
  gate->open();
  EXPECT_TRUE(eventually([&] { return exporter_lives.expired(); }));
}

// A claim that makes several batches: those behind the one that hangs are counted as well.
TEST(ShutdownTest, NothingStaysInFlightBehindAHungBatch) {
  Gate gate;
  std::atomic<int> exported = 0;
  std::atomic<bool> last = false;
  TraceEventBus bus;
  const auto id =
      bus.add_exporter(exporter_of({.export_batch =
                                        [&](const Batch& batch, auto&) {
                                          exported += static_cast<int>(batch.size());
                                          gate.pass();
                                          return ExportResult::ok();
                                        },
                                    .shutdown =
                                        [&](Deadline) {
                                          last = true;
                                          return absl::OkStatus();
                                        }}),
                       {.batch = {.events_max = 10, .bytes_max = 1, .delay_ms_max = 3'600'000}});
  for (int i = 0; i < 20; ++i) emit_number(bus, i);
  ASSERT_TRUE(eventually([&] { return exported == 1 && stats_of(bus, *id).matched == 20; }));
  const absl::Status ended = bus.shutdown(milliseconds(20));
  EXPECT_FALSE(ended.ok());
  const SubscriptionStats stats = stats_of(bus, *id);
  gate.open();
  ASSERT_TRUE(eventually([&] { return last.load(); }));
  EXPECT_EQ(count(stats.dropped, DropReason::kAbandoned), 1u);
  if (dispatcher_was_late(ended)) return;
  EXPECT_EQ(stats.in_flight, 0u);
  EXPECT_EQ(count(stats.dropped, DropReason::kLostAtExit), 19u);
  EXPECT_EQ(exported, 1);  // lost is lost: it is not delivered all the same
}

TEST(ShutdownTest, StopTokenAsksAnExporterToReturn) {
  TraceEventBus bus;
  const auto id = bus.add_exporter(
      exporter_of({.export_batch = [](const Batch& batch, const ExportContext& context) {
        while (!context.stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
        return ExportResult::failure(batch.size());
      }}));
  emit_number(bus, 1);
  ASSERT_TRUE(eventually([&] { return stats_of(bus, *id).matched == 1; }));
  EXPECT_FALSE(bus.shutdown(milliseconds(50)).ok());
  // Not at once, if the worker was stopped for longer than it was waited for.
  EXPECT_TRUE(eventually([&] { return stats_of(bus, *id).in_flight == 0; }));
}

TEST(ShutdownTest, IsIdempotentFromSeveralThreadsWithProducersStillEmitting) {
  TraceEventBus bus;
  std::atomic<std::uint64_t> delivered = 0;
  const SubscriptionId id = bus.subscribe([&](const EventView&) { ++delivered; });
  std::atomic<std::uint64_t> accepted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      std::uint64_t closed = 0;
      while (closed < 100) {
        const EmitResult result = emit_number(bus, 1);
        accepted += result == EmitResult::kAccepted ? 1 : 0;
        closed += result == EmitResult::kClosed ? 1 : 0;
      }
    });
  }
  std::this_thread::sleep_for(milliseconds(5));
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] { EXPECT_TRUE(bus.shutdown(kLong).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  const BusStats stats = bus.stats();
  EXPECT_EQ(count(stats.rejected, DropReason::kClosed), 300u);
  EXPECT_EQ(stats.accepted + count(stats.rejected, DropReason::kLostAtExit), accepted);
  const SubscriptionStats one = stats_of(bus, id);
  EXPECT_EQ(one.delivered, delivered);
  EXPECT_EQ(one.delivered + total(one.dropped), stats.accepted);
}

TEST(ShutdownTest, NothingCanBeSubscribedAfterIt) {
  TraceEventBus bus;
  ASSERT_TRUE(bus.shutdown(kLong).ok());
  EXPECT_FALSE(bus.subscribe([](const EventView&) {}));
  EXPECT_EQ(bus.add_exporter(exporter_of({})).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(bus.subscribe([](const EventView&) {}, CallbackOptions{}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kClosed);
}

TEST(ShutdownTest, UnsubscribeOfAHungExporterMayRaceIt) {
  for (int round = 0; round < 20; ++round) {
    Gate gate;
    TraceEventBus bus;
    std::atomic<bool> inside = false;
    const auto id = bus.add_exporter(exporter_of({.export_batch =
                                                      [&](auto&, auto&) {
                                                        inside = true;
                                                        gate.pass();
                                                        return ExportResult::ok();
                                                      }}),
                                     {.batch = {.delay_ms_max = 0}});
    emit_number(bus, 1);
    ASSERT_TRUE(eventually([&] { return inside.load(); }));
    std::thread remover([&] { bus.unsubscribe(*id, milliseconds(round)); });
    std::thread opener([&] {
      std::this_thread::sleep_for(milliseconds(round));
      gate.open();
    });
    std::this_thread::sleep_for(milliseconds(round / 2));
    EXPECT_TRUE(bus.shutdown(kLong).ok());
    remover.join();
    opener.join();
  }
}

TEST(DestructionTest, ProducersMayOutliveTheBus) {
  Producer producer;
  {
    TraceEventBus bus;
    bus.subscribe([](const EventView&) {});
    producer = bus.producer();
    EXPECT_EQ(producer.emit(kLlmCall, kNoIds, "a", "p"), EmitResult::kAccepted);
  }
  EXPECT_EQ(producer.emit(kLlmCall, kNoIds, "a", "p"), EmitResult::kClosed);
  EXPECT_EQ(Producer().emit(kLlmCall, kNoIds, "a", "p"), EmitResult::kClosed);
}

TEST(DestructionTest, DestructorDeliversWhatIsQueued) {
  std::atomic<int> delivered = 0;
  {
    TraceEventBus bus;
    bus.subscribe([&](const EventView&) { ++delivered; });
    for (int i = 0; i < 1000; ++i) emit_number(bus, i);
  }
  EXPECT_EQ(delivered, 1000);
}

TEST(DestructionTest, BusesStartAndStopInLoops) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> delivered = 0;
    TraceEventBus bus;
    bus.subscribe([&](const EventView&) { ++delivered; });
    std::thread other([&] { emit_number(bus, 1); });
    emit_number(bus, 2);
    other.join();
    ASSERT_TRUE(bus.shutdown(kLong).ok());
    EXPECT_EQ(delivered, 2);
  }
}

TEST(DestructionTest, BusMayBeDestroyedByItsOwnCallback) {
  for (const RunOn run_on : kEveryRunOn) {
    std::atomic<bool> gone = false;
    auto* const bus = new TraceEventBus();
    ASSERT_TRUE(bus->subscribe(
                       [&gone, bus](const EventView&) {
                         delete bus;
                         gone = true;
                       },
                       {.run_on = run_on})
                    .ok());
    emit_number(*bus, 1);
    EXPECT_TRUE(eventually([&] { return gone.load(); }));
    // Nobody joins its threads, but they end.
    EXPECT_TRUE(eventually([] { return threads_named("tb-") == 0; }));
  }
}

}  // namespace
}  // namespace tracebus::testing
