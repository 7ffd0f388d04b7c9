// SPDX-License-Identifier: Apache-2.0
//
// A bus with nothing to do sleeps, and wakes at once.
#include <gtest/gtest.h>
#include <time.h>

#include <thread>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::int64_t process_cpu_ns() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t cpu_ns_while_asleep(milliseconds time) {
  const std::int64_t before = process_cpu_ns();
  std::this_thread::sleep_for(time);
  return process_cpu_ns() - before;
}

TEST(IdleTest, AfterASecondOfSilenceTheBusSleepsAndStillWakes) {
  std::atomic<steady_clock::duration::rep> delivered_at = 0;
  TraceEventBus bus;
  bus.subscribe(
      [&](const EventView&) { delivered_at = steady_clock::now().time_since_epoch().count(); });
  emit_number(bus, 1);
  ASSERT_TRUE(bus.flush(kLong).ok());
  std::this_thread::sleep_for(milliseconds(1200));
  const std::uint64_t parks = bus.stats().parks;
  EXPECT_LT(cpu_ns_while_asleep(milliseconds(300)), 1'000'000);
  EXPECT_LE(bus.stats().parks, parks + 1);
  for (int round = 0; round < 3; ++round) {
    delivered_at = 0;
    const auto emitted_at = steady_clock::now().time_since_epoch().count();
    EXPECT_EQ(emit_number(bus, 2), EmitResult::kAccepted);
    ASSERT_TRUE(eventually([&] { return delivered_at.load() != 0; }));
    EXPECT_LT(delivered_at - emitted_at, 2'000'000'000);  // asleep for good, it would take for ever
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
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_LT(cpu_ns_while_asleep(milliseconds(300)), 30'000'000);
  gate.open();
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
