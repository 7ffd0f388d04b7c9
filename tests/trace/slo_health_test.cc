// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/tests/trace/manual_clock.h"
#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/health.h"
#include "tracebus/trace/slo_tracker.h"

namespace tracebus {
namespace {

using testing::manual_options;
using testing::ManualClock;

Slo fast() {
  return {.name = "fast",
          .metric_name = "latency",
          .target = 2.0,
          .comparator = AlertComparator::kLt,
          .window_s = 60};
}

TEST(SloTracker, Row55_ComparesTheAverageWithTheTarget) {
  ManualClock clock;
  SloTracker slos(&clock);
  ASSERT_TRUE(slos.register_slo(fast()).ok());
  EXPECT_TRUE(slos.report("fast")->compliant) << "without samples";
  EXPECT_EQ(slos.report("fast")->budget_remaining, 1.0);
  for (const double value : {1.0, 1.0, 1.0, 2.0}) slos.record("latency", value);
  slos.record("latency", std::nan(""));
  slos.record("other", 100.0);
  const SloReport report = *slos.report("fast");
  EXPECT_EQ(report.actual, 1.25);
  EXPECT_EQ(report.total_samples, 4u);
  EXPECT_EQ(report.violating_samples, 1u) << "2 is not less than 2";
  EXPECT_EQ(report.budget_remaining, 0.75);
  EXPECT_TRUE(report.compliant);
  for (int i = 0; i < 4; ++i) slos.record("latency", 4.0);
  EXPECT_FALSE(slos.report("fast")->compliant);
  EXPECT_EQ(slos.report("none"), std::nullopt);
}

TEST(SloTracker, Row55_SamplesLeaveTheWindow) {
  ManualClock clock(0.5);
  SloTracker slos(&clock);
  ASSERT_TRUE(slos.register_slo(fast()).ok());
  slos.record("latency", 9.0);
  clock.pass(30);
  slos.record("latency", 1.0);
  EXPECT_FALSE(slos.report("fast")->compliant);
  clock.pass(29);
  EXPECT_EQ(slos.report("fast")->total_samples, 2u);
  clock.pass(1);
  EXPECT_EQ(slos.report("fast")->total_samples, 1u);
  EXPECT_EQ(slos.report("fast")->actual, 1.0);
  slos.record("latency", 3.0);  // into the slice that held the first
  EXPECT_EQ(slos.report("fast")->actual, 2.0);
  clock.pass(1000);
  EXPECT_EQ(slos.report("fast")->total_samples, 0u);
}

TEST(SloTracker, Row55_ObjectivesAreCheckedReplacedAndBounded) {
  SloTracker slos;
  Slo bad = fast();
  bad.window_s = 0;
  EXPECT_TRUE(absl::IsInvalidArgument(slos.register_slo(bad)));
  bad = fast();
  bad.target = std::nan("");
  EXPECT_TRUE(absl::IsInvalidArgument(slos.register_slo(bad)));
  EXPECT_TRUE(absl::IsInvalidArgument(slos.register_slo({})));
  ASSERT_TRUE(slos.register_slo(fast()).ok());
  slos.record("latency", 1.0);
  EXPECT_EQ(slos.report("fast")->total_samples, 1u);
  ASSERT_TRUE(slos.register_slo(fast()).ok());
  EXPECT_EQ(slos.report("fast")->total_samples, 0u);
  slos.record("latency", 1.0);
  slos.reset();
  EXPECT_EQ(slos.report_all().at(0).total_samples, 0u);
  for (std::size_t i = 1; i < SloTracker::kSlosMax; ++i) {
    Slo more = fast();
    more.name = std::to_string(i);
    ASSERT_TRUE(slos.register_slo(more).ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(slos.register_slo({.name = "x", .metric_name = "y"})));
  EXPECT_TRUE(slos.unregister_slo("fast"));
  EXPECT_FALSE(slos.unregister_slo("fast"));
}

TEST(SloTracker, Row55_ThreadsMayRecordAtOnce) {
  SloTracker slos;
  Slo slow = fast();
  slow.window_s = 3600;
  ASSERT_TRUE(slos.register_slo(slow).ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) slos.record("latency", 1.5);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(slos.report("fast")->total_samples, 2000u);
  EXPECT_EQ(slos.report("fast")->actual, 1.5);
}

TEST(Health, Row55_DegradedFromFourFifthsUnhealthyFromTheLimit) {
  EXPECT_EQ(health_of_level(79.9, 100).status, HealthStatus::kHealthy);
  EXPECT_EQ(health_of_level(80, 100).status, HealthStatus::kDegraded);
  EXPECT_EQ(health_of_level(99.9, 100).status, HealthStatus::kDegraded);
  EXPECT_EQ(health_of_level(100, 100).status, HealthStatus::kUnhealthy);
  EXPECT_EQ(health_of_level(std::nan(""), 100).status, HealthStatus::kUnhealthy);
  EXPECT_EQ(to_string(HealthStatus::kDegraded), "degraded");
}

TEST(Health, Row55_TheWorstCheckCountsAndOneThatThrowsIsUnhealthy) {
  HealthRegistry health;
  EXPECT_EQ(health.status(), HealthStatus::kHealthy);
  double level = 50;
  ASSERT_TRUE(health.register_check("disk", [&] { return health_of_level(level, 100); }).ok());
  ASSERT_TRUE(health.register_check("net", [] { return HealthResult(); }).ok());
  EXPECT_EQ(health.status(), HealthStatus::kHealthy);
  level = 85;
  EXPECT_EQ(health.status(), HealthStatus::kDegraded);
  EXPECT_EQ(health.run("disk")->result.message, "85 of 100");
  ASSERT_TRUE(
      health.register_check("net", []() -> HealthResult { throw std::runtime_error("no route"); })
          .ok());
  const std::vector<CheckedHealth> all = health.run_all();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].name, "net");
  EXPECT_EQ(all[1].result.message, "no route");
  EXPECT_EQ(health.status(), HealthStatus::kUnhealthy);
  EXPECT_TRUE(health.unregister_check("net"));
  EXPECT_FALSE(health.unregister_check("net"));
  EXPECT_EQ(health.run("net").has_value(), false);
  EXPECT_TRUE(absl::IsInvalidArgument(health.register_check("", [] { return HealthResult(); })));
  EXPECT_TRUE(absl::IsInvalidArgument(health.register_check("a", {})));
}

TEST(Health, Row55_OfABusIsItsQueuesRingsAndLag) {
  TraceEventBus bus(manual_options());
  bus.subscribe([](const EventView&) {});
  EXPECT_EQ(bus_health(bus.stats()).status, HealthStatus::kHealthy);
  bus.emit({.event_type = "agent_start"});
  BusStats stats = bus.stats();
  const std::uint64_t rings = stats.ring_bytes;
  ASSERT_GT(rings, 0u);
  EXPECT_EQ(bus_health(stats, {.ring_budget_bytes = rings}).status, HealthStatus::kUnhealthy);
  EXPECT_EQ(bus_health(stats, {.ring_budget_bytes = rings + rings / 8}).status,
            HealthStatus::kDegraded);
  stats.lag_ns = 2'000'000'000;
  EXPECT_EQ(bus_health(stats).status, HealthStatus::kDegraded);
  stats.subscriptions.emplace_back();
  stats.subscriptions.back().name = "slow";
  stats.subscriptions.back().queue_bytes = kQueueBytesDefault;
  const HealthResult full = bus_health(stats);
  EXPECT_EQ(full.status, HealthStatus::kUnhealthy);
  EXPECT_NE(full.message.find("slow"), std::string::npos);
}

}  // namespace
}  // namespace tracebus
