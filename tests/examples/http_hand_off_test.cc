// SPDX-License-Identifier: Apache-2.0
//
// Two processes over HTTP. Judged by the files that both wrote: one trace, one tree, one edge; and
// of what strangers send, that each request is served, as part of a trace of its own, and that
// nothing of it is there for the next one.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "tracebus/core/limits.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/examples/child.h"
#include "tracebus/tests/examples/read_trace.h"

namespace tracebus {
namespace {

using testing::Child;
using testing::kLong;
using testing::ReadEvent;
using testing::ReadEvents;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr const char* kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class HttpHandOff : public ::testing::Test {
 protected:
  void SetUp() override {
    researcher_ = std::make_unique<Child>(std::vector<std::string>{TRACEBUS_RESEARCHER, file()});
    ASSERT_TRUE(testing::eventually([this] { return researcher_->printed().ends_with("\n"); }));
    ASSERT_EQ(std::sscanf(researcher_->printed().c_str(), "listening on %hu", &port_), 1);
  }

  std::string file() const { return folder_.file("researcher.jsonl"); }
  unsigned short port() const { return port_; }

  // What the researcher answers to these bytes, until it closes; or as far as it came in time.
  std::string send(const std::string& bytes) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience = {.tv_sec = kLong.count() / 1000, .tv_usec = 0};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      std::size_t sent = 0;
      for (ssize_t n = 1; n > 0 && sent < bytes.size(); sent += static_cast<std::size_t>(n)) {
        n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n < 0) break;
      }
      char piece[4096];
      for (ssize_t n; (n = recv(socket, piece, sizeof piece, 0)) > 0;) {
        answer.append(piece, static_cast<std::size_t>(n));
      }
    }
    close(socket);
    return answer;
  }
  std::string post(const std::string& headers) const {
    return send("POST /task HTTP/1.1\r\nHost: localhost\r\n" + headers +
                "Content-Length: 2\r\n\r\nhi");
  }
  void serve(const std::string& headers) const {
    EXPECT_THAT(post(headers), StartsWith("HTTP/1.1 200 OK\r\n")) << headers.substr(0, 200);
  }

  // Ends the researcher, and returns what it wrote.
  ReadEvents stop() {
    EXPECT_THAT(send("GET /stop HTTP/1.1\r\nHost: localhost\r\n\r\n"), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(researcher_->wait(), 0);
    return testing::read_trace({file()});
  }
  // The spans of the requests, in their order.
  ReadEvents stop_and_take_agents() {
    const ReadEvents events = stop();
    for (const ReadEvent& served : testing::of_type(events, "request_served")) {
      EXPECT_EQ(served.trace + served.span + served.run, "") << "left behind on the thread";
      EXPECT_EQ(served["baggage"], "\"\"");
      EXPECT_EQ(served["session"], "\"\"");
    }
    return testing::of_type(events, "agent_end");
  }

  testing::TemporaryFolder folder_;

 private:
  std::unique_ptr<Child> researcher_;
  unsigned short port_ = 0;
};

void expect_new_trace(const ReadEvent& agent) {
  EXPECT_NE(agent.trace, kTrace);
  EXPECT_THAT(agent.trace, SizeIs(32));
  EXPECT_EQ(agent.parent, "");
  EXPECT_EQ(agent.run, agent.trace);
}

TEST_F(HttpHandOff, Row60_Row61_TwoProcessesAreOneTreeWithOneHandOffEdge) {
  const std::string file_of_sender = folder_.file("orchestrator.jsonl");
  Child orchestrator({TRACEBUS_ORCHESTRATOR, std::to_string(port()), file_of_sender});
  EXPECT_EQ(orchestrator.wait(), 0);
  (void)stop();
  const ReadEvents events = testing::read_trace({file_of_sender, file()});
  std::set<std::string> traces, runs;
  for (const ReadEvent& event : events) {
    if (event.type == "request_served") continue;
    traces.insert(event.trace);
    runs.insert(event.run);
  }
  EXPECT_THAT(traces, SizeIs(1));
  EXPECT_EQ(runs, traces);
  EXPECT_EQ(testing::tree_of(events),
            "AGENT \"orchestrator\" service.name=\"orchestration\" session.id=\"session-abc\""
            " user.id=\"user-123\"\n"
            "  TOOL \"ask researcher\" ok protocol=\"http\" session.id=\"session-abc\""
            " user.id=\"user-123\" answer_bytes=8\n"
            "    AGENT \"researcher\" service.name=\"research\" session.id=\"session-abc\""
            " user.id=\"user-123\" question_bytes=30 sampled=true tenant=\"acme, inc.\""
            " baggage_members=3 dropped_baggage_members=0\n"
            "      TOOL \"web-search\" ok session.id=\"session-abc\" user.id=\"user-123\""
            " results=1\n");
  const ReadEvents edges = testing::of_type(events, "handoff");
  ASSERT_THAT(edges, SizeIs(1));
  EXPECT_EQ(edges[0].agent, "orchestrator");
  EXPECT_EQ(edges[0]["agent.handoff.from"], "\"orchestrator\"");
  EXPECT_EQ(edges[0]["agent.handoff.to"], "\"research\"");
  EXPECT_EQ(edges[0]["agent.handoff.reason"], "\"needs research\"");
  EXPECT_EQ(edges[0]["agent.handoff.protocol"], "\"http\"");
  EXPECT_EQ(edges[0].span, testing::of_type(events, "tool_end")[0].span) << "of who sent it";
}

TEST_F(HttpHandOff, Row60_FlagAndBaggageOfTheCallerArrive) {
  serve("traceparent: " + std::string(kParent) + "\r\nBAGGAGE: tenant=a%20b,k=v\r\n");
  serve("TraceParent: 00-" + std::string(kTrace) + "-b7ad6b7169203331-00\r\n");
  const ReadEvents agents = stop_and_take_agents();
  ASSERT_THAT(agents, SizeIs(2));
  for (const ReadEvent& agent : agents) {
    EXPECT_EQ(agent.trace, kTrace);
    EXPECT_EQ(agent.parent, "b7ad6b7169203331");
  }
  EXPECT_EQ(agents[0]["sampled"], "true");
  EXPECT_EQ(agents[0]["tenant"], "\"a b\"");
  EXPECT_EQ(agents[1]["sampled"], "false");
  EXPECT_EQ(agents[1]["tenant"], "\"\"") << "of the request before";
}

TEST_F(HttpHandOff, Row58_Row60_GarbageBeginsATraceOfItsOwn) {
  const std::string parent = std::string("traceparent: ") + kParent + "\r\n";
  const std::string garbage[] = {
      "traceparent: garbage\r\ntracestate: garbage\r\nbaggage: garbage\r\n",
      "traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01\r\n",
      "traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01\r\n",
      "traceparent: ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
      "traceparent: \x80\xFF\xC0\xC1\r\nbaggage: \xFF=\xFF,=,;,\"\r\n",
      "traceparent: " + std::string(60'000, '0') + "\r\n",
      "traceparent: " + std::string(kParent) + "," + kParent + "\r\n",
      parent + parent,
      "traceparent: \r\nbaggage: \r\ntracestate: \r\n",
  };
  for (const std::string& headers : garbage) serve(headers);
  const ReadEvents agents = stop_and_take_agents();
  ASSERT_THAT(agents, SizeIs(std::size(garbage)));
  std::set<std::string> traces;
  for (const ReadEvent& agent : agents) {
    expect_new_trace(agent);
    traces.insert(agent.trace);
    EXPECT_EQ(agent["baggage_members"], "0");
  }
  EXPECT_THAT(traces, SizeIs(std::size(garbage)));
}

TEST_F(HttpHandOff, Row58_OversizedAndRepeatedHeadersHaveTheirLimits) {
  std::string many, lines;
  for (int i = 0; i < 5000; ++i) many += "k" + std::to_string(i) + "=v,";
  for (int i = 0; i < 500; ++i) lines += "baggage: line" + std::to_string(i) + "=v\r\n";
  const std::string parent = std::string("traceparent: ") + kParent + "\r\n";
  serve(parent + "baggage: " + many + "tenant=beyond\r\n");
  serve(parent + lines);
  serve(parent + "baggage: tenant=" + std::string(50'000, 'x') + "\r\n");
  serve(parent + "tracestate: " + std::string(50'000, 'a') + "=1\r\n");
  serve(parent + "baggage: tenant=first\r\nBaggage: tenant=second\r\n");
  serve("");
  const ReadEvents agents = stop_and_take_agents();
  ASSERT_THAT(agents, SizeIs(6));
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(agents[i].trace, kTrace) << i;
  const auto number = [&](std::size_t i, const char* key) { return std::stoul(agents[i][key]); };
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_EQ(number(i, "baggage_members"), kBaggageMembersMax);
    EXPECT_EQ(number(i, "dropped_baggage_members"), (i == 0 ? 5001u : 500u) - kBaggageMembersMax);
  }
  EXPECT_EQ(number(2, "baggage_members"), 0u);
  EXPECT_EQ(number(2, "dropped_baggage_members"), 1u);
  EXPECT_EQ(agents[4]["tenant"], "\"second\"");
  EXPECT_EQ(number(4, "baggage_members"), 1u);
  expect_new_trace(agents[5]);
  EXPECT_EQ(agents[5]["tenant"], "\"\"");
}

// What is no request is refused by the server, and changes nothing for the next one.
TEST_F(HttpHandOff, Row60_WhatIsNoRequestLeavesNothingBehind) {
  EXPECT_THAT(send("traceparent\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(post("traceparent : " + std::string(kParent) + "\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(post("baggage: " + std::string(300'000, 'x') + "=1\r\n"),
              ::testing::Not(StartsWith("HTTP/1.1 200")));
  serve("");
  const ReadEvents agents = stop_and_take_agents();
  ASSERT_THAT(agents, SizeIs(1));
  expect_new_trace(agents[0]);
}

TEST_F(HttpHandOff, Row61_HandOffOfAStrangerIsBoundedTextOfAnEdge) {
  serve("baggage: agent.handoff.from=" + std::string(4000, 'a') +
        ",agent.handoff.reason=%0D%0AX%3A%201%FF,agent.handoff.to=me\r\n");
  const ReadEvents edges = testing::of_type(stop(), "handoff");
  ASSERT_THAT(edges, SizeIs(1));
  EXPECT_EQ(edges[0].trace, "");
  EXPECT_THAT(edges[0]["agent.handoff.from"], SizeIs(kHandOffTextBytesMax + 2));
  EXPECT_EQ(edges[0]["agent.handoff.reason"], "\"\\r\\nX: 1\xEF\xBF\xBD\"");
  EXPECT_EQ(edges[0]["agent.handoff.to"], "\"me\"");
}

}  // namespace
}  // namespace tracebus
