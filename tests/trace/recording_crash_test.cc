// SPDX-License-Identifier: Apache-2.0
//
// A process that records is killed with SIGKILL. Oracle: all lines load but at most the last one,
// which is torn; and of each run there is a beginning without gaps, in which each call carries its
// own question, answer and number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/trace/recording_bus.h"
#include "tracebus/trace/replay_recording.h"

namespace tracebus {
namespace {

using testing::TemporaryFolder;

// Killed once the file has more than so many bytes than before.
void record_until_killed(const std::string& path, const char* format, std::uintmax_t bytes) {
  std::error_code ignored;
  const auto size = [&] {
    const std::uintmax_t now = std::filesystem::file_size(path, ignored);
    return ignored ? 0 : now;
  };
  const std::uintmax_t before = size();
  const pid_t process = fork();
  if (process == 0) {
    execl(TRACEBUS_RECORDING_WRITER, "recording_writer", path.c_str(), format, nullptr);
    _exit(127);
  }
  ASSERT_GT(process, 0);
  EXPECT_TRUE(testing::eventually([&] { return size() > before + bytes; }));
  kill(process, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(process, &status, 0), process);
  EXPECT_TRUE(WIFSIGNALED(status)) << "status " << status;
}

struct Next {
  std::int64_t start = 0;
  std::int64_t end = 0;
};

// What is wrong with the entry; empty if nothing is.
std::string judge(const RecordedEntry& entry, std::map<std::string, Next>& runs) {
  const EntryKind kind = kind_of(entry);
  if (kind == EntryKind::kOther) return entry.event_type == "pattern_start" ? "" : "a stranger";
  const std::int64_t n = entry.metadata.find("n")->as_int64();
  const bool has_question = kind == EntryKind::kModelBegins || entry.event_type == "llm_call";
  Next& next = runs[entry.run_id];
  std::string problem;
  if (has_question) {
    if (n != next.start++) problem += " start out of order";
    if (entry.messages.size() != 1 ||
        entry.messages[0].content != entry.run_id + " asks " + std::to_string(n)) {
      problem += " not its question";
    }
  }
  if (kind == EntryKind::kModelEnds) {
    if (n != next.end++) problem += " end out of order";
    if (entry.response != std::to_string(n) + " answers " + entry.run_id) {
      problem += " not its answer";
    }
  }
  return problem.empty() ? problem : problem + ": " + entry.run_id + " " + std::to_string(n);
}

class RecordingCrash : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordingCrash, Row47_AKilledProcessLeavesAllLinesButAtMostTheLast) {
  for (const std::uintmax_t bytes : {1u, 100'000u, 1'000'000u}) {
    SCOPED_TRACE(bytes);
    const TemporaryFolder folder;
    const std::string path = folder.file("runs.jsonl");
    record_until_killed(path, GetParam(), bytes);
    const absl::StatusOr<Recording> recording = load_recording(path);
    ASSERT_TRUE(recording.ok()) << recording.status();
    EXPECT_LE(recording->account.bad_lines, 1u);
    if (recording->account.bad_lines == 1) {
      EXPECT_EQ(recording->account.problems[0].line, recording->account.lines);
    }
    std::map<std::string, Next> runs;
    for (const RecordedEntry& entry : recording->entries) {
      const std::string problem = judge(entry, runs);
      ASSERT_TRUE(problem.empty()) << problem;
    }
  }
}

// A second process goes on with the file: it ends the torn line, and hurts nothing else.
TEST_P(RecordingCrash, Row47_TheNextProcessGoesOnWithTheFile) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.jsonl");
  record_until_killed(path, GetParam(), 10'000);
  const std::string first = testing::read_file(path);
  record_until_killed(path, GetParam(), 10'000);
  const std::string both = testing::read_file(path);
  EXPECT_EQ(both.substr(0, first.size()), first);
  const absl::StatusOr<Recording> recording = load_recording(path);
  ASSERT_TRUE(recording.ok()) << recording.status();
  EXPECT_LE(recording->account.bad_lines, 2u);
}

INSTANTIATE_TEST_SUITE_P(Formats, RecordingCrash, ::testing::Values("ours", "recorder"),
                         [](const auto& format) { return std::string(format.param); });

}  // namespace
}  // namespace tracebus
