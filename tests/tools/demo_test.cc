// SPDX-License-Identifier: Apache-2.0
//
// The demo as a user runs it. The oracle of the account is the file that was written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/tools/program.h"

namespace tracebus {
namespace {

using testing::Account;
using testing::account_of;
using ::testing::HasSubstr;
using testing::lines_of;
using testing::ProgramResult;
using testing::read_file;
using testing::run_program;
using testing::RunningProgram;
using testing::TemporaryFolder;

// Fails the test unless the program ended well and emitted = delivered + dropped.
Account demo(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "demo");
  const ProgramResult result = run_program(arguments);
  EXPECT_EQ(result.status, 0) << result.err;
  const auto account = account_of(result.out);
  if (!account) {
    ADD_FAILURE() << "no account in: " << result.out;
    return {};
  }
  EXPECT_EQ(account->emitted, account->delivered + account->dropped);
  return *account;
}

// Without what differs from one process to the next.
std::string without_time_and_instance(const std::string& text) {
  std::string kept;
  for (const std::string& line : lines_of(text)) {
    const std::size_t after_time = line.find(',');
    const std::size_t instance = line.find("\"origin\":[\"") + 11;
    kept.append(line, after_time, instance - after_time).append(line, instance + 16).append("\n");
  }
  return kept;
}

TEST(DemoTest, WithoutExportersTheAccountIsItsOwnSubscriptions) {
  const Account account = demo({"--seconds", "0.2", "--rate", "20000"});
  EXPECT_GT(account.emitted, 2000u);
}

TEST(DemoTest, AtFullSpeedEveryEventIsStillAccountedFor) {
  for (const char* threads : {"1", "3"}) {
    const Account account = demo({"--seconds", "0.3", "--threads", threads, "--to", "null"});
    EXPECT_GT(account.emitted, 1000u);
  }
}

TEST(DemoTest, TheFileHoldsWhatCountsAsDelivered) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  const Account account = demo({"--seconds", "0.3", "--jsonl", path});
  EXPECT_EQ(lines_of(read_file(path)).size(), account.delivered);
}

TEST(DemoTest, AFullQueueDropsTheOldestOrTheNewestAndCountsThem) {
  for (const char* overflow : {"oldest", "newest"}) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.jsonl");
    const Account account = demo({"--runs", "3000", "--content", "--overflow", overflow,
                                  "--queue-mb", "1", "--jsonl", path});
    EXPECT_GT(account.dropped, 0u);
    EXPECT_GT(account.delivered, 0u);
    const std::string text = read_file(path);
    EXPECT_EQ(static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')),
              account.delivered);
  }
}

TEST(DemoTest, TheFirstExporterOfTheCommandLineGivesTheLastLine) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.jsonl");
  // Every write to this device fails, so its account differs from the other's.
  const ProgramResult full_first =
      run_program({"demo", "--runs", "20", "--jsonl", "/dev/full", "--to", "jsonl:" + path});
  const ProgramResult full_last =
      run_program({"demo", "--runs", "20", "--to", "jsonl:" + path, "--jsonl", "/dev/full"});
  ASSERT_TRUE(account_of(full_first.out));
  ASSERT_TRUE(account_of(full_last.out));
  EXPECT_EQ(account_of(full_first.out)->delivered, 0u);
  EXPECT_EQ(account_of(full_first.out)->dropped, account_of(full_first.out)->emitted);
  EXPECT_EQ(account_of(full_last.out)->dropped, 0u);
}

TEST(DemoTest, AFullDiskIsCountedAndSaidAndEndsWithStatusOne) {
  const ProgramResult result = run_program({"demo", "--runs", "20", "--jsonl", "/dev/full"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.out, HasSubstr("export_failed"));
  EXPECT_THAT(result.out, HasSubstr("No space left on device"));
}

TEST(DemoTest, SameSeedGivesTheSameFile) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) {
    demo({"--runs", "60", "--threads", "1", "--seed", "7", "--deltas", "--jsonl",
          folder.file(name)});
  }
  demo({"--runs", "60", "--threads", "1", "--seed", "8", "--deltas", "--jsonl", folder.file("c")});
  const std::string a = without_time_and_instance(read_file(folder.file("a")));
  EXPECT_GT(lines_of(a).size(), 1000u);
  EXPECT_EQ(a, without_time_and_instance(read_file(folder.file("b"))));
  EXPECT_NE(a, without_time_and_instance(read_file(folder.file("c"))));
}

#ifdef TRACEBUS_WITH_OTLP_HTTP
TEST(DemoTest, UsersAsk4_TheNumbersOfTheBusGoWhereTheCommandLineSays) {
  std::mutex mutex;
  std::string metrics;
  testing::ScriptedServer receiver([&](testing::Connection& connection, const auto& head) {
    const std::string body = connection.read_body(head);
    EXPECT_THAT(head.text, ::testing::StartsWith("POST /v1/metrics "));
    connection.answer("200 OK");
    const std::lock_guard lock(mutex);
    metrics += body;
  });
  ::setenv("TRACEBUS_STATS_INTERVAL_MS", "20", 1);
  const ProgramResult result = run_program({"demo", "--seconds", "1", "--rate", "1000", "--to",
                                            "null", "--to", "otlp-metrics:" + receiver.url()});
  ::unsetenv("TRACEBUS_STATS_INTERVAL_MS");
  EXPECT_EQ(result.status, 0) << result.err;
  const std::lock_guard lock(mutex);
  EXPECT_THAT(metrics, ::testing::AllOf(::testing::HasSubstr("tracebus.bus.emitted"),
                                        ::testing::HasSubstr("otel.sdk.exporter.span.exported")));
}
#endif

TEST(DemoTest, RateIsKept) {
  const Account account = demo({"--seconds", "1", "--rate", "3000"});
  EXPECT_GE(account.emitted, 2500u);
  // The runs under way when the time is over are brought to their end.
  EXPECT_LE(account.emitted, 6000u);
}

TEST(DemoTest, ALifecycleEventTakes90To250BytesOfJson) {
  const TemporaryFolder folder;
  demo({"--runs", "60", "--jsonl", folder.file("a")});
  for (const std::string& line : lines_of(read_file(folder.file("a")))) {
    const std::size_t bytes = line.find(",\"run_id\"") + 1;  // the ids come on top
    EXPECT_GE(bytes, 90u) << line;
    EXPECT_LE(bytes, 250u) << line;
  }
}

TEST(DemoTest, TheTableStandsAfterTheEventsOfTheConsole) {
  const ProgramResult result = run_program({"demo", "--runs", "10", "--to", "console:json"});
  EXPECT_EQ(result.status, 0) << result.err;
  const auto lines = lines_of(result.out);
  const auto events = std::count_if(lines.begin(), lines.end(),
                                    [](const auto& line) { return line.starts_with("{"); });
  ASSERT_TRUE(account_of(result.out));
  EXPECT_EQ(static_cast<std::uint64_t>(events), account_of(result.out)->delivered);
  EXPECT_TRUE(std::is_partitioned(lines.begin(), lines.end(),
                                  [](const auto& line) { return line.starts_with("{"); }));
}

TEST(DemoTest, TheTableNamesShapesTypesTokensAndSubscriptions) {
  const ProgramResult result = run_program({"demo", "--runs", "400", "--to", "null"});
  for (const char* text : {"pipeline", "hierarchy", "llm_call_end", "cost_record",
                           "tokens: ", "cost: $", "summary", "null", "(rejected by the rings)"}) {
    EXPECT_THAT(result.out, HasSubstr(text));
  }
  // No terminal, so no progress.
  EXPECT_EQ(result.err, "");
}

TEST(DemoTest, AReaderThatGoesAwayEndsItWithStatusOneAndNoSignal) {
  const std::string command = "bash -c '\"" TRACEBUS_PROGRAM
                              "\" demo --runs 2000 --to console:json | head -n 1 > /dev/null; "
                              "exit ${PIPESTATUS[0]}'";
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST(DemoTest, AnInterruptEndsItEarlyWithItsAccount) {
  RunningProgram program({"demo", "--seconds", "600", "--rate", "1000", "--to", "console:json"});
  while (program.out_so_far().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.status, 0) << result.err;
  const auto account = account_of(result.out);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->emitted, account->delivered + account->dropped);
}

}  // namespace
}  // namespace tracebus
