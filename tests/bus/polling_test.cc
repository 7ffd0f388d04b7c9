// SPDX-License-Identifier: Apache-2.0
//
// A bus without threads: the host polls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/sightings.h"
#include "tracebus/tests/bus/simulated_clock.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array kEveryRunOn = {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher};

BusOptions manual() {
  BusOptions options;
  options.threading = Threading::kManual;
  return options;
}

// Polls until there is nothing left to do.
void poll_all(TraceEventBus& bus) {
  while (bus.poll().value() != 0) {
  }
}

class EndingExporter final : public Exporter {
 public:
  explicit EndingExporter(std::shared_ptr<bool> shut_down) : shut_down_(std::move(shut_down)) {}
  std::string_view name() const noexcept override { return "ending"; }
  ExportResult export_batch(const Batch&, const ExportContext&) override {
    return ExportResult::ok();
  }
  absl::Status shutdown(Deadline) override {
    *shut_down_ = true;
    return absl::OkStatus();
  }
  bool non_blocking() const noexcept override { return true; }

 private:
  const std::shared_ptr<bool> shut_down_;
};

TEST(PollingTest, StartsNoThread) {
  TraceEventBus bus(manual());
  std::thread::id where;
  for (const RunOn run_on : kEveryRunOn) {
    const auto note = [&](const EventView&) { where = std::this_thread::get_id(); };
    ASSERT_TRUE(bus.subscribe(note, {.run_on = run_on}).ok());
  }
  emit_number(bus, 1);
  EXPECT_EQ(where, std::thread::id());
  EXPECT_EQ(bus.poll().value(), 1u);
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(PollingTest, CallbacksOfEveryKindGetAllInOrder) {
  for (const RunOn run_on : kEveryRunOn) {
    TraceEventBus bus(manual());
    Collected seen;
    const auto add = [&](const EventView& event) { seen.add(std::to_string(number_of(event))); };
    ASSERT_TRUE(bus.subscribe(add, {.run_on = run_on}).ok());
    for (int i = 0; i < 3; ++i) emit_number(bus, i);
    poll_all(bus);
    EXPECT_THAT(seen.texts(), ElementsAre("0", "1", "2"));
  }
}

TEST(PollingTest, EventsMaxBoundsOnePoll) {
  TraceEventBus bus(manual());
  Producer producers[2] = {bus.producer(), bus.producer()};
  auto seen = std::make_shared<Sightings>();
  ASSERT_TRUE(bus.add_exporter(std::make_unique<SightingExporter>(seen)).ok());
  for (int i = 0; i < 100; ++i) producers[i % 2].emit(kToolEnd, kNoIds, "a", "p");
  for (int i = 0; i < 100; ++i) producers[0].emit(kToolEnd, kNoIds, "a", "p");
  for (int polls = 0; polls < 28; ++polls) EXPECT_EQ(bus.poll(7).value(), 7u);
  EXPECT_EQ(bus.poll(7).value(), 4u);
  EXPECT_EQ(bus.poll(7).value(), 0u);
  ASSERT_TRUE(bus.flush(seconds(5)).ok());
  EXPECT_EQ(seen->events(), 200u);
  EXPECT_EQ(seen->problems(), "");
}

TEST(PollingTest, FlushAndShutdownDoTheWorkThemselves) {
  TraceEventBus bus(manual());
  auto seen = std::make_shared<Sightings>();
  const auto id = bus.add_exporter(std::make_unique<SightingExporter>(seen));
  int calls = 0;
  bus.subscribe([&](const EventView&) { ++calls; });
  for (int i = 0; i < 10; ++i) emit_number(bus, i);
  ASSERT_TRUE(bus.flush(seconds(5)).ok());
  EXPECT_EQ(seen->events(), 10u);
  EXPECT_EQ(calls, 10);
  for (int i = 0; i < 10; ++i) emit_number(bus, i);
  ASSERT_TRUE(bus.shutdown(seconds(5)).ok());
  EXPECT_EQ(seen->events(), 20u);
  EXPECT_EQ(calls, 20);
  EXPECT_EQ(stats_of(bus, *id).delivered, 20u);
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kClosed);
  EXPECT_TRUE(bus.shutdown(seconds(5)).ok());
}

TEST(PollingTest, DestructorDeliversWhatIsQueued) {
  int calls = 0;
  {
    TraceEventBus bus(manual());
    bus.subscribe([&](const EventView&) { ++calls; });
    for (int i = 0; i < 10; ++i) emit_number(bus, i);
  }
  EXPECT_EQ(calls, 10);
}

TEST(PollingTest, UnsubscribeInsideCallbacks) {
  for (const RunOn run_on : kEveryRunOn) {
    TraceEventBus bus(manual());
    std::array<SubscriptionId, 2> ids;
    int calls = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto remove_both = [&](const EventView&) {
        ++calls;
        bus.unsubscribe(ids[0]);
        bus.unsubscribe(ids[1]);
      };
      ids[i] = *bus.subscribe(remove_both, {.run_on = run_on});
    }
    emit_number(bus, 1);
    emit_number(bus, 2);
    poll_all(bus);
    EXPECT_EQ(calls, 1) << static_cast<int>(run_on);
    EXPECT_FALSE(bus.wants(kAgentStart));
    for (const SubscriptionId& id : ids) {
      const SubscriptionStats stats = stats_of(bus, id);
      EXPECT_EQ(stats.matched, stats.delivered + total(stats.dropped));
      EXPECT_EQ(stats.in_flight, 0u);
    }
  }
}

TEST(PollingTest, UnsubscribeFromOutsideEndsTheExporter) {
  TraceEventBus bus(manual());
  auto shut_down = std::make_shared<bool>(false);
  const auto id = bus.add_exporter(std::make_unique<EndingExporter>(shut_down));
  emit_number(bus, 1);
  EXPECT_TRUE(bus.unsubscribe(*id, seconds(5)));
  EXPECT_TRUE(*shut_down);
  EXPECT_EQ(stats_of(bus, *id).in_flight, 0u);
}

TEST(PollingTest, EmitAndSubscribeInsideCallbacks) {
  for (const RunOn run_on : kEveryRunOn) {
    TraceEventBus bus(manual());
    Collected seen;
    SubscriptionId later;
    const auto first = [&](const EventView& event) {
      if (number_of(event) != 1) return;
      later = bus.subscribe(
          [&](const EventView& inner) { seen.add(std::to_string(number_of(inner))); });
      EXPECT_EQ(emit_number(bus, 2), EmitResult::kAccepted);
    };
    ASSERT_TRUE(bus.subscribe(first, {.run_on = run_on}).ok());
    emit_number(bus, 1);
    poll_all(bus);
    EXPECT_THAT(seen.texts(), ElementsAre("2")) << static_cast<int>(run_on);
  }
}

TEST(PollingTest, PollFlushAndShutdownInsideACallbackAreFailedPrecondition) {
  for (const RunOn run_on : kEveryRunOn) {
    TraceEventBus bus(manual());
    int calls = 0;
    const auto ask = [&](const EventView&) {
      ++calls;
      EXPECT_EQ(bus.poll().status().code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_EQ(bus.flush(seconds(5)).code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_EQ(bus.shutdown(seconds(5)).code(), absl::StatusCode::kFailedPrecondition);
    };
    ASSERT_TRUE(bus.subscribe(ask, {.run_on = run_on}).ok());
    emit_number(bus, 1);
    poll_all(bus);
    EXPECT_EQ(calls, 1);
    emit_number(bus, 2);
    ASSERT_TRUE(bus.shutdown(seconds(5)).ok());  // which delivers it
    EXPECT_EQ(calls, 2);
  }
}

TEST(PollingTest, BusWithThreadsIsNotPolled) {
  TraceEventBus bus;
  const absl::Status refused = bus.poll().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("Threading::kManual"));
}

TEST(PollingTest, ExportersThatMayBlockAreRefused) {
  TraceEventBus bus(manual());
  const auto refused = bus.add_exporter(exporter_of({}), {}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("functions"), HasSubstr("non_blocking")));
}

TEST(PollingTest, BlockingOverflowIsRefused) {
  TraceEventBus bus(manual());
  auto seen = std::make_shared<Sightings>();
  const auto exporter =
      bus.add_exporter(std::make_unique<SightingExporter>(seen), {.overflow = Overflow::kBlock});
  EXPECT_EQ(exporter.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(exporter.status().message()), HasSubstr("kBlock"));
  const auto callback = bus.subscribe([](const EventView&) {},
                                      {.run_on = RunOn::kOwnWorker, .overflow = Overflow::kBlock});
  EXPECT_EQ(callback.status().code(), absl::StatusCode::kInvalidArgument);
  BusOptions options = manual();
  options.callback_overflow = Overflow::kBlock;
  EXPECT_EQ(TraceEventBus::create(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PollingTest, OneThreadPollsAtATimeAndFlushWaitsForIt) {
  TraceEventBus bus(manual());
  Gate gate;
  std::atomic<bool> inside = false;
  bus.subscribe([&](const EventView&) {
    inside = true;
    gate.pass();
  });
  emit_number(bus, 1);
  std::thread poller([&] { bus.poll().IgnoreError(); });
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  EXPECT_EQ(bus.poll().value(), 0u);
  std::thread opener([&] {
    std::this_thread::sleep_for(milliseconds(30));
    gate.open();
  });
  EXPECT_TRUE(bus.flush(kLong).ok());
  opener.join();
  poller.join();
}

TEST(PollingTest, BatchesWaitForTheirTimeOnTheSimulatedClock) {
  SimulatedClock clock;
  TraceEventBus bus(manual());
  auto seen = std::make_shared<Sightings>();
  ASSERT_TRUE(bus.add_exporter(std::make_unique<SightingExporter>(seen),
                               {.batch = {.events_max = 10, .delay_ms_max = 100}})
                  .ok());
  clock.pass(milliseconds(1));
  emit_number(bus, 1);
  poll_all(bus);
  clock.pass(milliseconds(99));
  poll_all(bus);
  EXPECT_EQ(seen->events(), 0u);
  clock.pass(milliseconds(1));
  poll_all(bus);
  EXPECT_EQ(seen->events(), 1u);
  for (int i = 0; i < 10; ++i) emit_number(bus, i);
  poll_all(bus);
  EXPECT_EQ(seen->events(), 11u) << "a full batch does not wait";
}

TEST(PollingTest, PollEndsAtItsDeadlineOnTheSimulatedClock) {
  SimulatedClock clock;
  TraceEventBus bus(manual());
  bus.subscribe([&](const EventView& event) {
    clock.pass(milliseconds(10));
    emit_number(bus, number_of(event) + 1);  // never ends by itself
  });
  emit_number(bus, 1);
  const auto deadline = Clock::steady_now() + milliseconds(100);
  EXPECT_LE(bus.poll(~std::uint64_t{0}, deadline).value(), 11u);
  EXPECT_GE(Clock::steady_now(), deadline);
}

}  // namespace
}  // namespace tracebus::testing
