// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/viewer/viewer_file_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/render/folded_stacks.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::testing {
namespace {

using std::chrono_literals::operator""s;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A run of so many agents beside each other.
void emit_run(TraceEventBus& bus, int agents) {
  Tracer tracer(bus, {.service_name = "shop"});
  auto run = tracer.pattern("debate");
  for (int i = 0; i < agents; ++i) const Span agent = tracer.agent("agent-" + std::to_string(i));
}

TEST(ViewerFileExporter, AFlushReplacesTheFileByAllThatHappened) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  ASSERT_TRUE(
      bus.add_exporter(*ViewerFileExporter::open(folder.file("a.json"), TraceFormat::kChrome))
          .ok());
  emit_run(bus, 1);
  ASSERT_TRUE(bus.flush(20s).ok());
  const std::string first = read_file(folder.file("a.json"));
  EXPECT_THAT(first, HasSubstr(R"("name":"agent-0")"));
  EXPECT_THAT(first, HasSubstr(R"("name":"process_name","pid":1,"args":{"name":"shop"})"));
  emit_run(bus, 2);
  ASSERT_TRUE(bus.shutdown(20s).ok());
  const std::string second = read_file(folder.file("a.json"));
  EXPECT_THAT(second, HasSubstr(R"("name":"agent-1")"));
  EXPECT_GT(second.size(), 2 * first.size());
}

TEST(ViewerFileExporter, WhatMemoryHasNoRoomForIsCountedAsFailed) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  const auto id = bus.add_exporter(*ViewerFileExporter::open(
      folder.file("a.folded"), TraceFormat::kFolded, {.bytes_max = 20'000}));
  emit_run(bus, 1000);
  ASSERT_TRUE(bus.flush(20s).ok());
  const BusStats stats = bus.stats();
  const SubscriptionStats& own = stats.subscriptions.front();
  EXPECT_GT(own.delivered, 20u);
  EXPECT_GT(own.dropped[static_cast<std::size_t>(DropReason::kExportFailed)], 1000u);
  EXPECT_EQ(own.matched,
            own.delivered + own.dropped[static_cast<std::size_t>(DropReason::kExportFailed)]);
  EXPECT_THAT(own.last_error, HasSubstr("which is the limit"));
  EXPECT_THAT(read_file(folder.file("a.folded")), HasSubstr("debate;agent-0 "));
}

TEST(ViewerFileExporter, AFileThatCannotBeReplacedFailsTheFlushAndIsTriedAgain) {
  const TemporaryFolder folder;
  FaultyFileSystem disk;
  auto exporter =
      *ViewerFileExporter::open(folder.file("a"), TraceFormat::kFolded, {.file_system = &disk});
  const std::string path = folder.file("a");
  TraceEventBus bus;
  ASSERT_TRUE(bus.add_exporter(std::move(exporter)).ok());
  emit_run(bus, 1);
  disk.inject({.at_call = 1, .call = Call::kRename, .error = EACCES});
  EXPECT_FALSE(bus.flush(20s).ok());
  EXPECT_EQ(read_file(path), "");
  EXPECT_TRUE(bus.flush(20s).ok());
  EXPECT_THAT(read_file(path), StartsWith("debate"));
}

TEST(ViewerFileExporter, APathThatCannotBeWrittenIsAnErrorAtOnce) {
  const TemporaryFolder folder;
  write_file(folder.file("file"), "");
  const auto opened = ViewerFileExporter::open(folder.file("file") + "/a", TraceFormat::kJaeger);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(std::string(opened.status().message()), HasSubstr(folder.file("file")));
  EXPECT_FALSE(ViewerFileExporter::open("", TraceFormat::kJaeger).ok());
}

TEST(ViewerFileExporter, SpecsNameTheFormats) {
  const TemporaryFolder folder;
  ExporterFactory factory = ExporterFactory::with_builtin();
  add_viewer_files(factory);
  for (const std::string name :
       {"chrome", "folded", "folded-cost", "folded-tokens", "jaeger-file", "perfetto"}) {
    const auto made = factory.make(name + ":" + folder.file(name));
    EXPECT_TRUE(made.ok()) << made.status();
    EXPECT_FALSE(factory.make(name).ok());
  }
}

}  // namespace
}  // namespace tracebus::testing
