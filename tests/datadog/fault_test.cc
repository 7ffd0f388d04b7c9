// SPDX-License-Identifier: Apache-2.0
//
// The agent that does everything wrong. The oracle is what it decoded: each span that counts as
// delivered is among that; the account is whole, a good neighbour on the same bus has everything,
// and the bus shuts down in time.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <numeric>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/datadog/span_maker.h"
#include "tracebus/tests/datadog/span_receiver.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/http/scripted_server.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr std::size_t kSpans = 20;
// Of those exports that come to nothing: long enough for some attempts.
constexpr milliseconds kShort{400};
constexpr milliseconds kNever = 3 * kLong;

struct Account {
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::string last_error;
};

// Emits the spans as one batch, and waits until each is accounted for.
Account run_export(const DatadogOptions& exported) {
  auto exporter = DatadogExporter::create(exported);
  EXPECT_TRUE(exporter.ok()) << exporter.status();
  if (!exporter.ok()) return {};
  TraceEventBus bus;
  const ExporterOptions options = {.batch = {.events_max = kSpans, .delay_ms_max = 3'600'000},
                                   .export_timeout_ms = 2 * kLong.count()};
  const auto id = bus.add_exporter(*std::move(exporter), options);
  std::vector<std::int64_t> seen;
  const auto neighbour =
      bus.add_exporter(exporter_of({.export_batch = [&](const Batch& batch, const ExportContext&) {
        for (const EventView& event : batch) seen.push_back(number_of(event));
        return ExportResult::ok();
      }}));
  EXPECT_TRUE(id.ok() && neighbour.ok());
  for (std::size_t i = 0; i < kSpans; ++i) {
    EXPECT_EQ(bus.emit(numbered_span(static_cast<std::int64_t>(i), 3)), EmitResult::kAccepted);
  }
  EXPECT_TRUE(bus.flush(3 * kLong).ok());
  EXPECT_TRUE(eventually([&] {
    const SubscriptionStats stats = stats_of(bus, *id);
    return stats.matched == kSpans && stats.in_flight == 0;
  }));
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats_of(bus, *neighbour).delivered, kSpans);
  EXPECT_TRUE(bus.shutdown(milliseconds(1000)).ok() || bus.shutdown(kLong).ok());
  std::vector<std::int64_t> all(kSpans);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
  const std::uint64_t failed = count(stats.dropped, DropReason::kExportFailed);
  EXPECT_EQ(stats.delivered + failed, kSpans);
  EXPECT_EQ(total(stats.dropped), failed);
  return {stats.delivered, failed, stats.last_error};
}

class FaultTest : public ::testing::Test {
 protected:
  // Answers of this text, to all requests, once their spans were taken.
  Account against(const std::string& status, const std::string& headers = {},
                  const std::string& body = {}) {
    return against_script(
        [=](Connection& connection) { connection.answer(status, headers, body); });
  }
  // The script comes after the spans were taken.
  Account against_script(const std::function<void(Connection&)>& script,
                         milliseconds timeout = kNever) {
    return against_requests(
        [&](Connection& connection, const RequestHead& head) {
          take(connection, head);
          script(connection);
        },
        timeout);
  }
  Account against_requests(const ScriptedServer::Script& script, milliseconds timeout = kNever) {
    ScriptedServer server(script);
    const Account account = run_export(datadog_options(server.url(), timeout));
    requests_ = server.requests();
    EXPECT_EQ(receiver_.distinct(), account.delivered != 0 ? kSpans : receiver_.distinct());
    return account;
  }
  void take(Connection& connection, const RequestHead& head) {
    const std::string body = connection.read_body(head);
    if (body.size() == head.body_bytes) receiver_.take(head, body);
  }

  SpanReceiver receiver_;
  std::size_t requests_ = 0;
};

void expect_delivered(const Account& account) {
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(account.last_error, "");
}

void expect_failed(const Account& account, const std::string& why) {
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_THAT(account.last_error, HasSubstr(why));
}

TEST_F(FaultTest, WhatAgentsSayToTracesThatTheyTookIsSuccess) {
  expect_delivered(against("200 OK", "Content-Type: application/json\r\n",
                           "{\"rate_by_service\":{\"service:,env:\":0.5}}\n"));
  EXPECT_EQ(requests_, 1u);
  expect_delivered(against("200 OK", "Content-Type: text/plain\r\n", "OK\n"));
  expect_delivered(against("200 OK"));
}

TEST_F(FaultTest, Anything200ThatNoAgentSaysIsNoSuccessAndNotSentAgain) {
  expect_failed(against("200 OK", "Content-Type: text/html\r\n", "<!doctype html><p>Log in"),
                "answered 200, but not as a Datadog agent does");
  EXPECT_EQ(requests_, 1u);
  expect_failed(against("200 OK", {}, "{\"rate_by_service\":"), "not as a Datadog agent does");
  expect_failed(against("200 OK", {}, std::string("\x84\x00\xff{}", 5)), "not as a Datadog");
}

TEST_F(FaultTest, OnlyA200IsSuccess) {
  expect_failed(against("202 Accepted", {}, "{}"), "answered 202");
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, WhatIsNoHttpIsNotTriedAgain) {
  const auto account = against_script([](Connection& connection) {
    connection.send("SSH-2.0-OpenSSH_9.2\r\n");
    connection.close();
  });
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, A500IsNotTriedAgainAndIsShownSafelyAndInPart) {
  const auto account =
      against("500 Oh", "Content-Type: text/plain\r\n", "\x1b[31m" + std::string(1'000'000, 'x'));
  expect_failed(account, "answered 500: \\x1b[31mxxx");
  EXPECT_LE(account.last_error.size(), 512u);
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, WhoDoesNotKnowTracesIsNamed) {
  for (const char* const status : {"404 Not Found", "415 Unsupported Media Type"}) {
    expect_failed(against(status, {}, "no\n"), "is this a Datadog agent");
    EXPECT_EQ(requests_, 1u);
  }
}

TEST_F(FaultTest, ARedirectIsNotFollowedAndItsHostIsNamed) {
  const auto account =
      against("301 Moved", "Location: http://user:secret@127.0.0.1:1/v0.4/traces?key=secret\r\n");
  expect_failed(account, "answered 301, to 127.0.0.1:1; no redirect is followed");
  EXPECT_THAT(account.last_error, ::testing::Not(HasSubstr("secret")));
}

TEST_F(FaultTest, G19_RetryableStatusesAreTriedAgainUntilOneIsNone) {
  const auto account = against_requests([&](Connection& connection, const RequestHead& head) {
    take(connection, head);
    const char* const answers[] = {"503 Later", "502 Bad Gateway", "504 Gateway Timeout",
                                   "429 Too Many", "200 OK"};
    connection.answer(answers[std::min<std::size_t>(head.number, 5) - 1]);
  });
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(requests_, 5u);
  EXPECT_EQ(receiver_.numbers().size(), 5 * kSpans);
}

TEST_F(FaultTest, G19_RetryAfterIsObeyed) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point answered;
  Clock::time_point came;
  const auto account = against_requests([&](Connection& connection, const RequestHead& head) {
    if (head.number == 2) came = Clock::now();
    take(connection, head);
    if (head.number > 1) {
      connection.answer("200 OK");
      return;
    }
    answered = Clock::now();
    connection.answer("429 Too Many", "Retry-After: 1\r\n");
  });
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(requests_, 2u);
  EXPECT_GE(came - answered, milliseconds(1000));
}

TEST_F(FaultTest, G19_AConnectionResetInTheMiddleOfTheBodyIsTriedAgain) {
  const auto account = against_requests([&](Connection& connection, const RequestHead& head) {
    if (head.number <= 2) {
      EXPECT_EQ(connection.read(10).size(), 10u);
      connection.reset();
      return;
    }
    take(connection, head);
    connection.answer("200 OK");
  });
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(requests_, 3u);
}

TEST_F(FaultTest, AnAnswerThatBreaksOffIsNoSuccessAndNotSentAgain) {
  const auto account = against_script([](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"rate");
    connection.close();
  });
  expect_failed(account, "answered 200, but ");
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, UsersAsk1_WhoAcceptsAndHangsCostsTheBatchAndNothingElse) {
  const auto account = against_script([](Connection& connection) { connection.hang(); }, kShort);
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_LE(requests_, 1u);
}

TEST_F(FaultTest, WhoNeverReadsCostsTheBatchAndNothingElse) {
  const auto account = against_requests(
      [](Connection& connection, const RequestHead&) { connection.hang(); }, kShort);
  EXPECT_EQ(account.failed, kSpans);
}

TEST_F(FaultTest, ChunksWithoutEndAreCutOff) {
  const auto account = against_script([](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    while (connection.send(chunk)) continue;
  });
  expect_failed(account, "answered 200, but the answer is longer than its bound");
}

TEST_F(FaultTest, G19_ARefusedConnectionIsTriedUntilTheDeadline) {
  const auto account =
      run_export(datadog_options("http://127.0.0.1:" + std::to_string(closed_port()), kShort));
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_NE(account.last_error, "");
}

TEST_F(FaultTest, G19_ASocketThatIsNotThereIsTriedUntilTheDeadline) {
  const auto account = run_export(datadog_options("unix:///nowhere/apm.socket", kShort));
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_NE(account.last_error, "");
}

// An agent with a port at which it does not listen yet, so that connections are refused.
class LateAgent {
 public:
  LateAgent() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, generic, size), 0);
    EXPECT_EQ(::getsockname(fd_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  LateAgent(const LateAgent&) = delete;
  LateAgent& operator=(const LateAgent&) = delete;
  ~LateAgent() { ::close(fd_); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // Listens, and takes one request.
  void serve_one(SpanReceiver& receiver) {
    ASSERT_EQ(::listen(fd_, 5), 0);
    Connection connection(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC), fd_);
    const auto head = connection.read_head();
    ASSERT_TRUE(head);
    receiver.take(*head, connection.read_body(*head));
    connection.answer("200 OK", {}, "{}");
  }

 private:
  int fd_ = -1;
  int port_ = 0;
};

TEST_F(FaultTest, UsersAsk13_WhatWasExportedWhileAnAgentWasDownArrivesOnceItIsUp) {
  LateAgent agent;
  const auto exporter = *DatadogExporter::create(datadog_options(agent.url()));
  EventMaker maker;
  for (std::int64_t i = 0; i < 20; ++i) maker.add(numbered_span(i));
  std::thread serving([&] {
    std::this_thread::sleep_for(milliseconds(100));  // by now it most likely was refused
    agent.serve_one(receiver_);
  });
  EXPECT_EQ(exporter->export_batch(maker.batch(), within_a_minute()).lost(), 0u);
  serving.join();
  EXPECT_EQ(receiver_.distinct(), 20u);
}

// One second is what a shutdown gives; whoever is busy then gets a request to stop.
void expect_shutdown_in_time(const std::string& url) {
  auto exporter = DatadogExporter::create(datadog_options(url));
  ASSERT_TRUE(exporter.ok());
  TraceEventBus bus;
  const auto id = bus.add_exporter(*std::move(exporter), {.batch = {.events_max = 5}});
  ASSERT_TRUE(id.ok());
  for (int i = 0; i < 20; ++i) bus.emit(numbered_span(i));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(bus.shutdown(milliseconds(1000)).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kLong);
  EXPECT_TRUE(eventually([&] { return stats_of(bus, *id).in_flight == 0; }));
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats.delivered, 0u);
  EXPECT_EQ(stats.matched, total(stats.dropped));
}

TEST_F(FaultTest, G9_ShutdownIsInTimeWhileAnAgentHangs) {
  ScriptedServer server([](Connection& connection, const RequestHead&) { connection.hang(); });
  expect_shutdown_in_time(server.url());
}

TEST_F(FaultTest, G9_ShutdownIsInTimeWhileAnAgentWantsToBeLeftAlone) {
  ScriptedServer server([](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    connection.answer("429 Too Many", "Retry-After: 3600\r\n");
  });
  expect_shutdown_in_time(server.url());
}

TEST_F(FaultTest, G9_ShutdownIsInTimeWhileNobodyListens) {
  expect_shutdown_in_time("http://127.0.0.1:" + std::to_string(closed_port()));
}

}  // namespace
}  // namespace tracebus::testing
