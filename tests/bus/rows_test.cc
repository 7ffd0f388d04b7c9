// SPDX-License-Identifier: Apache-2.0
//
// One test for each row of the seed systems' features that the bus answers for; the number is the
// row's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string describe(const EventView& event) {
  std::string text(event.event_type());
  for (const AttributeView& attribute : event.payload()) text += " " + std::string(attribute.key);
  return text;
}

TEST(RowsTest, Row1EventCarriesTheSeedsFieldsAndIds) {
  TraceEventBus bus;
  Collected seen;
  EventIds ids;
  ids.run_id = RunId::from_foreign("run");
  ids.span_id.bytes[3] = 7;
  bus.subscribe([&](const EventView& event) {
    EXPECT_EQ(event.event_type(), "agent_start");
    EXPECT_EQ(event.agent_name(), "analyst");
    EXPECT_EQ(event.pattern_type(), "pipeline");
    EXPECT_EQ(event.timestamp(), (Timestamp{1749479521, 243439700}));
    EXPECT_EQ(event.ids(), ids);
    EXPECT_EQ(event.origin().instance, bus.instance());
    EXPECT_EQ(event.find("model")->as_string(), "claude-sonnet-4-20250514");
    seen.add(describe(event));
  });
  EXPECT_EQ(bus.emit({.timestamp = Timestamp{1749479521, 243439700},
                      .event_type = "agent_start",
                      .agent_name = "analyst",
                      .pattern_type = "pipeline",
                      .payload = {{"model", "claude-sonnet-4-20250514"}, {"tokens", 450}},
                      .ids = ids}),
            EmitResult::kAccepted);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(seen.texts(), ElementsAre("agent_start model tokens"));
}

// The seed's payload is one dictionary that all subscribers share and may change.
TEST(RowsTest, Row1WhatTheCallerChangesAfterEmitIsNotSeen) {
  TraceEventBus bus;
  Collected seen;
  for (int i = 0; i < 2; ++i) {
    bus.subscribe(
        [&](const EventView& event) { seen.add(std::string(event.find("text")->as_string())); });
  }
  std::string text = "before";
  bus.emit({.event_type = "agent_start", .payload = {{"text", text}}});
  text.assign("after!");
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(seen.texts(), ElementsAre("before", "before"));
}

TEST(RowsTest, Row3IdIs32HexDigitsAndTheSameCallbackMaySubscribeTwice) {
  TraceEventBus bus;
  Collected seen;
  const EventCallback callback = [&](const EventView&) { seen.add("called"); };
  const SubscriptionId first = bus.subscribe(callback);
  const SubscriptionId second = bus.subscribe(callback);
  EXPECT_THAT(first.hex(), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(first, second);
  emit_number(bus, 1);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_TRUE(bus.unsubscribe(first));
  emit_number(bus, 2);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(seen.size(), 3u);
}

TEST(RowsTest, Row3CallbacksAreCalledInTheOrderOfSubscribing) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kDispatcher}) {
    TraceEventBus bus;
    Collected seen;
    for (const char* name : {"a", "b", "c"}) {
      ASSERT_TRUE(
          bus.subscribe([&seen, name](const EventView&) { seen.add(name); }, {.run_on = run_on})
              .ok());
    }
    emit_number(bus, 1);
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_THAT(seen.texts(), ElementsAre("a", "b", "c"));
  }
}

TEST(RowsTest, Row4FilterIsExactAndCopied) {
  TraceEventBus bus;
  Collected seen;
  std::vector<std::string> names = {"agent_start", "agent_end"};
  {
    std::vector<std::string_view> views(names.begin(), names.end());
    bus.subscribe_filter(Filter::types(views),
                         [&](const EventView& e) { seen.add(std::string(e.event_type())); });
  }
  names = {"overwritten", "overwritten"};  // the seed keeps the caller's set, and changes with it
  for (const char* type : {"agent_start", "agent_startle", "agent", "overwritten", "agent_end"}) {
    emit_number(bus, 1, type);
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(seen.texts(), ElementsAre("agent_start", "agent_end"));
}

TEST(RowsTest, Row4EmptySetMatchesNothing) {
  TraceEventBus bus;
  const SubscriptionId id = bus.subscribe_filter({}, [](const EventView&) { ADD_FAILURE(); });
  EXPECT_TRUE(id);
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kUnwanted);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(stats_of(bus, id).matched, 0u);
}

TEST(RowsTest, Row5UnsubscribeIgnoresUnknownIdsAndIsIdempotent) {
  TraceEventBus bus;
  const SubscriptionId id = bus.subscribe([](const EventView&) {});
  EXPECT_FALSE(bus.unsubscribe(SubscriptionId{}));
  EXPECT_FALSE(bus.unsubscribe(random_subscription_id()));
  EXPECT_TRUE(bus.unsubscribe(id));
  EXPECT_FALSE(bus.unsubscribe(id));
}

TEST(RowsTest, Row5NoCallRunsOrBeginsAfterUnsubscribeReturned) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher}) {
    for (int round = 0; round < 50; ++round) {
      TraceEventBus bus;
      auto alive = std::make_unique<std::atomic<int>>(0);
      const auto id =
          bus.subscribe([&](const EventView&) { alive->fetch_add(1); }, {.run_on = run_on});
      ASSERT_TRUE(id.ok());
      std::thread emitter([&] {
        for (int i = 0; i < 500; ++i) emit_number(bus, i);
      });
      std::this_thread::sleep_for(std::chrono::microseconds(20 * round));
      EXPECT_TRUE(bus.unsubscribe(*id, kLong));
      alive.reset();  // a call now would be a use after free
      emitter.join();
    }
  }
}

TEST(RowsTest, Row6ExceptionReachesNeitherTheEmitterNorOtherSubscribers) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher}) {
    TraceEventBus bus;
    Collected seen;
    const CallbackOptions options = {.run_on = run_on};
    const auto bad =
        bus.subscribe([](const EventView&) { throw std::runtime_error("bad"); }, options);
    const auto worse = bus.subscribe([](const EventView&) { throw 42; }, options);
    const auto good = bus.subscribe([&](const EventView&) { seen.add("good"); }, options);
    EXPECT_EQ(emit_number(bus, 1), EmitResult::kAccepted);
    EXPECT_EQ(emit_number(bus, 2), EmitResult::kAccepted);
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_EQ(seen.size(), 2u);
    EXPECT_EQ(count(stats_of(bus, *bad).dropped, DropReason::kExportFailed), 2u);
    EXPECT_EQ(count(stats_of(bus, *worse).dropped, DropReason::kExportFailed), 2u);
    EXPECT_EQ(stats_of(bus, *good).delivered, 2u);
  }
}

TEST(RowsTest, Row6SubscribingAndUnsubscribingInsideACallbackIsLegal) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher}) {
    TraceEventBus bus;
    Collected seen;
    std::atomic<bool> done = false;
    absl::StatusOr<SubscriptionId> self;
    std::mutex mutex;  // self is known to its callback
    {
      const std::lock_guard lock(mutex);
      self = bus.subscribe(
          [&](const EventView&) {
            if (done.exchange(true)) return;
            const std::lock_guard known(mutex);
            EXPECT_TRUE(bus.unsubscribe(*self));
            bus.subscribe(
                [&](const EventView& event) { seen.add(std::to_string(number_of(event))); });
            seen.add("swapped");
          },
          {.run_on = run_on});
    }
    emit_number(bus, 1);
    ASSERT_TRUE(eventually([&] { return seen.size() == 1; }));
    emit_number(bus, 2);
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_THAT(seen.texts(), ElementsAre("swapped", "2"));
  }
}

TEST(RowsTest, Row6EmitInsideACallbackIsLegalAndComesLater) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher}) {
    TraceEventBus bus;
    Collected seen;
    const auto id = bus.subscribe(
        [&](const EventView& event) {
          const std::int64_t number = number_of(event);
          seen.add("in " + std::to_string(number));
          if (number < 3) {
            EXPECT_EQ(emit_number(bus, number + 1), EmitResult::kAccepted);
          }
          seen.add("out " + std::to_string(number));
        },
        {.run_on = run_on});
    ASSERT_TRUE(id.ok());
    emit_number(bus, 1);
    ASSERT_TRUE(eventually([&] { return seen.size() == 6; }));
    EXPECT_THAT(seen.texts(), ElementsAre("in 1", "out 1", "in 2", "out 2", "in 3", "out 3"));
  }
}

TEST(RowsTest, Row6WithoutSubscribersEmitDoesNothing) {
  TraceEventBus bus;
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kUnwanted);
  EXPECT_EQ(bus.emit(kLlmCall, kNoIds, "analyst", ""), EmitResult::kUnwanted);
  EXPECT_EQ(bus.stats().emitted, 0u);
}

TEST(RowsTest, Row6EveryOutcomeIsCounted) {
  TraceEventBus bus({.ring_bytes = kRingBytesMin,
                     .ring_bytes_max = kRingBytesMin,
                     .large_bytes_max = 0,
                     .truncate = false});
  Gate gate;
  const auto id =
      bus.subscribe([&](const EventView&) { gate.pass(); }, {.run_on = RunOn::kDispatcher});
  ASSERT_TRUE(id.ok());
  const std::string big(kRingBytesMin, 'x');
  EXPECT_EQ(bus.emit({.event_type = "agent_start", .payload = {{"text", big}}}),
            EmitResult::kTooBig);
  std::uint64_t accepted = 0;
  std::uint64_t full = 0;
  while (full < 3) {
    const EmitResult result = emit_number(bus, 1);
    ASSERT_TRUE(result == EmitResult::kAccepted || result == EmitResult::kFull);
    ++(result == EmitResult::kFull ? full : accepted);
  }
  gate.open();
  ASSERT_TRUE(bus.shutdown(kLong).ok());
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kClosed);
  const BusStats stats = bus.stats();
  EXPECT_EQ(stats.emitted, accepted + full + 2);
  EXPECT_EQ(stats.accepted, accepted);
  EXPECT_EQ(count(stats.rejected, DropReason::kFull), full);
  EXPECT_EQ(count(stats.rejected, DropReason::kTooBig), 1u);
  EXPECT_EQ(count(stats.rejected, DropReason::kClosed), 1u);
  EXPECT_EQ(stats_of(bus, *id).delivered, accepted);
}

TEST(RowsTest, Row7FlushIsTheBarrierThatEmitAsyncWas) {
  TraceEventBus bus;
  std::atomic<int> finished = 0;
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher}) {
    const auto slowly = [&](const EventView&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      ++finished;
    };
    ASSERT_TRUE(bus.subscribe(slowly, {.run_on = run_on}).ok());
  }
  for (int i = 1; i <= 5; ++i) {
    emit_number(bus, i);
    emit_number(bus, i);
    ASSERT_TRUE(bus.flush(kLong).ok());
    EXPECT_EQ(finished, 6 * i);
  }
}

TEST(RowsTest, Row9HandlersByTypeAsTheTaskEventBusHasThem) {
  TraceEventBus bus;
  Collected seen;
  const auto on = [&](std::string_view type, const char* name) {
    return bus.subscribe_filter({type}, [&seen, name](const EventView&) { seen.add(name); });
  };
  const SubscriptionId first = on("tool_start", "first");
  on("tool_end", "end");
  on("tool_start", "second");
  emit_number(bus, 1, "tool_start");
  emit_number(bus, 2, "tool_end");
  ASSERT_TRUE(bus.flush(kLong).ok());
  bus.unsubscribe(first);
  emit_number(bus, 3, "tool_start");
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(seen.texts(), ElementsAre("first", "second", "end", "second"));
}

// The seeds lose every error of a hook without a trace, and let those of exporters out of record().
TEST(RowsTest, Row11FailuresAreIsolatedCountedAndTold) {
  TraceEventBus bus;
  Collected seen;
  const auto bad = bus.add_exporter(exporter_of({.export_batch = [](auto&, auto&) -> ExportResult {
    throw std::runtime_error("collector is down");
  }}));
  bus.subscribe([&](const EventView&) { seen.add("good"); });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(emit_number(bus, i), EmitResult::kAccepted);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(seen.size(), 10u);
  const SubscriptionStats stats = stats_of(bus, *bad);
  EXPECT_EQ(stats.matched, 10u);
  EXPECT_EQ(stats.delivered, 0u);
  EXPECT_EQ(count(stats.dropped, DropReason::kExportFailed), 10u);
  EXPECT_THAT(stats.last_error, HasSubstr("collector is down"));
}

TEST(RowsTest, Row12WantsGuardsThePayload) {
  TraceEventBus bus;
  EXPECT_FALSE(bus.wants(kLlmCall));
  EXPECT_FALSE(bus.wants("llm_call"));
  const SubscriptionId id = bus.subscribe_filter({"llm_call"}, [](const EventView&) {});
  EXPECT_TRUE(bus.wants(kLlmCall));
  EXPECT_TRUE(bus.wants("llm_call_end"));  // an alias
  EXPECT_FALSE(bus.wants("agent_start"));
  EXPECT_FALSE(bus.wants("nobody ever registered this"));
  EXPECT_EQ(bus.emit(kAgentStart, kNoIds, "a", "p"), EmitResult::kUnwanted);
  bus.unsubscribe(id);
  EXPECT_FALSE(bus.wants(kLlmCall));
  EXPECT_EQ(bus.stats().emitted, 0u);
}

TEST(RowsTest, Row13BusCallsExportFlushAndShutdownInOrder) {
  Collected calls;
  std::set<std::thread::id> threads;
  const auto note = [&](std::string call) {
    threads.insert(std::this_thread::get_id());
    calls.add(std::move(call));
    return absl::OkStatus();
  };
  {
    TraceEventBus bus;
    const auto id = bus.add_exporter(
        exporter_of({.export_batch =
                         [&](const Batch& batch, const ExportContext&) {
                           note("export " + std::to_string(batch.size())).IgnoreError();
                           return ExportResult::ok();
                         },
                     .flush = [&](Deadline) { return note("flush"); },
                     .shutdown = [&](Deadline) { return note("shutdown"); }}),
        {.batch = {.delay_ms_max = 3'600'000}});
    ASSERT_TRUE(id.ok());
    emit_number(bus, 1);
    emit_number(bus, 2);
    ASSERT_TRUE(bus.flush(kLong).ok());
    emit_number(bus, 3);
    ASSERT_TRUE(bus.shutdown(kLong).ok());
    ASSERT_TRUE(bus.shutdown(kLong).ok());
  }
  EXPECT_THAT(calls.texts(), ElementsAre("export 2", "flush", "export 1", "flush", "shutdown"));
  EXPECT_EQ(threads.size(), 1u);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST(RowsTest, Row13UnsubscribedExporterIsShutDownOnce) {
  Collected calls;
  TraceEventBus bus;
  const auto id = bus.add_exporter(exporter_of({.shutdown = [&](Deadline) {
    calls.add("shutdown");
    return absl::OkStatus();
  }}));
  EXPECT_TRUE(bus.unsubscribe(*id));
  EXPECT_EQ(calls.size(), 1u);
  EXPECT_TRUE(bus.shutdown(kLong).ok());
  EXPECT_EQ(calls.size(), 1u);
}

// The seed's documented example posts to a chat service inside export_event, on the agent's thread.
TEST(RowsTest, Row20CustomExporterRunsOnTheBussThread) {
  TraceEventBus bus;
  Gate gate;
  std::atomic<bool> elsewhere = false;
  const auto emitter = std::this_thread::get_id();
  const auto id = bus.add_exporter(exporter_of({.export_batch =
                                                    [&](auto&, auto&) {
                                                      gate.pass();
                                                      elsewhere =
                                                          std::this_thread::get_id() != emitter;
                                                      return ExportResult::ok();
                                                    }}),
                                   {.filter = Filter::types({"error"})});
  ASSERT_TRUE(id.ok());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(emit_number(bus, i, "error"), EmitResult::kAccepted);
  gate.open();  // would never be reached if export_batch ran inside emit
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_TRUE(elsewhere);
}

TEST(RowsTest, Row21SlowExporterDelaysNoOther) {
  TraceEventBus bus;
  Gate gate;
  Collected seen;
  const auto slow = bus.add_exporter(exporter_of({.export_batch = [&](auto&, auto&) {
    gate.pass();
    return ExportResult::ok();
  }}));
  const auto fast =
      bus.add_exporter(exporter_of({.export_batch =
                                        [&](const Batch& batch, auto&) {
                                          for (const EventView& event : batch)
                                            seen.add(std::to_string(number_of(event)));
                                          return ExportResult::ok();
                                        }}),
                       {.batch = {.delay_ms_max = 0}});
  std::atomic<int> called = 0;
  bus.subscribe([&](const EventView&) { ++called; });
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(emit_number(bus, i), EmitResult::kAccepted);
  EXPECT_TRUE(eventually([&] { return seen.size() == 1000 && called == 1000; }));
  EXPECT_EQ(stats_of(bus, *slow).delivered, 0u);
  EXPECT_EQ(stats_of(bus, *slow).in_flight, 1000u);
  gate.open();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(stats_of(bus, *slow).delivered, 1000u);
  EXPECT_EQ(stats_of(bus, *fast).delivered, 1000u);
}

}  // namespace
}  // namespace tracebus::testing
