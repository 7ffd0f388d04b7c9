// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/tools/program.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::lines_of;
using ::testing::Not;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::RunningProgram;
using testing::TemporaryFolder;
using testing::write_file;

const std::string kTraces = TRACEBUS_TEST_DATA "/traces/";

std::string event_at(const std::string& seconds) {
  return "{\"timestamp\":" + seconds +
         ",\"event_type\":\"agent_start\",\"agent_name\":\"a\",\"pattern_type\":\"p\",\"payload\":{"
         "}}\n";
}

TEST(ReplayTest, RecordedTracesArriveWhole) {
  const std::vector<std::pair<std::string, std::size_t>> files = {
      {"pyagent_sample_trace.jsonl", 17},
      {"pyagent_jsonl_exporter_format.jsonl", 12},
      {"pyagent_recorder_format.jsonl", 4},
      {"studio_span.jsonl", 1}};
  for (const auto& [name, events] : files) {
    const TemporaryFolder folder;
    const ProgramResult result =
        run_program({"replay", kTraces + name, "--to", "jsonl:" + folder.file("out")});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(lines_of(read_file(folder.file("out"))).size(), events);
    EXPECT_THAT(result.err, HasSubstr(name + ": " + std::to_string(events) + " events, 0 bad"));
  }
}

TEST(ReplayTest, TheConsoleIsWhereEventsGoUnlessToldOtherwise) {
  const ProgramResult result = run_program({"replay", kTraces + "pyagent_sample_trace.jsonl"});
  EXPECT_EQ(result.status, 0) << result.err;
  ASSERT_EQ(lines_of(result.out).size(), 17u);
  EXPECT_THAT(lines_of(result.out)[2],
              HasSubstr("[llm_call] agent=Classifier model=gpt-4o-mini duration_ms=850"));
}

TEST(ReplayTest, FilesAndExportersMayBeSeveral) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      {"replay", kTraces + "studio_span.jsonl", kTraces + "pyagent_recorder_format.jsonl", "--to",
       "jsonl:" + folder.file("a"), "--to", "jsonl:" + folder.file("b")});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(lines_of(read_file(folder.file("a"))).size(), 5u);
  EXPECT_EQ(read_file(folder.file("a")), read_file(folder.file("b")));
}

TEST(ReplayTest, BadLinesAreNamedAndTheRestGoesOn) {
  const TemporaryFolder folder;
  const std::string path = folder.file("bad.jsonl");
  write_file(path, event_at("1.0") + "nonsense\n" + event_at("2.0") + event_at("3.0") + "[1]\n" +
                       event_at("4.0"));
  const ProgramResult result = run_program({"replay", path, "--to", "jsonl:" + folder.file("out")});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr(path + ":2: "), HasSubstr(path + ":5: "),
                                HasSubstr("4 events, 2 bad lines")));
  EXPECT_EQ(lines_of(read_file(folder.file("out"))).size(), 4u);
}

TEST(ReplayTest, OfManyBadLinesTheFirstTwentyAreShown) {
  const TemporaryFolder folder;
  const std::string path = folder.file("bad.jsonl");
  std::string text;
  for (int i = 0; i < 50; ++i) text += "nonsense\n";
  write_file(path, text);
  const ProgramResult result = run_program({"replay", path, "--to", "null"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr(path + ":20: "), Not(HasSubstr(path + ":21: ")),
                                HasSubstr("and 30 more"), HasSubstr("0 events, 50 bad lines")));
}

TEST(ReplayTest, AFileThatCannotBeReadIsNamedAndTheOthersGoOn) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program({"replay", folder.file("missing"), folder.path().string(),
                   kTraces + "studio_span.jsonl", "--to", "jsonl:" + folder.file("out")});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr(folder.file("missing")), HasSubstr(folder.path().string())));
  EXPECT_EQ(lines_of(read_file(folder.file("out"))).size(), 1u);
}

TEST(ReplayTest, AnEmptyFileIsNoError) {
  const TemporaryFolder folder;
  write_file(folder.file("empty"), "");
  const ProgramResult result = run_program({"replay", folder.file("empty")});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "");
}

TEST(ReplayTest, AFileIsNotAppendedToWhileItIsRead) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  write_file(path, event_at("1.0"));
  const ProgramResult result = run_program({"replay", path, "--to", "jsonl:" + path});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("at the same time"));
  EXPECT_EQ(read_file(path), event_at("1.0"));
}

TEST(ReplayTest, AFullDiskEndsWithStatusOne) {
  const ProgramResult result =
      run_program({"replay", kTraces + "studio_span.jsonl", "--to", "jsonl:/dev/full"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("0 of 1 events delivered; lost: export_failed 1"));
}

TEST(ReplayTest, SpeedFollowsTheRecordedPace) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  write_file(path, event_at("100.0") + event_at("100.3") + event_at("100.1") + event_at("100.6"));
  const auto seconds_at = [&](const std::string& speed) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(run_program({"replay", path, "--to", "null", "--speed", speed}).status, 0);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  // 0.3 s, back, and 0.5 s; events out of order do not go back in time.
  EXPECT_GE(seconds_at("1"), 0.8);
  EXPECT_GE(seconds_at("2"), 0.4);
}

TEST(ReplayTest, AtRecordedPaceALongPauseIsShortenedAndToldAndCanBeInterrupted) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  write_file(path, event_at("100.0") + event_at("86500.0"));
  RunningProgram program({"replay", path, "--to", "null", "--speed", "8000"});
  const std::string told = "a pause of 10.8 s is shortened to 10 s";
  while (program.err_so_far().find(told) == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("1 of 1 events delivered"));
}

}  // namespace
}  // namespace tracebus
