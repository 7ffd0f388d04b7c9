// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recording_bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/exporters/faulty_file_system.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/trace/replay_recording.h"

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kLong;
using testing::lines_of;
using ::testing::Not;
using testing::read_file;
using ::testing::SizeIs;
using testing::TemporaryFolder;

std::unique_ptr<BusRecording> started(TraceEventBus& bus, const std::string& path,
                                      BusRecordingOptions options = {}) {
  auto recording = BusRecording::start(bus, path, std::move(options));
  EXPECT_TRUE(recording.ok()) << recording.status();
  return recording.ok() ? *std::move(recording) : nullptr;
}

Recording loaded(const std::string& path) {
  absl::StatusOr<Recording> recording = load_recording(path);
  EXPECT_TRUE(recording.ok()) << recording.status();
  return recording.ok() ? *std::move(recording) : Recording();
}

void emit(TraceEventBus& bus, std::string_view type, std::string_view run, Payload payload,
          std::string_view agent = "bull") {
  ASSERT_EQ(bus.emit({.timestamp = Timestamp{1749479521, 243439700},
                      .event_type = type,
                      .agent_name = agent,
                      .pattern_type = type.starts_with("pattern") ? "debate" : "",
                      .payload = std::move(payload),
                      .foreign_ids = {.run_id = run}}),
            EmitResult::kAccepted);
}

void emit_call(TraceEventBus& bus, std::string_view run, std::string_view question,
               std::string_view answer) {
  emit(bus, "llm_call_start", run, {{"messages", question}, {"model", "m"}});
  emit(bus, "llm_call_end", run,
       {{"response", answer}, {"input_tokens", 450}, {"duration_ms", 2.5}});
}

void emit_run(TraceEventBus& bus, std::string_view run) {
  emit(bus, "pattern_start", run, {{"workflow", "main"}}, "");
  emit_call(bus, run, "why", "because");
  emit(bus, "pattern_end", run, {{"result_output", "Buy"}}, "");
}

// What the recorder is granted, the exporter beside it does not see.
TEST(BusRecording, Row47_AsksForContentForItselfAlone) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  auto beside = JsonlExporter::open(folder.file("beside.jsonl"));
  ASSERT_TRUE(bus.add_exporter(*std::move(beside)).ok());
  const auto recording = started(bus, folder.file("runs.jsonl"));
  emit_call(bus, "r", "a secret question", "a secret answer");
  ASSERT_TRUE(recording->stop(kLong).ok());
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(read_file(folder.file("beside.jsonl")), Not(HasSubstr("secret")));
  EXPECT_THAT(lines_of(read_file(folder.file("beside.jsonl"))), SizeIs(2));
  const Recording read = loaded(folder.file("runs.jsonl"));
  ASSERT_THAT(read.entries, SizeIs(2));
  EXPECT_EQ(read.entries[0].messages,
            (std::vector<RecordedMessage>{{"user", "a secret question"}}));
  EXPECT_EQ(read.entries[1].response, "a secret answer");
  EXPECT_EQ(read.entries[1].run_id, "r");
}

TEST(BusRecording, Row15_EventsAreTheSeedExportersLines) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  const auto recording =
      started(bus, folder.file("runs.jsonl"), {.recording = {.format = RecordingFormat::kEvents}});
  emit(bus, "llm_call", "r",
       {{"model", "x"}, {"round", 1}, {"model", "m"}, {"text", "\u20ac"}, {"none", nullptr}});
  ASSERT_TRUE(recording->stop(kLong).ok());
  EXPECT_EQ(read_file(folder.file("runs.jsonl")),
            R"({"timestamp": 1749479521.2434397, "event_type": "llm_call", "agent_name": "bull", )"
            R"("pattern_type": "", "payload": {"model": "m", "round": 1, "text": "\u20ac", )"
            R"("none": null}})"
            "\n");
}

TEST(BusRecording, Row47_CallsAreTheSeedRecordersLines) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  const auto recording = started(bus, folder.file("runs.jsonl"),
                                 {.recording = {.format = RecordingFormat::kRecorder}});
  emit_run(bus, "r");
  ASSERT_TRUE(recording->stop(kLong).ok());
  EXPECT_THAT(
      lines_of(read_file(folder.file("runs.jsonl"))),
      ElementsAre(
          R"({"timestamp": 1749479521.2434397, "event_type": "pattern_start", "agent_name": "", )"
          R"("messages_in": [], "response": "", "metadata": {"workflow": "main", )"
          R"("pattern_type": "debate", "run_id": "r"}})",
          R"({"timestamp": 1749479521.2434397, "event_type": "llm_call", "agent_name": "bull", )"
          R"("messages_in": [{"role": "user", "content": "why", "name": null}], )"
          R"("response": "because", "metadata": {"model": "m", "workflow": "main", )"
          R"("input_tokens": 450, "duration_ms": 2.5, "run_id": "r"}})",
          R"({"timestamp": 1749479521.2434397, "event_type": "pattern_end", "agent_name": "", )"
          R"("messages_in": [], "response": "Buy", "metadata": {"run_id": "r"}})"));
  EXPECT_EQ(recording->counters().joined.get(), 1u);
}

TEST(BusRecording, Section0_FlatLinesHaveStartAndEndAndNoContent) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  const auto recording =
      started(bus, folder.file("runs.jsonl"), {.recording = {.format = RecordingFormat::kStudio}});
  emit_run(bus, "r");
  ASSERT_TRUE(recording->stop(kLong).ok());
  const std::vector<std::string> lines = lines_of(read_file(folder.file("runs.jsonl")));
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_EQ(lines[1],
            R"({"event_type": "llm_call_start", "agent_name": "bull", "workflow": "main", )"
            R"("pattern": "debate", "run_id": "r", "model": "m", )"
            R"("timestamp": "2025-06-09T14:32:01.243Z"})");
  EXPECT_EQ(lines[2], R"({"event_type": "llm_call_end", "agent_name": "bull", "workflow": "main", )"
                      R"("pattern": "debate", "run_id": "r", "model": "m", "input_tokens": 450, )"
                      R"("duration_ms": 2.5, "timestamp": "2025-06-09T14:32:01.243Z"})");
}

// The seed's one recorder mixed concurrent runs.
TEST(BusRecording, Row47_ConcurrentRunsAreKeptApart) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  BusRecordingOptions options{.recording = {.format = RecordingFormat::kRecorder}};
  options.exporter.queue_bytes_max = std::size_t{64} << 20;
  const auto recording = started(bus, folder.file("runs.jsonl"), options);
  constexpr int kCalls = 200;
  std::vector<std::thread> threads;
  for (const char* const run : {"r1", "r2", "r3", "r4"}) {
    threads.emplace_back([&bus, run] {
      for (int i = 0; i < kCalls; ++i) {
        const std::string text = run + std::string(" ") + std::to_string(i);
        emit_call(bus, run, text, text);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(recording->stop(kLong).ok());
  std::map<std::string, int> next;
  for (const RecordedEntry& entry : loaded(folder.file("runs.jsonl")).entries) {
    const std::string text = entry.run_id + " " + std::to_string(next[entry.run_id]++);
    EXPECT_EQ(entry.response, text);
    ASSERT_THAT(entry.messages, SizeIs(1));
    EXPECT_EQ(entry.messages[0].content, text);
  }
  EXPECT_THAT(next, ElementsAre(::testing::Pair("r1", kCalls), ::testing::Pair("r2", kCalls),
                                ::testing::Pair("r3", kCalls), ::testing::Pair("r4", kCalls)));
}

TEST(BusRecording, Row47_OpenRunsAreBoundedAndLettingGoIsCounted) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  const auto recording =
      started(bus, folder.file("runs.jsonl"),
              {.recording = {.format = RecordingFormat::kRecorder, .open_runs_max = 10}});
  for (int i = 0; i < 100; ++i) {
    emit(bus, "llm_call_start", "run " + std::to_string(i), {{"messages", "why"}});
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  const JoinCounters& counters = recording->counters();
  EXPECT_EQ(counters.open_runs.get(), 10u);
  EXPECT_EQ(counters.runs_let_go[static_cast<std::size_t>(LetGo::kOpenRunsMax)].get(), 90u);
  EXPECT_THAT(lines_of(read_file(folder.file("runs.jsonl"))), SizeIs(90));
  ASSERT_TRUE(recording->stop(kLong).ok());
  EXPECT_THAT(lines_of(read_file(folder.file("runs.jsonl"))), SizeIs(100))
      << "calls that never ended are in the file when the recording ends";
}

TEST(BusRecording, LinesThatAFullDiskRefusesAreCountedAsLost) {
  const TemporaryFolder folder;
  testing::FaultyFileSystem files;
  TraceEventBus bus;
  BusRecordingOptions options;
  options.recording.file.file_system = &files;
  const auto recording = started(bus, folder.file("runs.jsonl"), options);
  emit_call(bus, "r", "1", "1");
  ASSERT_TRUE(bus.flush(kLong).ok());
  files.inject({.at_call = 1, .call = testing::Call::kWrite, .error = ENOSPC, .is_lasting = true});
  emit_call(bus, "r", "2", "2");
  ASSERT_TRUE(bus.flush(kLong).ok());
  const SubscriptionStats stats = testing::stats_of(bus, recording->id());
  EXPECT_EQ(stats.delivered, 2u);
  EXPECT_EQ(testing::count(stats.dropped, DropReason::kExportFailed), 2u);
  EXPECT_THAT(stats.last_error, HasSubstr("make room on the disk"));
  files.inject({});
  EXPECT_TRUE(recording->stop(kLong).ok());
  EXPECT_THAT(loaded(folder.file("runs.jsonl")).entries, SizeIs(2));
}

TEST(BusRecording, AShutDownBusAndASecondStopAreNoErrors) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  const auto recording = started(bus, folder.file("runs.jsonl"));
  emit_run(bus, "r");
  ASSERT_TRUE(bus.shutdown(kLong).ok());
  EXPECT_TRUE(recording->stop(kLong).ok());
  EXPECT_TRUE(recording->stop(kLong).ok());
  EXPECT_THAT(loaded(folder.file("runs.jsonl")).entries, SizeIs(4));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(BusRecording::start(bus, folder.file("more.jsonl")).status()));
}

// Whoever polls such a bus would wait for the disk.
TEST(BusRecording, ABusWithoutThreadsIsNotRecorded) {
  const TemporaryFolder folder;
  TraceEventBus bus({.threading = Threading::kManual});
  EXPECT_THAT(BusRecording::start(bus, folder.file("runs.jsonl")).status().ToString(),
              HasSubstr("use Threading::kThreads"));
}

// Spans have a trace where nobody gave a run.
TEST(BusRecording, WithoutARunATraceIsOne) {
  const TemporaryFolder folder;
  TraceEventBus bus;
  const auto recording = started(bus, folder.file("runs.jsonl"),
                                 {.recording = {.format = RecordingFormat::kRecorder}});
  for (const char* const trace : {"t1", "t2"}) {
    bus.emit({.event_type = "llm_call_start",
              .agent_name = "a",
              .payload = {{"messages", trace}},
              .foreign_ids = {.trace_id = trace}});
  }
  for (const char* const trace : {"t2", "t1"}) {
    bus.emit({.event_type = "llm_call_end",
              .agent_name = "a",
              .payload = {{"response", trace}},
              .foreign_ids = {.trace_id = trace}});
  }
  ASSERT_TRUE(recording->stop(kLong).ok());
  const Recording read = loaded(folder.file("runs.jsonl"));
  ASSERT_THAT(read.entries, SizeIs(2));
  for (const RecordedEntry& entry : read.entries) {
    EXPECT_EQ(entry.run_id, entry.response);
    ASSERT_THAT(entry.messages, SizeIs(1));
    EXPECT_EQ(entry.messages[0].content, entry.response);
  }
}

TEST(BusRecording, APathThatCannotBeWrittenIsAnErrorThatSaysSo) {
  TraceEventBus bus;
  const TemporaryFolder folder;
  EXPECT_THAT(BusRecording::start(bus, folder.path().string()).status().ToString(),
              HasSubstr("it is a folder"));
}

}  // namespace
}  // namespace tracebus
