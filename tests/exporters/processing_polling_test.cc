// SPDX-License-Identifier: Apache-2.0
//
// A bus without threads takes a chain if nothing in it blocks.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/console_exporter.h"
#include "tracebus/exporters/processing_exporter.h"
#include "tracebus/exporters/redacting_processor.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

class PollableExporter final : public Exporter {
 public:
  explicit PollableExporter(std::shared_ptr<std::size_t> seen) : seen_(std::move(seen)) {}
  std::string_view name() const noexcept override { return "pollable"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    *seen_ += batch.size();
    return ExportResult::ok();
  }
  bool non_blocking() const noexcept override { return true; }

 private:
  const std::shared_ptr<std::size_t> seen_;
};

TEST(ProcessingPolling, MayBePolledIfNothingInItBlocks) {
  TraceEventBus bus({.threading = Threading::kManual});
  const auto seen = std::make_shared<std::size_t>(0);
  const auto pollable = [&seen] { return std::make_unique<PollableExporter>(seen); };
  const auto harmless = [] { return chain_of(std::make_unique<RedactingProcessor>()); };
  const auto add = [&bus](std::vector<std::unique_ptr<Processor>> chain,
                          std::unique_ptr<Exporter> exporter) {
    return bus
        .add_exporter(std::make_unique<ProcessingExporter>(std::move(chain), std::move(exporter)))
        .ok();
  };
  EXPECT_FALSE(add(harmless(), std::make_unique<ConsoleExporter>()));
  EXPECT_FALSE(add(chain_of(std::make_unique<RedactingProcessor>(), stub(nullptr)), pollable()));
  ASSERT_TRUE(add(harmless(), pollable()));
  bus.emit({.event_type = "x"});
  ASSERT_TRUE(bus.flush(std::chrono::seconds(20)).ok());
  EXPECT_EQ(*seen, 1u);
}

}  // namespace
}  // namespace tracebus::testing
