// SPDX-License-Identifier: Apache-2.0
//
// What a server on this machine does with good and with hostile connections.
#include "tracebus/studio/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/studio/raw_client.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Answers with what it was asked.
HttpReply echo(const HttpCall& call) {
  if (call.path == "/throw") throw std::runtime_error("secret");
  HttpReply reply;
  reply.body = std::string(call.method) + " " + std::string(call.path) + "?" +
               std::string(call.query) + " " + std::to_string(call.body.size());
  return reply;
}

class HttpServerTest : public ::testing::Test {
 protected:
  void start(HttpServerOptions options = {}) {
    auto started = HttpServer::start(options, echo);
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }
  int port() const { return server_->port(); }
  std::string host() const { return "Host: localhost:" + std::to_string(port()) + "\r\n"; }
  std::string get(const std::string& target, const std::string& headers = {}) const {
    return "GET " + target + " HTTP/1.1\r\n" + host() + headers + "\r\n";
  }

  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, OneConnectionAsksManyTimes) {
  start();
  RawClient client(port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(get("/a?b=" + std::to_string(i))));
    const RawAnswer answer = client.read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /a?b=" + std::to_string(i) + " 0");
  }
  ASSERT_TRUE(client.send(get("/1") + get("/2")));
  EXPECT_EQ(client.read().body, "GET /1? 0");
  EXPECT_EQ(client.read().body, "GET /2? 0");
}

TEST_F(HttpServerTest, BothAddressesOfTheMachine) {
  start();
  RawClient v6(port(), true);
  ASSERT_EQ(v6.is_connected(), this_machine_has_v6());
  if (!v6.is_connected()) return;
  ASSERT_TRUE(v6.send("GET / HTTP/1.1\r\nHost: [::1]:" + std::to_string(port()) + "\r\n\r\n"));
  EXPECT_EQ(v6.read().status, 200);
}

TEST_F(HttpServerTest, BodiesByLengthAndInChunks) {
  start();
  EXPECT_EQ(RawClient::ask(port(), post(port(), "/p", "a/b", std::string(100'000, 'x'))).body,
            "POST /p? 100000");
  const std::string chunked = "POST /c HTTP/1.1\r\n" + host() +
                              "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  EXPECT_EQ(RawClient::ask(port(), chunked).body, "POST /c? 6");
}

TEST_F(HttpServerTest, WhoWaitsForLeaveToSendABodyGetsIt) {
  start();
  RawClient client(port());
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\n" + host() +
                          "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  EXPECT_EQ(client.read().status, 100);
  ASSERT_TRUE(client.send("abc"));
  EXPECT_EQ(client.read().body, "POST /? 3");
}

TEST_F(HttpServerTest, Security6_EveryAnswerHasItsHeaders) {
  start();
  for (const std::string& request : {get("/"), std::string("nonsense\r\n\r\n"),
                                     std::string("GET / HTTP/1.1\r\nHost: evil\r\n\r\n")}) {
    const RawAnswer answer = RawClient::ask(port(), request);
    for (const char* const header :
         {"Content-Security-Policy: default-src 'none';", "X-Content-Type-Options: nosniff",
          "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin",
          "Cache-Control: no-store"}) {
      EXPECT_NE(answer.head.find(header), std::string::npos) << request << header;
    }
  }
}

TEST_F(HttpServerTest, Security6_HostileHeadsAreRefusedBeforeABodyIsRead) {
  start();
  const auto status_of = [&](const std::string& lines) {
    return RawClient::ask(port(), "POST /p HTTP/1.1\r\n" + lines + "\r\n").status;
  };
  EXPECT_EQ(status_of("Host: evil.example\r\nContent-Length: 5\r\n"), 421);
  EXPECT_EQ(status_of("Content-Length: 5\r\n"), 400);
  EXPECT_EQ(status_of(host() + host()), 400);
  EXPECT_EQ(status_of(host() + "Origin: http://evil.example\r\nContent-Length: 5\r\n"), 403);
  EXPECT_EQ(status_of(host() + "Content-Length: 5\r\nContent-Length: 6\r\n"), 400);
  EXPECT_EQ(status_of(host() + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(status_of(host() + "Content-Length: 99999999999999999999999\r\n"), 400);
  EXPECT_EQ(status_of(host() + "Content-Length: 99999999999\r\n"), 413);
  EXPECT_EQ(status_of(host() + "X: " + std::string(20'000, 'x') + "\r\n"), 431);
  EXPECT_EQ(RawClient::ask(port(), "GET http://evil/ HTTP/1.1\r\n" + host() + "\r\n").status, 400);
  EXPECT_EQ(RawClient::ask(port(), get("/")).status, 200) << "and others are answered";
}

TEST_F(HttpServerTest, BodiesBeyondTheirBoundAreRefused) {
  start({.body_bytes_max = 1000});
  EXPECT_EQ(RawClient::ask(port(), post(port(), "/", "a/b", std::string(1000, 'x'))).status, 200);
  EXPECT_EQ(RawClient::ask(port(), post(port(), "/", "a/b", std::string(1001, 'x'))).status, 413);
  std::string chunked = "POST / HTTP/1.1\r\n" + host() + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) chunked += "64\r\n" + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(RawClient::ask(port(), chunked + "0\r\n\r\n").status, 413);
}

TEST_F(HttpServerTest, BodiesOfAllTogetherHaveABound) {
  start({.body_bytes_max = 1000, .bodies_bytes_max = 1500});
  RawClient first(port());
  ASSERT_TRUE(first.send("POST / HTTP/1.1\r\n" + host() + "Expect: 100-continue\r\n" +
                         "Content-Length: 1000\r\n\r\n"));
  ASSERT_EQ(first.read().status, 100) << "its room is taken";
  const RawAnswer refused = RawClient::ask(port(), post(port(), "/", "a/b", std::string(501, 'x')));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.head.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(RawClient::ask(port(), post(port(), "/", "a/b", std::string(500, 'x'))).status, 200);
  ASSERT_TRUE(first.send(std::string(1000, 'x')));
  EXPECT_EQ(first.read().status, 200);
  EXPECT_EQ(RawClient::ask(port(), post(port(), "/", "a/b", std::string(1000, 'x'))).status, 200)
      << "and given back";
}

TEST_F(HttpServerTest, SlowConnectionsEndAndDoNotShutOthersOut) {
  start(
      {.connections_max = 4, .head_timeout = milliseconds(200), .idle_timeout = milliseconds(200)});
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(std::make_unique<RawClient>(port()));
    ASSERT_TRUE(slow.back()->is_connected());
    if (i % 2 == 0) slow.back()->send("GET / HT");
  }
  EXPECT_EQ(RawClient::ask(port(), get("/")).status, 200);
  for (const auto& client : slow) {
    const RawAnswer answer = client->read();
    EXPECT_TRUE(answer.status == 0 || answer.status == 408) << answer.status;
  }
}

// In both, nothing but giving way ends a connection in the time of the test.
const HttpServerOptions kThreePlaces = {
    .connections_max = 3, .head_timeout = seconds(3600), .idle_timeout = seconds(3600)};

TEST_F(HttpServerTest, ConnectionsThatAreIdleGiveWay) {
  start(kThreePlaces);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 9; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    ASSERT_TRUE(clients.back()->send(get("/")));
    ASSERT_EQ(clients.back()->read().status, 200) << i;
  }
}

TEST_F(HttpServerTest, WhoBecomesIdleGivesWayToThoseWhoWait) {
  start(kThreePlaces);
  std::vector<std::unique_ptr<RawClient>> busy;
  for (int i = 0; i < 3; ++i) {
    busy.push_back(std::make_unique<RawClient>(port()));
    ASSERT_TRUE(busy.back()->send("POST / HTTP/1.1\r\n" + host() + "Expect: 100-continue\r\n" +
                                  "Content-Length: 1\r\n\r\n"));
    ASSERT_EQ(busy.back()->read().status, 100);
  }
  RawClient waiting(port());
  ASSERT_TRUE(waiting.send(get("/")));
  ASSERT_TRUE(busy.front()->send("x"));
  EXPECT_EQ(busy.front()->read().status, 200);
  EXPECT_EQ(waiting.read().status, 200);
}

TEST_F(HttpServerTest, WhoAsksForTheEndGetsIt) {
  start({.idle_timeout = seconds(3600)});
  RawClient client(port());
  ASSERT_TRUE(client.send(get("/", "Connection: close\r\n")));
  const RawAnswer answer = client.read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.head.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(client.is_ended());
}

TEST_F(HttpServerTest, WhatAHandlerThrowsIsNotTold) {
  start();
  const RawAnswer answer = RawClient::ask(port(), get("/throw"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  start();
  RawClient client(port());
  ASSERT_TRUE(client.send("HEAD /x HTTP/1.1\r\n" + host() + "Connection: close\r\n\r\n"));
  // The answer says the length of a body, and the connection ends before one comes.
  EXPECT_EQ(client.read().status, 0);
}

TEST_F(HttpServerTest, ShutdownEndsIdleConnectionsAtOnceAndIsIdempotent) {
  start({.idle_timeout = seconds(60)});
  RawClient idle(port());
  ASSERT_TRUE(idle.send(get("/")));
  ASSERT_EQ(idle.read().status, 200);
  EXPECT_TRUE(server_->shutdown(steady_clock::now() + seconds(20)).ok());
  EXPECT_TRUE(idle.is_ended());
  EXPECT_TRUE(server_->shutdown(steady_clock::now()).ok());
  EXPECT_FALSE(RawClient(port()).is_connected());
}

TEST_F(HttpServerTest, APortThatIsInUseIsSaid) {
  start();
  const auto second = HttpServer::start({.port = server_->port()}, echo);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find("another program has the port"), std::string::npos);
}

}  // namespace
}  // namespace tracebus::testing
