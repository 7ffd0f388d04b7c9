// SPDX-License-Identifier: Apache-2.0
//
// tracebus studio, and what shows itself there, as somebody at a terminal and a browser have them.
#include <gtest/gtest.h>

#include <signal.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/studio/raw_client.h"
#include "tracebus/tests/tools/program.h"

namespace tracebus::testing {
namespace {

constexpr char kFixture[] = TRACEBUS_TEST_DATA "/traces/pyagent_sample_trace.jsonl";

// A Studio in a process of its own, at free ports.
class StudioProcess {
 public:
  explicit StudioProcess(std::vector<std::string> arguments) : program_(std::move(arguments)) {
    while (port_ == 0) {
      const std::string out = program_.out_so_far();
      const std::size_t end = out.find('\n');
      if (end != out.npos) {
        url_ = out.substr(0, end);
        port_ = std::atoi(url_.c_str() + sizeof "http://127.0.0.1");
      }
      pause();
    }
  }
  int port() const { return port_; }
  const std::string& url() const { return url_; }
  std::string get(const std::string& target, const std::string& headers = {}) const {
    return RawClient::ask(port_, "GET " + target + " HTTP/1.1\r\nHost: localhost:" +
                                     std::to_string(port_) + "\r\n" + headers + "\r\n")
        .body;
  }
  // Until the answer holds the text.
  std::string wait_for(const std::string& target, std::string_view text) const {
    for (;;) {
      const std::string body = get(target);
      if (body.find(text) != body.npos) return body;
      pause();
    }
  }
  std::string wait_for_error(std::string_view text) const {
    for (;;) {
      const std::string err = program_.err_so_far();
      if (err.find(text) != err.npos) return err;
      pause();
    }
  }
  ProgramResult interrupt(int signal = SIGINT) {
    program_.send_signal(signal);
    return program_.wait();
  }

 private:
  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

  RunningProgram program_;
  std::string url_;
  int port_ = 0;
};

std::string text_between(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t at = text.find(begin) + begin.size();
  return text.substr(at, text.find(end, at) - at);
}

TEST(StudioCommandTest, Row75_FilesAreShownUntilAnInterrupt) {
  StudioProcess studio({"studio", kFixture, "--port", "0", "--no-otlp", "--budget", "12.5"});
  studio.wait_for("/api/status", R"("events":17,)");
  EXPECT_NE(studio.get("/api/runs").find("\"matched\":2"), std::string::npos);
  EXPECT_NE(studio.get("/api/providers").find("\"budget_usd\":12.5"), std::string::npos);
  EXPECT_NE(studio.wait_for("/api/status", R"("done":true)").find(R"("otlp_url":null)"),
            std::string::npos);
  studio.wait_for_error("17 events");
  const ProgramResult result = studio.interrupt(SIGTERM);
  EXPECT_EQ(result.status, 0) << result.err;
}

TEST(StudioCommandTest, BadLinesAreSaidAndChangeTheExitStatus) {
  const TemporaryFolder folder;
  const std::string path = folder.file("bad.jsonl");
  std::ofstream(path) << "nonsense\n" << std::ifstream(kFixture).rdbuf();
  StudioProcess studio({"studio", path, "--port", "0", "--otlp-port", "0"});
  studio.wait_for_error("17 events, 1 bad lines");
  EXPECT_NE(studio.get("/api/bad-lines").find("\"line\":1,"), std::string::npos);
  EXPECT_EQ(studio.interrupt().status, 1);
}

TEST(StudioCommandTest, Row73_AFileIsFollowed) {
  const TemporaryFolder folder;
  const std::string path = folder.file("grows.jsonl");
  std::ofstream(path, std::ios::app) << "{\"event_type\":\"a\",\"timestamp\":1}\n";
  StudioProcess studio({"studio", path, "--follow", "--port", "0", "--no-otlp"});
  studio.wait_for("/api/status", R"("events":1,)");
  std::ofstream(path, std::ios::app) << "{\"event_type\":\"b\",\"timestamp\":2}\n";
  studio.wait_for("/api/status", R"("events":2,)");
  EXPECT_EQ(studio.interrupt().status, 0);
}

TEST(StudioCommandTest, AnExampleThatSendsOtlpAppearsLive) {
  StudioProcess studio({"studio", "--port", "0", "--otlp-port", "0"});
  const std::string err = studio.wait_for_error("OTEL_EXPORTER_OTLP_ENDPOINT");
  RawClient live(studio.port());
  ASSERT_TRUE(live.send("GET /traces/live?agent=bear HTTP/1.1\r\nHost: localhost:" +
                        std::to_string(studio.port()) + "\r\n\r\n"));
  ASSERT_NE(live.read_until("retry: "), "");
  const std::string otlp = "http://127.0.0.1" + text_between(err, "http://127.0.0.1", " ");
  run_program({"example", "debate", "--export", "otlp:" + otlp});
  EXPECT_NE(live.read_until("\"agent_name\":\"bear\""), "");
  studio.wait_for("/api/runs", "\"matched\":1");
  const std::string run = text_between(studio.get("/api/runs"), "\"run_id\":\"", "\"");
  const std::string tree = studio.get("/api/runs/" + run + "/spans");
  for (const char* const name : {"\"bull\"", "\"bear\"", "\"debate\""}) {
    EXPECT_NE(tree.find(name), std::string::npos) << name << " " << tree;
  }
  EXPECT_EQ(studio.interrupt().status, 0);
}

TEST(StudioCommandTest, AnExampleShowsItselfWhileItRunsAndAfterwards) {
  StudioProcess studio({"example", "debate", "--studio=0", "--pace", "0.05"});
  RawClient stream(studio.port());
  ASSERT_TRUE(stream.send("GET /traces/stream HTTP/1.1\r\nHost: localhost:" +
                          std::to_string(studio.port()) + "\r\n\r\n"));
  EXPECT_NE(stream.read_until("\"event_type\":\"pattern_start\""), "")
      << "what has begun is shown before it ends";
  studio.wait_for_error("the page stays until ^C");
  studio.wait_for("/api/runs", "\"status\":\"success\"");
  EXPECT_EQ(studio.interrupt().status, 0);
}

TEST(StudioCommandTest, AnExampleIsEndedAtOnceWhileItsAgentsRun) {
  StudioProcess studio({"example", "debate", "--studio=0", "--pace", "10"});
  RawClient stream(studio.port());
  ASSERT_TRUE(stream.send("GET /traces/stream HTTP/1.1\r\nHost: localhost:" +
                          std::to_string(studio.port()) + "\r\n\r\n"));
  EXPECT_NE(stream.read_until("\"event_type\":\"pattern_start\""), "");
  EXPECT_EQ(studio.interrupt().err.find("the page stays"), std::string::npos);
}

TEST(StudioCommandTest, Security6_AwayFromThisMachineTheLinkHasAToken) {
  StudioProcess studio({"studio", "--port", "0", "--no-otlp", "--host", "0.0.0.0"});
  const std::string token = text_between(studio.url() + "\n", "#token=", "\n");
  EXPECT_EQ(token.size(), 64u) << studio.url();
  EXPECT_NE(studio.get("/api/status").find("token"), std::string::npos);
  const std::string status = studio.get("/api/status", "Authorization: Bearer " + token + "\r\n");
  EXPECT_NE(status.find("\"version\""), std::string::npos) << status;
  const ProgramResult result = studio.interrupt();
  EXPECT_EQ(result.out.find(token), result.out.rfind(token)) << "printed once";
  EXPECT_EQ(result.err.find(token), std::string::npos);
}

TEST(StudioCommandTest, WhatCannotBeBegunSaysWhatToDo) {
  const auto refused = [](std::vector<std::string> arguments, std::string_view what) {
    arguments.insert(arguments.begin(), "studio");
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_NE(result.err.find(what), std::string::npos) << result.err;
  };
  StudioProcess studio({"studio", "--port", "0", "--no-otlp"});
  refused({"--no-otlp", "--port", std::to_string(studio.port())},
          "another program has the port: give another one, or 0 for any that is free (--port)");
  refused({"/nowhere/at-all"}, "/nowhere/at-all: No such file");
  refused({"/"}, "is a directory");
  refused({"--follow"}, "takes one FILE");
  refused({"--follow", kFixture, kFixture}, "takes one FILE");
  refused({"--port", "70000"}, "70000");
  refused({"--host", "192.0.2.1", "--port", "0", "--no-otlp"}, "a name of this machine");
  refused({"--export", "nonsense:"}, "nonsense");
  EXPECT_EQ(studio.interrupt().status, 0);
}

}  // namespace
}  // namespace tracebus::testing
