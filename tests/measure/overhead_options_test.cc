// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/overhead_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

namespace tracebus {
namespace {

using ::testing::HasSubstr;

TEST(OverheadOptionsTest, DefaultsAreInRange) { EXPECT_TRUE(validate(OverheadOptions()).ok()); }

TEST(OverheadOptionsTest, WhatIsOutOfRangeIsNamed) {
  struct Case {
    const char* named;
    std::function<void(OverheadOptions&)> spoil;
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Case cases[] = {
      {"threads is 0", [](OverheadOptions& options) { options.threads = 0; }},
      {"threads is 257", [](OverheadOptions& options) { options.threads = 257; }},
      {"agents is 0", [](OverheadOptions& options) { options.agents = 0; }},
      {"agents is 1000001", [](OverheadOptions& options) { options.agents = 1'000'001; }},
      {"rate is -1", [](OverheadOptions& options) { options.rate = -1; }},
      {"rate is nan", [](OverheadOptions& options) { options.rate = kNan; }},
      {"seconds is 0", [](OverheadOptions& options) { options.seconds = 0; }},
      {"seconds is nan", [](OverheadOptions& options) { options.seconds = kNan; }},
      {"payload_bytes is 1048577",
       [](OverheadOptions& options) { options.payload_bytes = 1'048'577; }},
      {"flush_timeout_ms is 0", [](OverheadOptions& options) { options.flush_timeout_ms = 0; }},
      {"kManual", [](OverheadOptions& options) { options.bus.threading = Threading::kManual; }},
      {"queue_bytes_max", [](OverheadOptions& options) { options.exporter.queue_bytes_max = 1; }},
      {"dispatchers", [](OverheadOptions& options) { options.bus.dispatchers = 99; }},
  };
  for (const Case& one : cases) {
    OverheadOptions options;
    one.spoil(options);
    const absl::Status status = validate(options);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << one.named;
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.named));
  }
}

}  // namespace
}  // namespace tracebus
