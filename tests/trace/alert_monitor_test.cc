// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/alert_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/trace/manual_clock.h"
#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::manual_options;
using testing::ManualClock;

std::vector<std::string> names(const std::vector<Alert>& alerts) {
  std::vector<std::string> all;
  for (const Alert& alert : alerts) all.push_back(alert.rule_name);
  return all;
}

AlertRule rule(std::string name, double threshold,
               AlertComparator comparator = AlertComparator::kGt) {
  return {.name = std::move(name),
          .metric_name = "latency",
          .threshold = threshold,
          .comparator = comparator};
}

TEST(AlertMonitor, Row54_ComparatorsAreTheSeeds) {
  ManualClock clock;
  AlertMonitor alerts(&clock);
  for (const char* name : {"gt", "lt", "gte", "lte", "eq"}) {
    AlertRule made = rule(name, 2.0, *alert_comparator_called(name));
    made.cooldown_s = 0;
    ASSERT_TRUE(alerts.register_rule(made).ok());
  }
  EXPECT_THAT(names(alerts.evaluate("latency", 1.0)), ElementsAre("lt", "lte"));
  EXPECT_THAT(names(alerts.evaluate("latency", 2.0)), ElementsAre("gte", "lte", "eq"));
  EXPECT_THAT(names(alerts.evaluate("latency", 3.0)), ElementsAre("gt", "gte"));
  EXPECT_THAT(names(alerts.evaluate("latency", std::nan(""))), IsEmpty());
  EXPECT_THAT(names(alerts.evaluate("other", 3.0)), IsEmpty());
  EXPECT_EQ(alert_comparator_called("ne"), std::nullopt);
  EXPECT_EQ(alert_severity_called("critical"), AlertSeverity::kCritical);
}

// The seed's last-fired time begins at 0 of a clock that begins at the start of the machine.
TEST(AlertMonitor, Row54_FiresInTheFirstMomentOfUptime) {
  ManualClock clock(0.0);
  AlertMonitor alerts(&clock);
  ASSERT_TRUE(alerts.register_rule(rule("slow", 2.0)).ok());
  const std::vector<Alert> fired = alerts.evaluate("latency", 2.5);
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].rule_name, "slow");
  EXPECT_EQ(fired[0].metric_name, "latency");
  EXPECT_EQ(fired[0].metric_value, 2.5);
  EXPECT_EQ(fired[0].threshold, 2.0);
  EXPECT_EQ(fired[0].severity, AlertSeverity::kWarning);
  EXPECT_EQ(fired[0].timestamp, Timestamp::from_unix_ns(clock.unix_ns()));
}

TEST(AlertMonitor, Row54_IsSilentForItsCooldown) {
  ManualClock clock;
  AlertMonitor alerts(&clock);
  ASSERT_TRUE(alerts.register_rule(rule("slow", 2.0)).ok());
  EXPECT_EQ(alerts.rules()[0].cooldown_s, 300.0);
  EXPECT_EQ(alerts.evaluate("latency", 3).size(), 1u);
  clock.pass(299.5);
  EXPECT_THAT(alerts.evaluate("latency", 3), IsEmpty());
  EXPECT_EQ(alerts.stats().cooled_down, 1u);
  clock.pass(0.5);
  EXPECT_EQ(alerts.evaluate("latency", 3).size(), 1u);
  EXPECT_EQ(alerts.stats().fired, 2u);
}

TEST(AlertMonitor, Row54_ARuleThatIsRegisteredAnewHasNeverFired) {
  ManualClock clock;
  AlertMonitor alerts(&clock);
  ASSERT_TRUE(alerts.register_rule(rule("slow", 2.0)).ok());
  ASSERT_TRUE(alerts.register_rule(rule("slower", 4.0)).ok());
  EXPECT_THAT(names(alerts.evaluate("latency", 3)), ElementsAre("slow"));
  ASSERT_TRUE(alerts.register_rule(rule("slow", 2.5)).ok());
  EXPECT_THAT(names(alerts.evaluate("latency", 5)), ElementsAre("slow", "slower"));
  EXPECT_EQ(alerts.rules().size(), 2u);
  EXPECT_EQ(alerts.rules()[0].threshold, 2.5);
  EXPECT_TRUE(alerts.unregister_rule("slow"));
  EXPECT_FALSE(alerts.unregister_rule("slow"));
  alerts.clear();
  EXPECT_TRUE(alerts.rules().empty());
}

TEST(AlertMonitor, Row54_CallbacksAreIsolatedAndMayCallBack) {
  AlertMonitor alerts;
  std::vector<std::string> called;
  ASSERT_TRUE(alerts
                  .register_callback([&](const Alert&) {
                    called.push_back("first");
                    throw std::runtime_error("no");
                  })
                  .ok());
  ASSERT_TRUE(alerts
                  .register_callback([&](const Alert& alert) {
                    called.push_back(alert.rule_name);
                    alerts.unregister_rule(alert.rule_name);
                    EXPECT_THAT(alerts.evaluate("latency", 9), IsEmpty());
                  })
                  .ok());
  ASSERT_TRUE(alerts.register_rule(rule("slow", 2.0)).ok());
  alerts.evaluate("latency", 3);
  EXPECT_THAT(called, ElementsAre("first", "slow"));
  EXPECT_EQ(alerts.stats().callback_failures, 1u);
  EXPECT_TRUE(alerts.rules().empty());
}

TEST(AlertMonitor, Row54_RefusesRulesThatMeanNothingOrAreTooMany) {
  AlertMonitor alerts;
  EXPECT_TRUE(absl::IsInvalidArgument(alerts.register_rule(rule("", 1))));
  EXPECT_TRUE(absl::IsInvalidArgument(alerts.register_rule({.name = "a"})));
  EXPECT_TRUE(absl::IsInvalidArgument(alerts.register_rule(rule("a", std::nan("")))));
  AlertRule backwards = rule("a", 1);
  backwards.cooldown_s = -1;
  EXPECT_TRUE(absl::IsInvalidArgument(alerts.register_rule(backwards)));
  EXPECT_TRUE(absl::IsInvalidArgument(alerts.register_rule(rule(std::string(2000, 'n'), 1))));
  EXPECT_TRUE(absl::IsInvalidArgument(alerts.register_callback({})));
  for (std::size_t i = 0; i < AlertMonitor::kRulesMax; ++i) {
    ASSERT_TRUE(alerts.register_rule(rule(std::to_string(i), 1)).ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(alerts.register_rule(rule("more", 1))));
  EXPECT_TRUE(alerts.register_rule(rule("7", 2)).ok()) << "one that is there may be replaced";
  for (std::size_t i = 0; i < AlertMonitor::kCallbacksMax; ++i) {
    ASSERT_TRUE(alerts.register_callback([](const Alert&) {}).ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(alerts.register_callback([](const Alert&) {})));
}

TEST(AlertMonitor, Row54_EvaluatesMetrics) {
  Metrics metrics;
  MetricFamily* const calls = *metrics.add({.name = "calls"});
  MetricFamily* const times =
      *metrics.add({.name = "t", .kind = MetricKind::kHistogram, .bounds = {10, 100}});
  ManualClock clock;
  AlertMonitor alerts(&clock);
  ASSERT_TRUE(alerts.register_rule({.name = "many", .metric_name = "calls", .threshold = 2}).ok());
  ASSERT_TRUE(alerts.register_rule({.name = "slow", .metric_name = "t.p99", .threshold = 50}).ok());
  ASSERT_TRUE(
      alerts.register_rule({.name = "none", .metric_name = "nothing", .threshold = 0}).ok());
  EXPECT_THAT(alerts.evaluate(metrics), IsEmpty());
  calls->add({}, 3);
  times->record({}, 5);
  EXPECT_THAT(names(alerts.evaluate(metrics)), ElementsAre("many"));
  times->record({}, 60);
  EXPECT_THAT(names(alerts.evaluate(metrics)), ElementsAre("slow"));
}

TEST(AlertMonitor, Row54_WatchesEvents) {
  TraceEventBus bus(manual_options());
  AlertMonitor alerts;
  std::vector<std::string> called;
  ASSERT_TRUE(
      alerts.register_callback([&](const Alert& alert) { called.push_back(alert.rule_name); })
          .ok());
  ASSERT_TRUE(
      alerts
          .register_rule(
              {.name = "slow call", .metric_name = "llm_call_end.duration_ms", .threshold = 100})
          .ok());
  ASSERT_TRUE(alerts.register_rule({.name = "failed", .metric_name = "error"}).ok());
  const auto watching = alerts.watch(bus, Filter::types({"llm_call_end", "error"}));
  ASSERT_TRUE(watching.ok());
  bus.emit({.event_type = "llm_call_end", .payload = {{"duration_ms", 99.5}}});
  bus.emit({.event_type = "llm_call_end", .payload = {{"duration_ms", "500"}}});
  bus.emit({.event_type = "llm_call_error", .payload = {{"duration_ms", 500}}});
  (void)bus.poll();
  EXPECT_THAT(called, IsEmpty());
  bus.emit({.event_type = "llm_call_end", .payload = {{"duration_ms", 101}}});
  bus.emit({.event_type = "error"});
  (void)bus.poll();
  EXPECT_THAT(called, ElementsAre("slow call", "failed"));
}

// Oracle: of all threads together, one fires in each period.
TEST(AlertMonitor, Row54_ThreadsFireARuleOnce) {
  ManualClock clock(1000.0);
  AlertMonitor alerts(&clock);
  std::atomic<int> called{0};
  ASSERT_TRUE(alerts.register_callback([&](const Alert&) { ++called; }).ok());
  ASSERT_TRUE(alerts.register_rule(rule("slow", 2.0)).ok());
  for (int period = 1; period <= 20; ++period) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) alerts.evaluate("latency", 3.0);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(called, period);
    clock.pass(300.0);
  }
  const AlertStats stats = alerts.stats();
  EXPECT_EQ(stats.fired, 20u);
  EXPECT_EQ(stats.fired + stats.cooled_down, 20u * 4 * 20);
}

TEST(AlertMonitor, Row54_TypesOfEventsMayHaveDots) {
  TraceEventBus bus(manual_options());
  AlertMonitor alerts;
  const auto watching = alerts.watch(bus);
  ASSERT_TRUE(watching.ok());
  ASSERT_TRUE(alerts.register_rule({.name = "type", .metric_name = "disk.full"}).ok());
  ASSERT_TRUE(alerts.register_rule({.name = "attribute", .metric_name = "disk.full.used.gb"}).ok());
  bus.emit({.event_type = "disk", .payload = {{"full", 1}}});
  (void)bus.poll();
  EXPECT_EQ(alerts.stats().fired, 1u) << "\"disk.full\" is an attribute as well";
  bus.emit({.event_type = "disk.full", .payload = {{"used.gb", 5}}});
  (void)bus.poll();
  EXPECT_EQ(alerts.stats().fired, 2u);
  EXPECT_EQ(alerts.stats().cooled_down, 1u);
}

TEST(AlertMonitor, Row54_RulesThatComeAndGoAreSeenByTheEventsAfter) {
  TraceEventBus bus(manual_options());
  AlertMonitor alerts;
  const auto watching = alerts.watch(bus);
  ASSERT_TRUE(watching.ok());
  const auto fired = [&] {
    bus.emit({.event_type = "error"});
    (void)bus.poll();
    return alerts.stats().fired;
  };
  EXPECT_EQ(fired(), 0u);
  ASSERT_TRUE(
      alerts.register_rule({.name = "r", .metric_name = "agent_end", .cooldown_s = 0}).ok());
  EXPECT_EQ(fired(), 0u);
  ASSERT_TRUE(alerts.register_rule({.name = "r", .metric_name = "error", .cooldown_s = 0}).ok());
  EXPECT_EQ(fired(), 1u) << "the rule in the other's place";
  ASSERT_TRUE(alerts.unregister_rule("r"));
  EXPECT_EQ(fired(), 1u);
  ASSERT_TRUE(alerts.register_rule({.name = "s", .metric_name = "error", .cooldown_s = 0}).ok());
  EXPECT_EQ(fired(), 2u);
  alerts.clear();
  EXPECT_EQ(fired(), 2u);
}

// Oracle: the rule about errors is there all the time, so it fires for each, whatever rules about
// other types come and go beside it.
TEST(AlertMonitor, Row54_EventsAndChangesOfRulesMayMeet) {
  TraceEventBus bus;
  AlertMonitor alerts;
  CallbackOptions block;
  block.run_on = RunOn::kOwnWorker;
  block.overflow = Overflow::kBlock;
  block.block_timeout_ms = 20'000;
  const auto watching = alerts.watch(bus, Filter(), block);
  ASSERT_TRUE(watching.ok());
  ASSERT_TRUE(alerts.register_rule({.name = "all", .metric_name = "error", .cooldown_s = 0}).ok());
  std::atomic<bool> done{false};
  std::thread changes([&] {
    for (int i = 0; !done; i = (i + 1) % 100) {
      const std::string name = "rule " + std::to_string(i);
      EXPECT_TRUE(alerts.register_rule({.name = name, .metric_name = "other." + name}).ok());
      EXPECT_TRUE(alerts.unregister_rule(name));
    }
  });
  constexpr std::uint64_t kEvents = 2000;
  for (std::uint64_t i = 0; i < kEvents; ++i) {
    EXPECT_EQ(bus.emit({.event_type = "error"}), EmitResult::kAccepted);
    EXPECT_EQ(bus.emit({.event_type = "unwatched"}), EmitResult::kAccepted);
  }
  EXPECT_TRUE(bus.flush(std::chrono::seconds(20)).ok());
  done = true;
  changes.join();
  EXPECT_EQ(alerts.stats().fired, kEvents);
}

}  // namespace
}  // namespace tracebus
