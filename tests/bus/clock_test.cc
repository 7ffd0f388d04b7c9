// SPDX-License-Identifier: Apache-2.0
//
// Clocks that jump, and a process that stands still. The oracle: order, account and the timers of
// the bus do not notice.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/child_process.h"
#include "tracebus/tests/bus/fork_load.h"
#include "tracebus/tests/bus/simulated_clock.h"
#include "tracebus/tests/bus/test_scale.h"

namespace tracebus::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

BusOptions manual() {
  BusOptions options;
  options.threading = Threading::kManual;
  return options;
}

TEST(G18_ClockTest, NothingIsLostOrReorderedWhenTheWallClockIsSet) {
  for (const RunOn run_on : {RunOn::kSharedWorker, RunOn::kOwnWorker, RunOn::kDispatcher}) {
    SimulatedClock clock;
    TraceEventBus bus(manual());
    std::vector<std::int64_t> numbers;
    const auto add = [&](const EventView& event) { numbers.push_back(number_of(event)); };
    ASSERT_TRUE(bus.subscribe(add, {.run_on = run_on}).ok());
    std::int64_t emitted = 0;
    for (int round = 0; round < 40; ++round) {
      clock.set_wall_by(round % 2 == 0 ? hours(-3) : hours(2));  // further back each time
      for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(emit_number(bus, emitted++), EmitResult::kAccepted);
        clock.pass(milliseconds(300));
        bus.poll().IgnoreError();
      }
      // A subscription that begins now misses nothing either.
      std::uint64_t late = 0;
      const auto id = bus.subscribe([&](const EventView&) { ++late; }, {.run_on = run_on});
      emit_number(bus, emitted++);
      clock.set_wall_by(hours(-1));
      clock.pass(seconds(2));
      bus.poll().IgnoreError();
      emit_number(bus, emitted++);
      ASSERT_TRUE(bus.flush(seconds(5)).ok());
      EXPECT_EQ(late, 2u) << "round " << round << ", run on " << static_cast<int>(run_on);
      bus.unsubscribe(*id);
    }
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(emitted));
    for (std::int64_t i = 0; i < emitted; ++i) ASSERT_EQ(numbers[static_cast<std::size_t>(i)], i);
  }
}

TEST(G18_ClockTest, SmallCorrectionsNeverMakeNegativeDurations) {
  SimulatedClock clock;
  TraceEventBus bus(manual());
  std::int64_t last_ns = 0;
  int backwards = 0;
  bus.subscribe([&](const EventView& event) {
    const std::int64_t now_ns = event.timestamp().to_unix_ns();
    if (now_ns < last_ns) ++backwards;
    last_ns = now_ns;
  });
  for (int i = 0; i < 2000; ++i) {
    if (i % 10 == 0) clock.set_wall_by(milliseconds(i % 20 == 0 ? -40 : 40));
    emit_number(bus, i);
    clock.pass(milliseconds(20));
    bus.poll().IgnoreError();
  }
  EXPECT_EQ(backwards, 0);
}

TEST(G18_ClockTest, TimesFollowTheWallClockAfterAStep) {
  SimulatedClock clock;
  TraceEventBus bus(manual());
  std::int64_t error_ns = 0;
  bus.subscribe(
         [&](const EventView& event) {
           error_ns = clock.unix_ns() - event.timestamp().to_unix_ns();
         },
         {.run_on = RunOn::kDispatcher})
      .IgnoreError();
  for (const hours step : {hours(-5), hours(10), hours(-1)}) {
    clock.set_wall_by(step);
    for (int i = 0; i < 3; ++i) {
      clock.pass(seconds(1));
      bus.poll().IgnoreError();
    }
    emit_number(bus, 1);
    bus.poll().IgnoreError();
    EXPECT_LT(std::abs(error_ns), 1'000'000);
  }
}

TEST(G18_ClockTest, TimersGoOnWhenTheWallClockIsSet) {
  SimulatedClock clock;
  TraceEventBus bus(manual());
  auto seen = std::make_shared<Sightings>();
  ASSERT_TRUE(bus.add_exporter(std::make_unique<SightingExporter>(seen),
                               {.batch = {.events_max = 100, .delay_ms_max = 100}})
                  .ok());
  for (std::uint64_t round = 0; round < 20; ++round) {
    emit_number(bus, 1);
    bus.poll().IgnoreError();
    clock.set_wall_by(round % 2 == 0 ? hours(-24) : hours(25));
    clock.pass(milliseconds(50));
    bus.poll().IgnoreError();
    EXPECT_EQ(seen->events(), round);
    clock.pass(milliseconds(50));
    bus.poll().IgnoreError();
    EXPECT_EQ(seen->events(), round + 1);
    const BusStats stats = bus.stats();
    EXPECT_LT(stats.lag_ns, 1'000'000'000u);
    EXPECT_GE(stats.subscriptions[0].oldest_age_ns, 0);
    EXPECT_LT(stats.subscriptions[0].oldest_age_ns, 1'000'000'000);
  }
  EXPECT_EQ(seen->problems(), "");
}

// Nanoseconds of CLOCK_MONOTONIC, as where the time stamp counter is unfit.
class PlainClock final : public ClockSource {
 public:
  PlainClock() { Clock::simulate(this); }
  ~PlainClock() override { Clock::simulate(nullptr); }
  std::uint64_t monotonic_ns() const noexcept override {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                      std::chrono::nanoseconds(1));
  }
  std::int64_t unix_ns() const noexcept override {
    return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  }
};

TEST(G18_ClockTest, WithoutATimeStampCounterAllIsTheSame) {
  const PlainClock clock;
  ASSERT_FALSE(Clock::uses_tsc());
  ForkLoad load;
  load.start(4);
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_TRUE(eventually([&] { return load.accepted() > 100; }));
  load.stop();
  EXPECT_EQ(load.judge_parent(), "");
}

// A wall clock that is an hour later at every look, so that two maps of it never agree. Time stands
// still before anybody follows it.
class JumpingClock final : public ClockSource {
 public:
  JumpingClock() { Clock::simulate(this); }
  ~JumpingClock() override { Clock::simulate(nullptr); }
  std::uint64_t monotonic_ns() const noexcept override {
    const auto passed =
        std::min<std::chrono::nanoseconds>(steady_clock::now() - begin_, milliseconds(500));
    return static_cast<std::uint64_t>((begin_ + passed).time_since_epoch().count());
  }
  std::int64_t unix_ns() const noexcept override {
    return ++looks_ * std::chrono::nanoseconds(hours(1)).count();
  }

 private:
  const steady_clock::time_point begin_ = steady_clock::now();
  mutable std::atomic<std::int64_t> looks_{0};
};

// One thread emits in turn to all dispatchers, those made later first: the times that receivers see
// rise, whichever dispatcher gave them. So all begin with one map of the clock.
TEST(G18_ClockTest, TimesOfSeveralDispatchersAgree) {
  constexpr std::size_t kDispatchers = 3;
  const JumpingClock clock;
  BusOptions options;
  options.dispatchers = kDispatchers;
  TraceEventBus bus(options);
  std::map<std::int64_t, std::int64_t> time_of;  // by number
  bus.subscribe(
      [&](const EventView& event) { time_of[number_of(event)] = event.timestamp().to_unix_ns(); });
  std::vector<Producer> producers;
  for (std::size_t i = 0; i < kDispatchers; ++i) producers.push_back(bus.producer());
  constexpr std::int64_t kEvents = 300;
  for (std::int64_t i = 0; i < kEvents; ++i) {
    Producer& producer = producers[kDispatchers - 1 - static_cast<std::size_t>(i) % kDispatchers];
    producer.emit({.event_type = "agent_start", .payload = {{"n", i}}});
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  ASSERT_EQ(time_of.size(), static_cast<std::size_t>(kEvents));
  std::int64_t last = 0;
  for (const auto& [number, time] : time_of) {
    EXPECT_GE(time, last) << number;
    last = time;
  }
}

// A virtual machine that is suspended, for all that the process can tell.
TEST(G18_ClockTest, SuspendedProcessKeepsOrderAndAccount) {
  ChildProcess child([] {
    ForkLoad load;
    load.start(4);
    std::this_thread::sleep_for(milliseconds(1500));
    load.stop();
    return load.judge_parent();
  });
  std::this_thread::sleep_for(milliseconds(500));
  ASSERT_EQ(kill(child.id(), SIGSTOP), 0);
  std::this_thread::sleep_for(seconds(3));
  ASSERT_EQ(kill(child.id(), SIGCONT), 0);
  EXPECT_EQ(child.wait(within(seconds(20)), within(seconds(5))), "");
}

}  // namespace
}  // namespace tracebus::testing
