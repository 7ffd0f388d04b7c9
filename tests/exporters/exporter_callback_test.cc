// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/exporter_callback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

// The seed's own example: posts the errors somewhere, and nothing else.
class AlertExporter final : public Exporter {
 public:
  std::string_view name() const noexcept override { return "alert"; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override {
    EXPECT_GT(context.deadline, std::chrono::steady_clock::now());
    for (const EventView& event : batch) {
      if (is_down) return ExportResult::failure(batch.size());
      posted.emplace_back(event.find("message")->as_string());
    }
    first_numbers.push_back(batch.first_number);
    return ExportResult::ok();
  }
  std::string_view last_error() const noexcept override { return is_down ? "is down" : ""; }

  bool is_down = false;
  std::vector<std::string> posted;
  std::vector<std::uint64_t> first_numbers;
};

EventMaker errors() {
  EventMaker maker;
  maker.add({.event_type = "error", .payload = {{"message", "first"}}});
  maker.add({.event_type = "error", .payload = {{"message", "second"}}});
  return maker;
}

TEST(Row13ExporterProtocol, AnyExporterIsAPlainCallback) {
  const auto alerts = std::make_shared<AlertExporter>();
  const std::function<void(const EventView&)> callback = as_callback(alerts);
  const std::function<void(const EventView&)> copy = callback;
  EventMaker maker = errors();
  callback(maker.batch().events[0]);
  copy(maker.batch().events[1]);
  EXPECT_THAT(alerts->posted, ElementsAre("first", "second"));
  EXPECT_THAT(alerts->first_numbers, ElementsAre(1, 2));
}

TEST(Row13ExporterProtocol, FailedExportOfACallbackIsThrownToTheBus) {
  const auto alerts = std::make_shared<AlertExporter>();
  alerts->is_down = true;
  EventMaker maker = errors();
  try {
    as_callback(alerts)(maker.batch().events[0]);
    FAIL() << "nothing thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "alert: is down");
  }
}

TEST(Row20CustomExporter, OneMethodAndANameMakeAnExporter) {
  AlertExporter alerts;
  EventMaker maker = errors();
  EXPECT_EQ(alerts.export_batch(maker.batch(), in_a_second()).failed, 0u);
  EXPECT_TRUE(alerts.flush({}).ok());
  EXPECT_TRUE(alerts.shutdown({}).ok());
  EXPECT_THAT(alerts.posted, ElementsAre("first", "second"));
}

}  // namespace
}  // namespace tracebus::testing
