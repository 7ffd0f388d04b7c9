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
  EXPECT_EQ(bus.add_exporter(nullptr).status().code(), absl::StatusCode::kInvalidArgument);
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
