// SPDX-License-Identifier: Apache-2.0
//
// Recordings of others, and files that are damaged or hostile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/source_folder.h"
#include "tracebus/trace/recording_line.h"
#include "tracebus/trace/replay_recording.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::read_file;
using ::testing::SizeIs;
using testing::TemporaryFolder;
using testing::write_file;

std::string data(std::string_view name) {
  return std::string(TRACEBUS_TEST_DATA "/traces/").append(name);
}

Recording loaded(const std::string& path) {
  absl::StatusOr<Recording> recording = load_recording(path);
  EXPECT_TRUE(recording.ok()) << recording.status();
  return recording.ok() ? *std::move(recording) : Recording();
}

Recording loaded_text(std::string_view text) {
  const auto reader = read_jsonl(text);
  absl::StatusOr<Recording> recording = load_recording(*reader, "text");
  EXPECT_TRUE(recording.ok()) << recording.status();
  return recording.ok() ? *std::move(recording) : Recording();
}

TEST(RecordingData, Row48_ASeedsRecordingIsReadAndWrittenAgainByteForByte) {
  const std::string path = data("pyagent_recorder_format.jsonl");
  const Recording recording = loaded(path);
  ASSERT_THAT(recording.entries, SizeIs(4));
  EXPECT_EQ(recording.account.bad_lines, 0u);
  std::string again;
  for (const RecordedEntry& entry : recording.entries) {
    append_recording_line(again, entry, RecordingFormat::kRecorder);
    again += '\n';
  }
  EXPECT_EQ(again, read_file(path));
  const RecordedEntry& bull = recording.entries[1];
  EXPECT_EQ(bull.pattern_type, "debate");
  EXPECT_EQ(bull.model(), "gemini-2.5-flash");
  EXPECT_EQ(bull.cost(), NanoDollars(940'000));
  EXPECT_EQ(recording.entries[2].messages[1].name, "bull");
  EXPECT_FALSE(recording.entries[2].cost().has_value());
  EXPECT_EQ(recording.entries[3].response, "Buy");
  EXPECT_EQ(recording.entries[3].duration_ms(), 3000.0);
  EXPECT_EQ(recording.total_cost(), NanoDollars(940'000));
}

TEST(RecordingData, Row48_FilesOfTheExporterAreRecordingsToo) {
  const Recording recording = loaded(data("pyagent_jsonl_exporter_format.jsonl"));
  EXPECT_EQ(recording.account.bad_lines, 0u);
  bool found = false;
  for (const RecordedEntry& entry : recording.entries) {
    if (entry.event_type != "llm_call") continue;
    found = true;
    EXPECT_EQ(entry.response, "ok");
    EXPECT_EQ(entry.model(), "claude-sonnet-4-20250514");
    EXPECT_EQ(entry.pattern_type, "supervisor");
    std::string line;
    append_recording_line(line, entry, RecordingFormat::kEvents);
    EXPECT_THAT(read_file(data("pyagent_jsonl_exporter_format.jsonl")), HasSubstr(line + "\n"));
  }
  EXPECT_TRUE(found);
}

TEST(RecordingData, Row48_StudiosTraceCostsWhatItsRecordsSay) {
  const Recording recording = loaded(data("pyagent_sample_trace.jsonl"));
  EXPECT_THAT(recording.entries, SizeIs(17));
  EXPECT_EQ(recording.total_cost(), NanoDollars(24'800'000));
  EXPECT_EQ(recording.entries.front().run_id, "run_fixture_1");
}

TEST(RecordingData, Section0_StudiosSpanIsReadAndWrittenAgain) {
  const Recording recording = loaded(data("studio_span.jsonl"));
  ASSERT_THAT(recording.entries, SizeIs(1));
  std::string line;
  append_recording_line(line, recording.entries[0], RecordingFormat::kStudio);
  std::string expected = read_file(data("studio_span.jsonl"));
  expected.replace(expected.find("0.00840"), 7, "0.0084");
  EXPECT_EQ(line + "\n", expected);
  EXPECT_EQ(recording.total_cost(), NanoDollars(8'400'000));
}

// A cost record counts, and the call's own figure only where there is none (workload.md).
TEST(RecordingCost, ACallAndItsCostRecordAreCountedOnce) {
  const Recording recording = loaded_text(
      R"({"event_type": "llm_call", "agent_name": "a", "run_id": "r1", "cost_usd": 0.25})"
      "\n"
      R"({"event_type": "llm_call", "agent_name": "a", "run_id": "r2", "cost_usd": 0.5})"
      "\n"
      R"({"event_type": "cost_record", "agent_name": "a", "run_id": "r1", "cost_usd": 0.125})"
      "\n"
      R"({"event_type": "cost_record", "agent_name": "b", "run_id": "r1", "cost_usd": 1})"
      "\n"
      R"({"event_type": "agent_end", "agent_name": "a", "run_id": "r1", "cost_usd": 4})"
      "\n");
  EXPECT_EQ(recording.total_cost(), NanoDollars(1'625'000'000));
}

TEST(RecordingCost, AmountsThatAreNoneDoNotCount) {
  const Recording recording = loaded_text(R"({"event_type": "llm_call", "cost_usd": -1})"
                                          "\n"
                                          R"({"event_type": "llm_call", "cost_usd": "abc"})"
                                          "\n"
                                          R"({"event_type": "llm_call", "cost_usd": NaN})"
                                          "\n"
                                          R"({"event_type": "cost_record", "cost_usd": 1e300})"
                                          "\n"
                                          R"({"event_type": "cost_record", "cost_usd": 1e300})"
                                          "\n");
  EXPECT_EQ(recording.total_cost(), NanoDollars::max());
  EXPECT_EQ(recording.account.repaired, 1u);
}

TEST(RecordingDamage, Row48_GoodLinesAreReadAndBadOnesNamed) {
  const TemporaryFolder folder;
  write_file(folder.file("run.jsonl"),
             "\xEF\xBB\xBF"
             R"({"timestamp": 1.5, "event_type": "llm_call", "agent_name": "a", )"
             R"("messages_in": [], "response": "one", "metadata": {}})"
             "\r\n\n[1, 2]\n{\"event_type\": \"llm_call\", \"response\": \"tw");
  const Recording recording = loaded(folder.file("run.jsonl"));
  ASSERT_THAT(recording.entries, SizeIs(1));
  EXPECT_EQ(recording.entries[0].response, "one");
  ASSERT_EQ(recording.account.bad_lines, 2u);
  EXPECT_EQ(recording.account.problems[0].line, 3u);
  EXPECT_EQ(recording.account.problems[1].line, 4u);
}

TEST(RecordingDamage, Row48_WhatIsNoRecordingIsAnErrorThatSaysSo) {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.jsonl");
  EXPECT_TRUE(absl::IsNotFound(load_recording(path).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(load_recording(folder.path().string()).status()));
  write_file(path, "PK\x03\x04 a zip file\nand more\n");
  EXPECT_THAT(load_recording(path).status().ToString(),
              ::testing::AllOf(HasSubstr("run.jsonl' holds no recorded events, but 2 bad lines"),
                               HasSubstr("line 1: "), HasSubstr("give a JSONL file")));
  write_file(path, "");
  EXPECT_THAT(loaded(path).entries, SizeIs(0));
}

// Messages that are no array of role and content: nothing is lost, and nothing fails.
TEST(RecordingDamage, MessagesOfAnyShapeAreKeptAsText) {
  const Recording recording = loaded_text(
      R"({"event_type": "llm_call", "messages_in": "just text"})"
      "\n"
      R"({"event_type": "llm_call", "messages": [{"role": "user", "content": [{"type": "text"}]}]})"
      "\n"
      R"({"event_type": "llm_call", "messages": [7, null, {"role": 1}, {"content": null}]})"
      "\n"
      R"({"event_type": "llm_call", "gen_ai.input.messages": [{"role": "user", "parts": [1]}]})"
      "\n");
  ASSERT_THAT(recording.entries, SizeIs(4));
  EXPECT_EQ(recording.entries[0].messages[0], (RecordedMessage{"user", "just text"}));
  EXPECT_EQ(recording.entries[1].messages[0], (RecordedMessage{"user", R"([{"type":"text"}])"}));
  EXPECT_EQ(recording.entries[2].messages[0].content, "7");
  EXPECT_EQ(recording.entries[2].messages[1].content, "null");
  EXPECT_EQ(recording.entries[2].messages[2].role, "1");
  EXPECT_EQ(recording.entries[2].messages[3].content, "");
  EXPECT_EQ(recording.entries[3].messages[0].content, R"({"role":"user","parts":[1]})");
}

}  // namespace
}  // namespace tracebus
