// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>


#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::append_line;
using testing::eventually;
using testing::kSample;
using testing::lines_of;
using ::testing::Not;
using testing::output_of;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::RunningProgram;
using ::testing::SizeIs;
using testing::TemporaryFolder;
using testing::write_file;

std::string call(const std::string& agent, int second) {
  return R"({"event_type":"llm_call","agent_name":")" + agent +
         R"(","model":"m","duration_ms":5,"run_id":"r","timestamp":)" +
         std::to_string(1750000000 + second) + "}";
}

TEST(TailCommandTest, TheLastEventsThatMatchComeInTheirOrder) {
  const std::vector<std::string> last = lines_of(output_of({"tail", kSample, "-n", "3"}));
  ASSERT_THAT(last, SizeIs(3));
  EXPECT_THAT(last[0], HasSubstr("error Policy Checker"));
  EXPECT_THAT(last[2], HasSubstr("pattern_end"));
  const std::vector<std::string> calls =
      lines_of(output_of({"tail", kSample, "--type", "llm_call", "-n", "2"}));
  ASSERT_THAT(calls, SizeIs(2));
  EXPECT_THAT(calls[0], HasSubstr("2026-06-16T09:00:05.000Z llm_call Billing Agent"));
  EXPECT_THAT(calls[1], HasSubstr("gemini-1.5-pro 2100.0ms 540 tok run=run_fixture_2"));
  EXPECT_THAT(lines_of(output_of({"tail", kSample})), SizeIs(10));
}

TEST(TailCommandTest, AGrowingFileIsFollowedAndFilteredAndNothingComesTwice) {
  const TemporaryFolder folder;
  const std::string path = folder.file("growing.jsonl");
  write_file(path, call("first", 0) + "\n");
  RunningProgram tail({"tail", "-f", path, "--type", "llm_call"});
  const auto has = [&](const std::string& text) {
    return eventually([&] { return tail.out_so_far().find(text) != std::string::npos; });
  };
  ASSERT_TRUE(has("first"));
  append_line(path, R"({"event_type":"agent_start","agent_name":"hidden","timestamp":1})");
  append_line(path, call("second", 1));
  ASSERT_TRUE(has("second"));
  append_line(path, "nonsense");
  append_line(path, call("third", 2));
  ASSERT_TRUE(has("third"));
  // Replaced, as by a rotation.
  write_file(folder.file("next"), call("fourth", 3) + "\n");
  ASSERT_EQ(std::rename(folder.file("next").c_str(), path.c_str()), 0);
  ASSERT_TRUE(has("fourth"));
  tail.send_signal(SIGINT);
  const ProgramResult result = tail.wait();
  EXPECT_EQ(result.status, 1);  // for the bad line
  EXPECT_THAT(result.err, HasSubstr("growing.jsonl:4: "));
  const std::vector<std::string> lines = lines_of(result.out);
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0], HasSubstr("llm_call first m 5.0ms run=r"));
  EXPECT_THAT(result.out, Not(HasSubstr("hidden")));
}

TEST(TailCommandTest, WhatCannotBeFollowedIsRefused) {
  for (const std::string path : {"/no/such/file", "/dev/null"}) {
    const ProgramResult result = run_program({"tail", path});
    EXPECT_EQ(result.status, 2) << path;
    EXPECT_THAT(result.err, HasSubstr("tracebus tail: "));
    EXPECT_THAT(result.err, HasSubstr(path));
  }
}

}  // namespace
}  // namespace tracebus
