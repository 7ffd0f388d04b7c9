// SPDX-License-Identifier: Apache-2.0
//
// The collector that does everything wrong. The oracle is what it decoded: each span that counts as
// delivered is among that, and the account is whole (export_rig.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <stop_token>
#include <string>

#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/otlp_http/export_rig.h"
#include "tracebus/tests/otlp_http/span_receiver.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr std::size_t kSpans = 20;
// Of those exports that come to nothing: long enough for some attempts.
constexpr milliseconds kShort{400};
constexpr milliseconds kNever = 3 * kLong;

constexpr std::string_view kProtobuf = "Content-Type: application/x-protobuf\r\n";

// A receiver that takes what comes, and answers as the test says.
class FaultTest : public ::testing::Test {
 protected:
  // What the script begins with: the receiver decodes the spans.
  void take(Connection& connection, const RequestHead& head) {
    const std::string body = connection.read_body(head);
    if (body.size() == head.body_bytes) receiver_.take(body, head.header("Content-Encoding"));
  }

  // Answers of this text, to all requests, once their spans were taken.
  ExportAccount against(const std::string& status, const std::string& headers = {},
                        const std::string& body = {}) {
    return against_script(
        [=](Connection& connection) { connection.answer(status, headers, body); });
  }
  // The script comes after the spans were taken.
  ExportAccount against_script(const std::function<void(Connection&)>& script,
                               milliseconds timeout = kNever) {
    return against_requests(
        [&](Connection& connection, const RequestHead& head) {
          take(connection, head);
          script(connection);
        },
        timeout);
  }
  ExportAccount against_requests(const ScriptedServer::Script& script,
                                 milliseconds timeout = kNever) {
    ScriptedServer server(script);
    const ExportAccount account = run_export(options_for(server.url(), timeout), kSpans);
    requests_ = server.requests();
    EXPECT_EQ(account.abandoned, 0u);
    // What is delivered was decoded. No one knows which spans a receiver refuses.
    if (account.delivered != 0) {
      EXPECT_EQ(receiver_.distinct(), kSpans);
    }
    return account;
  }

  SpanReceiver receiver_;
  std::size_t requests_ = 0;
};

void expect_delivered(const ExportAccount& account) {
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(account.last_error, "");
}

void expect_failed(const ExportAccount& account, const std::string& why) {
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_THAT(account.last_error, HasSubstr(why));
}

TEST_F(FaultTest, AnEmptyAnswerWith200IsSuccess) {
  expect_delivered(against("200 OK", std::string(kProtobuf)));
  EXPECT_EQ(requests_, 1u);
  expect_delivered(against("200 OK", "Content-Type: application/json\r\n", "{}"));
  expect_delivered(against("200 OK", {}, "{\"partialSuccess\":{}}"));
}

TEST_F(FaultTest, WhoAcceptsAndHangsCostsTheBatchAndNothingElse) {
  const auto account = against_script([](Connection& connection) { connection.hang(); }, kShort);
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_LE(requests_, 1u);
}

TEST_F(FaultTest, WhoNeverReadsCostsTheBatchAndNothingElse) {
  const auto account = against_requests(
      [](Connection& connection, const RequestHead&) { connection.hang(); }, kShort);
  EXPECT_EQ(account.failed, kSpans);
}

TEST_F(FaultTest, AnAnswerOfOneByteASecondIsNotWaitedFor) {
  const auto account = against_script(
      [](Connection& connection) {
        connection.send_slowly("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", milliseconds(1000));
      },
      kShort);
  EXPECT_EQ(account.failed, kSpans);
}

// Found by http_answer_fuzz: to libcurl the end of the connection ends the headers as well.
TEST_F(FaultTest, G19_HeadersThatBreakOffAreTriedAgainAndTold) {
  constexpr std::string_view kBroken = "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r`";
  const auto breaks_off = [&](Connection& connection) {
    connection.send(kBroken);
    connection.close();
  };
  expect_failed(against_script(breaks_off, kShort), "within the headers");
  const auto account = against_requests([&](Connection& connection, const RequestHead& head) {
    take(connection, head);
    if (head.number == 1) return breaks_off(connection);
    connection.answer("200 OK");
  });
  EXPECT_EQ(account.delivered, kSpans);
  EXPECT_EQ(requests_, 2u);
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

TEST_F(FaultTest, G19_PartialSuccessIsCountedAndNotSentAgain) {
  // partial_success{rejected_spans: 3, error_message: "no \x1b[2J"}
  const auto account =
      against("200 OK", std::string(kProtobuf), "\x0a\x0b\x08\x03\x12\x07no \x1b[2J");
  EXPECT_EQ(account.delivered, kSpans - 3);
  EXPECT_EQ(account.rejected, 3u);
  EXPECT_EQ(requests_, 1u);
  EXPECT_THAT(account.last_error, HasSubstr("rejected 3 of 20: no \\x1b[2J"));
}

TEST_F(FaultTest, G19_PartialSuccessInJsonIsUnderstood) {
  const auto account =
      against("200 OK", "Content-Type: application/json\r\n",
              R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"too \u006fld"}})");
  EXPECT_EQ(account.delivered, kSpans - 2);
  EXPECT_EQ(account.rejected, 2u);
  EXPECT_THAT(account.last_error, HasSubstr("rejected 2 of 20: too old"));
}

TEST_F(FaultTest, NobodyRejectsMoreThanThereWas) {
  const auto account = against("200 OK", std::string(kProtobuf),
                               std::string("\x0a\x0a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 12));
  EXPECT_EQ(account.rejected, kSpans);
  EXPECT_EQ(account.failed, 0u);
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

TEST_F(FaultTest, G19_WhoNeverRecoversIsTriedUntilTheEndAndHisAnswerIsTold) {
  std::stop_source stop;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    take(connection, head);
    if (head.number < 4) {
      connection.answer("503 Later", {}, "too busy\n");
      return;
    }
    stop.request_stop();
    connection.hang();
  });
  const auto exporter = *OtlpHttpExporter::create(options_for(server.url()));
  EventMaker maker;
  maker.add(numbered_span(1));
  const ExportContext context = {.deadline = std::chrono::steady_clock::now() + kNever,
                                 .stop = stop.get_token()};
  EXPECT_EQ(exporter->export_batch(maker.batch(), context).failed, 1u);
  EXPECT_EQ(exporter->last_error(), "answered 503: too busy\\n");
  EXPECT_EQ(server.requests(), 4u);
}

// The moment of the second request, counted from the answer to the first.
milliseconds second_request_after(const std::function<std::string()>& retry_after,
                                  const char* status) {
  using Clock = std::chrono::steady_clock;
  SpanReceiver receiver;
  Clock::time_point answered;
  Clock::time_point came;
  {
    ScriptedServer server([&](Connection& connection, const RequestHead& head) {
      if (head.number == 2) came = Clock::now();
      receiver.take(connection.read_body(head));
      if (head.number > 1) {
        connection.answer("200 OK");
        return;
      }
      answered = Clock::now();
      connection.answer(status, "Retry-After: " + retry_after() + "\r\n");
    });
    const ExportAccount account = run_export(options_for(server.url()), kSpans);
    EXPECT_EQ(account.delivered, kSpans);
    EXPECT_EQ(server.requests(), 2u);
  }
  return std::chrono::floor<milliseconds>(came - answered);
}

TEST_F(FaultTest, G19_RetryAfterInSecondsIsObeyed) {
  EXPECT_GE(second_request_after([] { return "1"; }, "429 Too Many"), milliseconds(1000));
}

TEST_F(FaultTest, G19_RetryAfterAsADateIsObeyed) {
  std::time_t until = 0;
  const auto in_two_seconds = [&until] {
    until = std::time(nullptr) + 2;
    std::tm parts{};
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&until, &parts));
    return std::string(text);
  };
  // The date has whole seconds: at least one is left of two.
  EXPECT_GE(second_request_after(in_two_seconds, "503 Later"), milliseconds(1000));
  // Not std::time, which lags behind the clock by some milliseconds.
  EXPECT_GE(std::chrono::system_clock::now(), std::chrono::system_clock::from_time_t(until));
}

TEST_F(FaultTest, G19_ARetryAfterBeyondTheDeadlineIsObeyedByTheNextBatchToo) {
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    take(connection, head);
    connection.answer("429 Too Many", "Retry-After: 3600\r\n");
  });
  EventMaker maker;
  maker.add(numbered_span(1));
  const auto export_one = [&](OtlpHttpExporter& exporter) {
    const ExportContext context = {.deadline = std::chrono::steady_clock::now() + kNever,
                                   .stop = {}};
    EXPECT_EQ(exporter.export_batch(maker.batch(), context).failed, 1u);
  };
  // Only he who got the answer can obey it: on a machine that stalls that takes longer.
  for (milliseconds timeout = kShort; timeout < kNever; timeout *= 2) {
    const auto exporter = *OtlpHttpExporter::create(options_for(server.url(), timeout));
    export_one(*exporter);
    if (exporter->last_error() != "answered 429") continue;
    const std::size_t before = server.requests();
    export_one(*exporter);
    EXPECT_EQ(server.requests(), before);
    return;
  }
  FAIL() << "no answer ever came";
}

TEST_F(FaultTest, G19_A400IsNotTriedAgainAndSaysWhy) {
  // google.rpc.Status{code: 3, message: "bad"}
  const auto account = against("400 Bad Request", std::string(kProtobuf),
                               std::string("\x08\x03\x12\x03"
                                           "bad",
                                           7));
  expect_failed(account, "answered 400: bad");
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, AnErrorIsShownSafelyAndInPart) {
  const auto account =
      against("500 Oh", "Content-Type: text/plain\r\n", "\x1b[31m" + std::string(1'000'000, 'x'));
  expect_failed(account, "answered 500: \\x1b[31mxxx");
  EXPECT_LE(account.last_error.size(), 512u);
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, ARedirectIsNotFollowedAndItsHostIsNamed) {
  ScriptedServer elsewhere([](Connection& connection, const RequestHead&) { connection.close(); });
  const std::string host = "127.0.0.1:" + std::to_string(elsewhere.port());
  const auto account =
      against("301 Moved", "Location: http://user:secret@" + host + "/v1/traces?key=secret\r\n");
  expect_failed(account, "answered 301, to " + host + "; no redirect is followed");
  EXPECT_THAT(account.last_error, ::testing::Not(HasSubstr("secret")));
  EXPECT_EQ(requests_, 1u);
  EXPECT_EQ(elsewhere.connections(), 0u);
}

TEST_F(FaultTest, A100ContinueIsNoAnswer) {
  expect_delivered(against_requests([&](Connection& connection, const RequestHead& head) {
    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    take(connection, head);
    connection.answer("200 OK");
  }));
}

TEST_F(FaultTest, ChunksWithoutEndAreCutOff) {
  const auto account = against_script([](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    while (connection.send(chunk)) continue;
  });
  expect_failed(account, "answered 200, but the answer is longer than its bound");
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, ABodyOfAGigabyteIsCutOff) {
  std::atomic<std::size_t> sent{0};
  const auto account = against_script([&](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
    const std::string piece(1 << 16, 'x');
    while (sent < (std::size_t{1} << 30) && connection.send(piece)) sent += piece.size();
  });
  expect_failed(account, "answered 200, but the answer is longer than its bound");
  EXPECT_LT(sent.load(), std::size_t{1} << 28);  // the bound, and what was on the way
}

TEST_F(FaultTest, HeadersWithoutEndAreCutOff) {
  const auto account = against_script([](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X-Filling: " + std::string(1000, 'x') + "\r\n")) continue;
  });
  expect_failed(account, "the answer is longer than its bound");
}

TEST_F(FaultTest, AnAnswerThatBreaksOffIsNoSuccessAndNotSentAgain) {
  const auto account = against_script([](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
    connection.close();
  });
  expect_failed(account, "answered 200, but ");
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, AnAnswerLongerThanItSaysIsCutAndItsConnectionNotUsedAgain) {
  const auto account = against_script([](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 400 Bad\r\n\r\n");
  });
  EXPECT_EQ(account.delivered, kSpans);
}

TEST_F(FaultTest, AGzipBombIsNotUnpacked) {
  const std::string bomb = gzipped(std::string(std::size_t{64} << 20, '\0'));
  ASSERT_LT(bomb.size(), 100'000u);
  const auto account =
      against("200 OK", std::string(kProtobuf) + "Content-Encoding: gzip\r\n", bomb);
  expect_failed(account, "answered 200, but not as receivers of OTLP do");
}

TEST_F(FaultTest, AnAnswerThatIsNoOtlpIsNoSuccess) {
  expect_failed(against("200 OK", std::string(kProtobuf), "\x0a\xff\xff\xff\xff\x0f"),
                "answered 200, but not as receivers of OTLP do");
  EXPECT_EQ(requests_, 1u);
  expect_failed(against("200 OK", "Content-Type: text/html\r\n", "<!doctype html><p>Log in"),
                "answered 200, but not as receivers of OTLP do");
  expect_failed(against("200 OK", "Content-Type: application/json\r\n", "[1,2"),
                "answered 200, but not as receivers of OTLP do");
}

TEST_F(FaultTest, WhatIsNoHttpIsNotTriedAgain) {
  const auto account = against_script([](Connection& connection) {
    connection.send("SSH-2.0-OpenSSH_9.2\r\n");
    connection.close();
  });
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_EQ(requests_, 1u);
}

TEST_F(FaultTest, G19_ARefusedConnectionIsTriedUntilTheDeadline) {
  const auto account =
      run_export(options_for("http://127.0.0.1:" + std::to_string(closed_port()), kShort), kSpans);
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_NE(account.last_error, "");
}

// One second is what a shutdown gives; whoever is busy then gets a request to stop.
void expect_shutdown_in_time(const std::string& url) {
  auto exporter = OtlpHttpExporter::create(options_for(url));
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

TEST_F(FaultTest, G9_ShutdownIsInTimeWhileACollectorHangs) {
  ScriptedServer server([](Connection& connection, const RequestHead&) { connection.hang(); });
  expect_shutdown_in_time(server.url());
}

TEST_F(FaultTest, G9_ShutdownIsInTimeWhileACollectorWantsToBeLeftAlone) {
  ScriptedServer server([](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    connection.answer("503 Later", "Retry-After: 3600\r\n");
  });
  expect_shutdown_in_time(server.url());
}

TEST_F(FaultTest, G9_ShutdownIsInTimeWhileNobodyListens) {
  expect_shutdown_in_time("http://127.0.0.1:" + std::to_string(closed_port()));
}

TEST_F(FaultTest, AHostWithoutAnAddressCostsTheBatchAndNothingElse) {
  const auto account = run_export(options_for("http://nowhere.invalid", kShort), kSpans);
  EXPECT_EQ(account.failed, kSpans);
}

}  // namespace
}  // namespace tracebus::testing
