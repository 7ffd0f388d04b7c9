// SPDX-License-Identifier: Apache-2.0
//
// A bus with nothing to do sleeps, and wakes at once.
#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/process_cpu.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWatched(300);

TEST(IdleTest, AfterASecondOfSilenceTheBusSleepsAndStillWakes) {
  std::atomic<int> delivered = 0;
  TraceEventBus bus;
  bus.subscribe([&](const EventView&) { ++delivered; });
  emit_number(bus, 1);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_TRUE(eventually([&] {
    const std::uint64_t parks = bus.stats().parks;
    std::this_thread::sleep_for(kWatched);  // 30 of the short parks that come before
    return bus.stats().parks <= parks + 1;
  }));
  EXPECT_TRUE(falls_asleep(kWatched, milliseconds(1)));
  for (int round = 2; round < 5; ++round) {
    EXPECT_EQ(emit_number(bus, round), EmitResult::kAccepted);
    // Asleep for good, it would take for ever.
    ASSERT_TRUE(eventually([&] { return delivered == round; }));
    std::this_thread::sleep_for(milliseconds(5));
  }
}

// An exporter that takes its time wants watching, but not by a thread that spins.
TEST(IdleTest, BusyExporterCostsNothing) {
  Gate gate;
  std::atomic<bool> inside = false;
  TraceEventBus bus;
  ASSERT_TRUE(bus.add_exporter(exporter_of({.export_batch =
                                                [&](auto&, auto&) {
                                                  inside = true;
                                                  gate.pass();
                                                  return ExportResult::ok();
                                                }}),
                               {.batch = {.delay_ms_max = 0}})
                  .ok());
  emit_number(bus, 1);
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  EXPECT_TRUE(falls_asleep(kWatched, kWatched / 10));
  gate.open();
}

// With one processor for all, a dispatcher takes rarer turns. It sleeps between passes, so however
// the machine is loaded there are no more of them than there is time for.
TEST(IdleTest, PassesAreRationedByProcessors) {
  constexpr auto kStayAway = std::chrono::microseconds(200);
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  {
    const auto begin = std::chrono::steady_clock::now();
    TraceEventBus bus;
    bus.subscribe([](const EventView&) {});
    for (int i = 0; i < 2000; ++i) {  // never idle for long enough to park
      emit_number(bus, i);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    const std::uint64_t parks = bus.stats().parks;
    const std::uint64_t passes = bus.stats().passes;
    const auto most = (std::chrono::steady_clock::now() - begin) / kStayAway;
    EXPECT_LE(passes, static_cast<std::uint64_t>(most) + 2 * parks + 2);
    EXPECT_GT(passes, 0u);
  }
  EXPECT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

// Parked for good, the bus still watches the deadline of an export that begins later.
TEST(IdleTest, ExportThatBeginsInSilenceIsStillAbandoned) {
  Gate gate;
  TraceEventBus bus;
  const auto id = bus.add_exporter(exporter_of({.export_batch =
                                                    [&](auto&, auto&) {
                                                      gate.pass();
                                                      return ExportResult::ok();
                                                    }}),
                                   {.batch = {.delay_ms_max = 1300}, .export_timeout_ms = 20});
  emit_number(bus, 1);
  std::this_thread::sleep_for(milliseconds(1400));
  EXPECT_TRUE(
      eventually([&] { return count(stats_of(bus, *id).dropped, DropReason::kAbandoned) == 1; }));
  gate.open();
}

}  // namespace
}  // namespace tracebus::testing
