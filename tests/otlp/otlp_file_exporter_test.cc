// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_file_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <cstdio>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/otlp/json_peer.h"
#include "tracebus/tests/otlp/span_maker.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

namespace otlp = tests::otlp;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Resource swarm() {
  Resource resource;
  resource.set("service.name", "swarm");
  return resource;
}

std::vector<std::string> lines_of_file(const std::string& path) {
  std::vector<std::string> lines;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  for (const std::string& line : lines_of_file(path)) {
    const auto message = read_otlp_json<otlp::TracesData>(line);
    for (const auto& span : message.resource_spans(0).scope_spans(0).spans()) {
      names.push_back(span.name());
    }
  }
  return names;
}

class OtlpFileExporterTest : public ::testing::Test {
 protected:
  std::unique_ptr<OtlpFileExporter> open(OtlpFileOptions options) {
    options.resource = swarm();
    auto opened = OtlpFileExporter::open(path_, std::move(options));
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("spans.jsonl");
};

TEST_F(OtlpFileExporterTest, ABatchIsALineAndWhatIsNoSpanIsCounted) {
  BuiltBatch events;
  events.add(numbered_span(1, "a"));
  events.add({.event_type = "routing_decision"});
  events.add(numbered_span(2, "b"));
  const auto exporter = open({});
  EXPECT_EQ(exporter->name(), "otlp-file:" + path_);
  for (int i = 0; i < 2; ++i) {
    const ExportResult result = exporter->export_batch(events.batch(), in_a_second());
    EXPECT_EQ(result.processed, 1u);
    EXPECT_EQ(result.lost(), 1u);
  }
  EXPECT_TRUE(exporter->shutdown({}).ok());
  EXPECT_EQ(lines_of_file(path_).size(), 2u);
  EXPECT_THAT(names_in(path_), ElementsAre("chat a", "chat b", "chat a", "chat b"));
}

TEST_F(OtlpFileExporterTest, ABatchWithoutSpansWritesNothing) {
  BuiltBatch events;
  events.add({.event_type = "routing_decision"});
  const auto exporter = open({});
  EXPECT_EQ(exporter->export_batch(events.batch(), in_a_second()).processed, 1u);
  EXPECT_THAT(lines_of_file(path_), IsEmpty()) << "OTLP: no empty envelopes";
}

TEST_F(OtlpFileExporterTest, LinesAreBoundedAndAHugeSpanSinksNoNeighbour) {
  const std::string long_name(1000, 'n');
  const std::string huge_name(5000, 'h');
  BuiltBatch events;
  for (std::uint64_t i = 1; i < 20; ++i) {
    events.add(numbered_span(i, i == 10 ? huge_name : long_name));
  }
  const auto exporter = open({.line_bytes_max = 4000});
  const ExportResult result = exporter->export_batch(events.batch(), in_a_second());
  EXPECT_EQ(result.failed, 1u);
  EXPECT_EQ(result.lost(), 1u);
  EXPECT_EQ(names_in(path_).size(), 18u);
  EXPECT_EQ(lines_of_file(path_).size(), 6u) << "9 and 9 spans, of which a line holds 3";
}

TEST_F(OtlpFileExporterTest, SpansOfLinesThatWereNotWrittenAreCountedAsFailed) {
  BuiltBatch events;
  const std::string name(1000, 'n');
  for (std::uint64_t i = 1; i < 10; ++i) events.add(numbered_span(i, name));
  FaultyFileSystem faulty;
  const auto exporter = open({.file = {.file_system = &faulty}, .line_bytes_max = 4000});
  faulty.inject({.at_call = 1, .call = Call::kWrite, .error = ENOSPC, .is_short_write = true});
  const ExportResult result = exporter->export_batch(events.batch(), in_a_second());
  EXPECT_EQ(result.failed + names_in(path_).size(), 9u);
  EXPECT_GT(result.failed, 0u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("space"));
  EXPECT_EQ(exporter->export_batch(events.batch(), in_a_second()).failed, 0u);
}

TEST_F(OtlpFileExporterTest, TheSpecNamesTheFile) {
  ExporterFactory factory;
  add_otlp_file_exporter(factory);
  EXPECT_TRUE(factory.make("otlp-file:" + path_).ok());
  EXPECT_FALSE(factory.make("otlp-file").ok());
  EXPECT_EQ(factory.make("otlp-file:/proc/none/x").status().code(),
            OtlpFileExporter::open("/proc/none/x").status().code());
}

TEST_F(OtlpFileExporterTest, LogRecordsHaveAFileOfTheirOwn) {
  ExporterFactory factory;
  add_otlp_file_exporter(factory);
  const auto exporter = factory.make("otlp-logs-file:" + path_);
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  EXPECT_EQ((*exporter)->name(), "otlp-logs-file:" + path_);
  BuiltBatch events;
  events.add(numbered_span(1, "a"));
  events.add({.event_type = "routing_decision", .payload = {{"message", "cheap"}}});
  const ExportResult result = (*exporter)->export_batch(events.batch(), in_a_second());
  EXPECT_EQ(result.processed, 1u);
  EXPECT_EQ(result.lost(), 1u);
  ASSERT_EQ(lines_of_file(path_).size(), 1u);
  const auto message = read_otlp_json<otlp::LogsData>(lines_of_file(path_)[0]);
  EXPECT_EQ(message.resource_logs(0).scope_logs(0).log_records(0).body().string_value(), "cheap");
}

TEST_F(OtlpFileExporterTest, Row16_ForeignStartsAndEndsBecomeSpansByTheSpec) {
  ExporterFactory factory;
  add_otlp_file_exporter(factory);
  const auto exporter = factory.make("otlp-file:" + path_);
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  EventMaker events;
  events.add({.timestamp = Timestamp{1'749'479'521, 0},
              .event_type = "llm_call_start",
              .agent_name = "bull",
              .payload = {{"model", "gpt-4o"}}});
  events.add({.timestamp = Timestamp{1'749'479'522, 0},
              .event_type = "llm_call_end",
              .agent_name = "bull",
              .payload = {{"output_tokens", 7}}});
  const ExportResult result = (*exporter)->export_batch(events.batch(), in_a_second());
  EXPECT_EQ(result.processed, 1u);
  EXPECT_EQ(result.lost(), 1u);
  ASSERT_EQ(lines_of_file(path_).size(), 1u);
  const auto message = read_otlp_json<otlp::TracesData>(lines_of_file(path_)[0]);
  const otlp::Span& span = message.resource_spans(0).scope_spans(0).spans(0);
  EXPECT_EQ(span.name(), "chat gpt-4o");
  EXPECT_EQ(span.start_time_unix_nano(), 1'749'479'521'000'000'000u);
  EXPECT_EQ(span.end_time_unix_nano(), 1'749'479'522'000'000'000u);
  EXPECT_EQ(span.status().code(), 1) << "OK";
}

std::string output_of(const std::string& command, int& status) {
  std::string out;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) out += static_cast<char>(c);
  status = pclose(pipe);
  return out;
}

// Python's JSON reader, and a script that knows the specification but not us.
TEST_F(OtlpFileExporterTest, AStrictReaderInAnotherLanguageReadsEveryField) {
  BuiltBatch events;
  TraceEvent event = numbered_span(0x0102, "caf\xc3\xa9");
  event.ids.parent_span_id = event.ids.span_id;
  event.payload.add("input_tokens", 450);
  event.payload.add("share", 0.5);
  event.payload.add("over", std::numeric_limits<double>::infinity());
  event.payload.add("bad", "\xff\n");
  event.payload.add("list", Value::array({true, nullptr, Value::object({{"k", -1}})}));
  event.payload.add("span.events",
                    Value::array({Value::object({{"name", "retry"}, {"offset_ns", 5}})}));
  events.add(event);
  events.add(numbered_span(3, "plain"));
  open({})->export_batch(events.batch(), in_a_second());
  int status = -1;
  const std::string out = output_of(
      "python3 '" TRACEBUS_SOURCE_DIR "/tests/otlp/check_otlp_lines.py' '" + path_ + "' 2>&1",
      status);
  EXPECT_EQ(status, 0) << out;
  EXPECT_EQ(out,
            "swarm tracebus ab000000000000000201000000000000 ab00000002010000 chat caf\xc3\xa9 3 "
            "1749479520998500000 1749479521000000000 1 {\"bad\": \"\\ufffd\\n\", "
            "\"gen_ai.agent.name\": \"bull\", \"gen_ai.operation.name\": \"chat\", "
            "\"gen_ai.usage.input_tokens\": 450, \"gen_ai.workflow.name\": \"debate\", "
            "\"list\": [true, null, [[\"k\", -1]]], \"over\": Infinity, \"share\": 0.5}\n"
            "swarm tracebus ab000000000000000300000000000000 ab00000003000000 chat plain 3 "
            "1749479520998500000 1749479521000000000 1 {\"gen_ai.agent.name\": \"bull\", "
            "\"gen_ai.operation.name\": \"chat\", \"gen_ai.workflow.name\": \"debate\"}\n");
}

}  // namespace
}  // namespace tracebus::testing
