// SPDX-License-Identifier: Apache-2.0
//
// Options out of range: named with their value and range, and without effect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void expect_names(const absl::Status& status, const std::string& option, const std::string& value,
                  const std::string& range) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(option), HasSubstr(value), HasSubstr(range)));
}

TEST(OptionsTest, BusOptionsOutOfRangeNameOptionValueAndRange) {
  expect_names(TraceEventBus::create({.ring_bytes = 0}).status(), "ring_bytes is 0", "4096",
               "67108864");
  expect_names(TraceEventBus::create({.ring_bytes = 5000}).status(), "ring_bytes is 5000",
               "power of two", "");
  expect_names(TraceEventBus::create({.callback_queue_bytes_max = 1}).status(),
               "callback_queue_bytes_max is 1", "4096", "17179869184");
  expect_names(TraceEventBus::create({.shutdown_timeout_ms = -1}).status(),
               "shutdown_timeout_ms is -1", "from 0", "3600000");
}

TEST(OptionsTest, RingBytesMaxIsAPowerOfTwoFromRingBytes) {
  expect_names(validate(BusOptions{.ring_bytes = 8192, .ring_bytes_max = 4096}),
               "BusOptions.ring_bytes_max is 4096", "a power of two from 8192 to 67108864",
               "BusOptions.ring_bytes is 8192");
  expect_names(validate(BusOptions{.ring_bytes = kRingBytesMax}), "ring_bytes_max is 4194304",
               "from 67108864 to 67108864", "ring_bytes is 67108864");
  expect_names(validate(BusOptions{.ring_bytes_max = (1 << 20) + 8}), "ring_bytes_max is 1048584",
               "power of two", "67108864");
  expect_names(validate(BusOptions{.ring_bytes_max = 2 * kRingBytesMax}), "ring_bytes_max",
               "134217728", "67108864");
  EXPECT_TRUE(validate(BusOptions{.ring_bytes = 4096, .ring_bytes_max = 4096}).ok());
  EXPECT_TRUE(validate(BusOptions{.ring_bytes_max = kRingBytesMax}).ok());
}

TEST(OptionsTest, RingBudgetHoldsOneRingAtLeast) {
  expect_names(validate(BusOptions{.ring_bytes = 65536, .ring_budget_bytes = 65535}),
               "BusOptions.ring_budget_bytes is 65535", "from 65536 to 1099511627776",
               "ring_bytes is 65536");
  expect_names(validate(BusOptions{.ring_budget_bytes = kRingBudgetMax + 1}), "ring_budget_bytes",
               "1099511627777", "1099511627776");
  EXPECT_TRUE(validate(BusOptions{.ring_bytes = 65536, .ring_budget_bytes = 65536}).ok());
  EXPECT_TRUE(validate(BusOptions{.ring_budget_bytes = kRingBudgetMax}).ok());
}

TEST(OptionsTest, LargeBytesMayBeNone) {
  expect_names(validate(BusOptions{.large_bytes_max = kLargeBytesMax + 1}),
               "BusOptions.large_bytes_max is 4294967297", "from 0 to 4294967296", "");
  EXPECT_TRUE(validate(BusOptions{.large_bytes_max = 0}).ok());
  EXPECT_TRUE(validate(BusOptions{.large_bytes_max = kLargeBytesMax}).ok());
}

TEST(OptionsTest, StatsIntervalIsAnHourAtMost) {
  expect_names(validate(BusOptions{.stats_interval_ms = -1}), "BusOptions.stats_interval_ms is -1",
               "from 0 to 3600000", "");
  expect_names(validate(BusOptions{.stats_interval_ms = 3600001}), "stats_interval_ms is 3600001",
               "from 0 to 3600000", "");
  EXPECT_TRUE(validate(BusOptions{.stats_interval_ms = 3600000}).ok());
}

TEST(OptionsTest, ThreadOptionsOutOfRangeNameTheThreadAndTheElement) {
  expect_names(validate(BusOptions{.dispatcher_thread = {.cpus = {0, 1024}}}),
               "BusOptions.dispatcher_thread.cpus[1] is 1024", "from 0 to 1023", "");
  expect_names(validate(BusOptions{.worker_threads = {.cpus = {-1}}}),
               "BusOptions.worker_threads.cpus[0] is -1", "from 0 to 1023", "");
  expect_names(validate(BusOptions{.dispatcher_thread = {.nice = -21}}),
               "BusOptions.dispatcher_thread.nice is -21", "from -20 to 19", "");
  expect_names(validate(BusOptions{.worker_threads = {.nice = 20}}),
               "BusOptions.worker_threads.nice is 20", "from -20 to 19", "");
  EXPECT_TRUE(validate(BusOptions{.dispatcher_thread = {.cpus = {0, 1023}, .nice = -20},
                                  .worker_threads = {.nice = 19}})
                  .ok());
}

TEST(OptionsTest, TooManyDispatchersNameTheOptionThatTheirNumberFollowsFrom) {
  expect_names(validate(BusOptions{.dispatchers = 0}), "BusOptions.dispatchers is 0",
               "from 1 to 16", "");
  expect_names(validate(BusOptions{.dispatchers = 17}), "BusOptions.dispatchers is 17",
               "from 1 to 16", "");
  expect_names(validate(BusOptions{.threading = Threading::kManual, .dispatchers = 2}),
               "from 1 to 1,", "threading is manual", "");
  BusOptions few_rings{.ring_bytes = 4096, .ring_bytes_max = 4096, .ring_budget_bytes = 4 * 4096};
  BusOptions few_queues{.callback_queue_bytes_max = 3 * kQueueBytesMin + 1};
  few_rings.dispatchers = 5;
  few_queues.dispatchers = 4;
  expect_names(validate(few_rings), "from 1 to 4,", "BusOptions.ring_budget_bytes", "ring_bytes ");
  expect_names(validate(few_queues), "from 1 to 3,", "BusOptions.callback_queue_bytes_max", "");
  few_rings.dispatchers = 4;
  few_queues.dispatchers = 3;
  EXPECT_EQ(validate(few_rings), absl::OkStatus());
  EXPECT_EQ(validate(few_queues), absl::OkStatus());
}

TEST(OptionsTest, CallbacksThatBlockAreRefusedWithoutThreads) {
  expect_names(
      validate(BusOptions{.callback_overflow = Overflow::kBlock, .threading = Threading::kManual}),
      "BusOptions.callback_overflow is block", "drop_newest or drop_oldest", "threading is manual");
  EXPECT_TRUE(validate(BusOptions{.callback_overflow = Overflow::kBlock}).ok());
  EXPECT_TRUE(validate(BusOptions{.callback_overflow = Overflow::kDropOldest,
                                  .threading = Threading::kManual})
                  .ok());
}

TEST(OptionsTest, HugePagesAreNotForAnArenaOfOnesOwn) {
  expect_names(validate(BusOptions{.pages = Pages::kHuge, .arena = &anonymous_arena()}),
               "BusOptions.pages is huge", "prepared or first_touch", "BusOptions.arena is set");
  EXPECT_TRUE(validate(BusOptions{.pages = Pages::kFirstTouch, .arena = &anonymous_arena()}).ok());
  EXPECT_TRUE(validate(BusOptions{.pages = Pages::kHuge}).ok());
}

TEST(OptionsTest, ValuesThatAreNoEnumeratorsAreRefused) {
  expect_names(validate(BusOptions{.threading = static_cast<Threading>(9)}),
               "BusOptions.threading is 9", "threads or manual", "");
  expect_names(validate(BusOptions{.callback_overflow = static_cast<Overflow>(9)}),
               "BusOptions.callback_overflow is 9", "drop_newest, drop_oldest or block", "");
  expect_names(validate(ExporterOptions{.overflow = static_cast<Overflow>(3)}),
               "ExporterOptions.overflow is 3", "drop_newest, drop_oldest or block", "");
  expect_names(validate(CallbackOptions{.run_on = static_cast<RunOn>(3)}),
               "CallbackOptions.run_on is 3", "shared_worker, own_worker or dispatcher", "");
  expect_names(validate(CallbackOptions{.overflow = static_cast<Overflow>(255)}),
               "CallbackOptions.overflow is 255", "drop_newest, drop_oldest or block", "");
}

TEST(OptionsTest, BlockTimeoutsAreFromAMillisecondToAnHour) {
  for (const std::int64_t timeout : {std::int64_t{0}, std::int64_t{3600001}, INT64_MIN}) {
    const std::string value = std::to_string(timeout);
    expect_names(validate(ExporterOptions{.block_timeout_ms = timeout}),
                 "ExporterOptions.block_timeout_ms is " + value, "from 1 to 3600000", "");
    expect_names(validate(CallbackOptions{.block_timeout_ms = timeout}),
                 "CallbackOptions.block_timeout_ms is " + value, "from 1 to 3600000", "");
  }
  for (const std::int64_t timeout : {std::int64_t{1}, std::int64_t{3600000}}) {
    EXPECT_TRUE(validate(ExporterOptions{.block_timeout_ms = timeout}).ok());
    EXPECT_TRUE(validate(CallbackOptions{.block_timeout_ms = timeout}).ok());
  }
}

TEST(OptionsTest, DefaultsAreValid) {
  EXPECT_TRUE(validate(BusOptions{}).ok());
  EXPECT_TRUE(validate(ExporterOptions{}).ok());
  EXPECT_TRUE(validate(CallbackOptions{}).ok());
}

TEST(OptionsTest, BusWithRefusedOptionsRunsOnDefaultsAndSaysSo) {
  TraceEventBus bus({.ring_bytes = 1});
  EXPECT_EQ(bus.status().code(), absl::StatusCode::kInvalidArgument);
  std::atomic<int> calls = 0;
  bus.subscribe([&](const EventView&) { ++calls; });
  EXPECT_EQ(emit_number(bus, 1), EmitResult::kAccepted);
  EXPECT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(calls, 1);
}

TEST(OptionsTest, ExporterOptionsOutOfRangeNameOptionValueAndRange) {
  TraceEventBus bus;
  const auto refused = [&](const ExporterOptions& options) {
    return bus.add_exporter(exporter_of({}), options).status();
  };
  expect_names(refused({.batch = {.events_max = 0}}), "batch.events_max is 0", "from 1", "65536");
  expect_names(refused({.batch = {.events_max = 65537}}), "batch.events_max is 65537", "from 1",
               "65536");
  expect_names(refused({.batch = {.bytes_max = 0}}), "batch.bytes_max is 0", "from 1", "");
  expect_names(refused({.batch = {.delay_ms_max = -5}}), "batch.delay_ms_max is -5", "from 0",
               "3600000");
  expect_names(refused({.queue_bytes_max = 4095}), "queue_bytes_max is 4095", "4096",
               "17179869184");
  expect_names(refused({.export_timeout_ms = 0}), "export_timeout_ms is 0", "from 1", "86400000");
  EXPECT_TRUE(bus.stats().subscriptions.empty());
}

TEST(OptionsTest, CallbackOptionsOutOfRangeNameOptionValueAndRange) {
  TraceEventBus bus;
  expect_names(bus.subscribe([](const EventView&) {}, {.queue_bytes_max = 0}).status(),
               "queue_bytes_max is 0", "4096", "17179869184");
}

TEST(OptionsTest, NothingToCallIsRefused) {
  TraceEventBus bus;
  EXPECT_EQ(bus.subscribe(EventCallback(), CallbackOptions{}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(bus.subscribe(EventCallback()));
  EXPECT_EQ(bus.add_exporter(std::unique_ptr<Exporter>()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(OptionsTest, EndlessTimeoutsDoNotOverflow) {
  TraceEventBus bus;
  bus.subscribe([](const EventView&) {});
  emit_number(bus, 1);
  EXPECT_TRUE(bus.flush(std::chrono::milliseconds::max()).ok());
  EXPECT_TRUE(bus.shutdown(std::chrono::milliseconds::max()).ok());
}

TEST(OptionsTest, NegativeTimeoutsDoNotWait) {
  TraceEventBus bus;
  const SubscriptionId id = bus.subscribe([](const EventView&) {});
  bus.flush(std::chrono::milliseconds::min()).IgnoreError();
  EXPECT_TRUE(bus.unsubscribe(id, std::chrono::milliseconds(-1)));
}

}  // namespace
}  // namespace tracebus::testing
