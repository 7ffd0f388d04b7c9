// SPDX-License-Identifier: Apache-2.0
//
// tracebus run and check, as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>

#include "tracebus/tests/tools/busy_port.h"
#include "tracebus/tests/tools/program.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::lines_of;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::RunningProgram;
using testing::TemporaryFolder;
using testing::write_file;

std::string event_of(const std::string& type, int number) {
  return "{\"timestamp\":" + std::to_string(1000 + number) + ",\"event_type\":\"" + type +
         "\",\"agent_name\":\"a\",\"pattern_type\":\"p\",\"payload\":{\"number\":" +
         std::to_string(number) + "}}\n";
}

// A folder with a config whose exporters are as given.
class RunCommandTest : public ::testing::Test {
 protected:
  std::string config(const std::string& exporters, const std::string& rest = {}) {
    write_file(folder_.file("c.json"), "{\"exporters\": [" + exporters + "]" + rest + "}");
    return folder_.file("c.json");
  }
  std::string jsonl(const std::string& name, const std::string& rest = {}) {
    return "{\"to\": \"jsonl:" + folder_.file(name) + "\"" + rest + "}";
  }
  std::vector<std::string> lines(const std::string& name) {
    return lines_of(read_file(folder_.file(name)));
  }

  const TemporaryFolder folder_;
};

TEST_F(RunCommandTest, EventsOfStandardInputGoWhereTheFileSays) {
  constexpr int kEvents = 20'000;
  std::string text;
  for (int i = 0; i < kEvents; ++i) text += event_of(i % 4 == 0 ? "error" : "llm_call", i);
  write_file(folder_.file("in"), text + "no event\n");
  const std::string path = config(jsonl("all", ", \"queue_bytes_max\": \"64KiB\"") + "," +
                                  jsonl("errors", ", \"filter\": {\"types\": [\"error\"]}"));
  const ProgramResult result = run_program({"run", "--config", path}, folder_.file("in"));
  EXPECT_EQ(result.status, 1) << "a line was bad";
  EXPECT_THAT(result.err, AllOf(HasSubstr("standard input:20001: "),
                                HasSubstr("standard input: 20,000 events, 1 bad lines"),
                                HasSubstr("20,000 of 20,000 events delivered"),
                                HasSubstr("5,000 of 5,000 events delivered")));
  const auto all = lines("all");
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kEvents)) << "a small queue is waited for";
  for (int i = 0; i < kEvents; i += 997) {
    EXPECT_THAT(all[static_cast<std::size_t>(i)],
                HasSubstr("\"number\":" + std::to_string(i) + "}"));
  }
  EXPECT_EQ(lines("errors").size(), static_cast<std::size_t>(kEvents / 4));
}

TEST_F(RunCommandTest, AFileIsFollowedUntilAnInterrupt) {
  const std::string events = folder_.file("events.jsonl");
  write_file(events, event_of("a", 0));
  RunningProgram program({"run", "--config", config(jsonl("out")), events});
  const auto wait_for = [&](std::size_t count) {
    while (lines("out").size() < count) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  wait_for(1);
  write_file(events, event_of("a", 0) + event_of("a", 1));
  wait_for(2);
  program.send_signal(SIGTERM);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("2 of 2 events delivered"));
}

TEST_F(RunCommandTest, Section0_ABudgetIsWatched) {
  write_file(folder_.file("in"),
             "{\"timestamp\":1795300000,\"event_type\":\"cost_record\",\"agent_name\":\"a\","
             "\"pattern_type\":\"p\",\"payload\":{\"model\":\"m\",\"cost_usd\":2}}\n");
  const std::string path = config(jsonl("out"), ", \"cost_budget\": {\"daily_usd\": 1}");
  const ProgramResult result = run_program({"run", "--config", path}, folder_.file("in"));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(read_file(folder_.file("out")), AllOf(HasSubstr("\"event_type\":\"cost_record\""),
                                                    HasSubstr("\"event_type\":\"budget_alert\"")));
}

TEST_F(RunCommandTest, WhatIsWrongWithTheFileIsToldLineByLine) {
  const std::string path = config("{\"to\": \"null\",\n\"overflow\": \"never\"},\n{\"too\": 1}");
  for (const char* const command : {"run", "check"}) {
    const ProgramResult result = run_program({command, "--config", path});
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, AllOf(HasSubstr(path + ":2: exporters[0].overflow: must be"),
                                  HasSubstr(path + ":3: exporters[1].too: is no key here; is to")));
  }
  EXPECT_THAT(run_program({"run", "--config", folder_.file("none")}).err,
              HasSubstr("cannot be read: No such file"));
  EXPECT_THAT(run_program({"run", "--config", config("")}).err,
              HasSubstr("there are no exporters"));
  EXPECT_THAT(
      run_program({"run", "--config", config("{\"to\": \"null\"}"), folder_.file("none")}).err,
      HasSubstr("none: cannot open"));
}

TEST_F(RunCommandTest, CheckSaysOfEachExporterWhetherItWouldWork) {
  const std::string path =
      config(jsonl("out") + ",\n" + jsonl("c.json/x") + ",\n{\"to\": \"nowhere\"}");
  const ProgramResult result = run_program({"check", "--config", path});
  EXPECT_EQ(result.status, 1);
  const auto said = lines_of(result.out);
  ASSERT_GE(said.size(), 3u);
  EXPECT_THAT(said[0], AllOf(HasSubstr(path + ":1: exporters[0] (jsonl:"), HasSubstr("): ok")));
  EXPECT_THAT(said[1], AllOf(HasSubstr(":2: exporters[1]"), HasSubstr("c.json/x")));
  EXPECT_THAT(said[2],
              AllOf(HasSubstr(":3: exporters[2] (nowhere): "), HasSubstr("there is no exporter")));
}

// Of a spool its folder, and what stands behind it.
TEST_F(RunCommandTest, CheckLooksAtSpoolsAndBehindThem) {
  const auto spool = [&](const std::string& name) {
    return ", \"spool\": {\"folder\": \"" + folder_.file(name) + "\"}";
  };
  write_file(folder_.file("file"), "");
  const ProgramResult result =
      run_program({"check", "--config",
                   config(jsonl("out", spool("new")) + ",\n" + jsonl("out", spool("file")) +
                          ",\n{\"to\": \"redact|spool=" + folder_.file("file/x") +
                          "|null\"},\n{\"to\": \"spool=" + folder_.file("newer") + "|null\"}")});
  EXPECT_EQ(result.status, 1);
  const auto said = lines_of(result.out);
  ASSERT_EQ(said.size(), 4u) << result.out << result.err;
  EXPECT_THAT(said[0], HasSubstr("): ok"));
  EXPECT_THAT(said[3], HasSubstr("): ok"));
  EXPECT_THAT(said[1], AllOf(HasSubstr("'" + folder_.file("file") + "'"), HasSubstr("a folder")));
  EXPECT_THAT(said[2], AllOf(HasSubstr("file/x"), HasSubstr("not a folder")));
  EXPECT_THAT(folder_.names(), ::testing::UnorderedElementsAre("c.json", "file", "out"))
      << "no spool was opened";
}

#ifdef TRACEBUS_WITH_OTLP_HTTP
// All at once: who does not answer costs the time of one.
TEST_F(RunCommandTest, Row22_CheckTriesTheConnectionsBehindSpoolsAndByEveryProtocol) {
  const testing::BusyPort nobody(false);
  const std::string url = "http://127.0.0.1:" + nobody.text();
  const std::string otlp = "{\"otlp\": {\"endpoint\": \"" + url + "\"";
  std::string exporters = otlp + "}, \"spool\": {\"folder\": \"" + folder_.file("s") +
                          "\"}},\n{\"to\": \"spool=" + folder_.file("t") + "|otlp:" + url +
                          "\"},\n" + otlp + ", \"signal\": \"metrics\"}}";
#ifdef TRACEBUS_WITH_OTLP_GRPC
  exporters += ",\n" + otlp + ", \"protocol\": \"grpc\"}}";
#endif
  const ProgramResult result = run_program({"check", "--config", config(exporters)});
  EXPECT_EQ(result.status, 1);
  const auto said = lines_of(result.out);
  ASSERT_GE(said.size(), 3u) << result.out << result.err;
  EXPECT_THAT(said[0], HasSubstr("(otlp): otlp:" + url + "/v1/traces: "));
  EXPECT_THAT(said[1], HasSubstr("): otlp:" + url + "/v1/traces: "));
  EXPECT_THAT(said[2], HasSubstr("(otlp metrics): otlp-metrics:" + url + "/v1/metrics: "));
#ifdef TRACEBUS_WITH_OTLP_GRPC
  ASSERT_EQ(said.size(), 4u);
  EXPECT_THAT(said[3], HasSubstr("(otlp): otlp-grpc:" + url + ": UNAVAILABLE: "));
#endif
}
#endif

#ifdef TRACEBUS_WITH_PROMETHEUS
TEST_F(RunCommandTest, CheckTriesThePortOfAPage) {
  const testing::BusyPort busy(true);
  const ProgramResult result = run_program(
      {"check", "--config",
       config("{\"to\": \"prometheus:0\"},\n{\"to\": \"prometheus:" + busy.text() + "\"}")});
  EXPECT_EQ(result.status, 1);
  const auto said = lines_of(result.out);
  ASSERT_EQ(said.size(), 2u) << result.out << result.err;
  EXPECT_THAT(said[0], HasSubstr("): ok"));
  EXPECT_THAT(said[1], AllOf(HasSubstr("cannot listen at 127.0.0.1:" + busy.text()),
                             HasSubstr("give another port")));
}
#endif

}  // namespace
}  // namespace tracebus
