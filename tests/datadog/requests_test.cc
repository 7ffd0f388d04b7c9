// SPDX-License-Identifier: Apache-2.0
//
// What requests a batch becomes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/datadog/span_maker.h"
#include "tracebus/tests/datadog/span_receiver.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/http/scripted_server.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<DatadogExporter> make(const DatadogOptions& options) {
  auto exporter = DatadogExporter::create(options);
  EXPECT_TRUE(exporter.ok()) << exporter.status();
  return *std::move(exporter);
}

EventMaker spans(std::int64_t count, std::int64_t traces = 1, const std::string& filling = {}) {
  EventMaker maker;
  for (std::int64_t i = 0; i < count; ++i) maker.add(numbered_span(i, traces, filling));
  return maker;
}

class RequestsTest : public ::testing::Test {
 protected:
  std::multiset<std::int64_t> take(Connection& connection, const RequestHead& head) {
    return receiver_.take(head, connection.read_body(head));
  }
  ScriptedServer::Script takes_all() {
    return [this](Connection& connection, const RequestHead& head) {
      take(connection, head);
      connection.answer("200 OK", {}, "{\"rate_by_service\":{}}");
    };
  }
  SpanReceiver receiver_;
};

TEST_F(RequestsTest, ABatchIsCutBySpansAndArrivesWholeOverConnectionsThatAreKept) {
  ScriptedServer server(takes_all());
  DatadogOptions options = datadog_options(server.url());
  options.request_spans_max = 7;
  const auto exporter = make(options);
  EventMaker maker = spans(1000, 10);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(exporter->export_batch(maker.batch(), within_a_minute()).lost(), 0u);
  }
  EXPECT_EQ(server.requests(), 3u * 143u);
  EXPECT_LE(server.connections(), options.http.requests_max);
  EXPECT_EQ(receiver_.numbers().size(), 3000u);
  EXPECT_EQ(receiver_.distinct(), 1000u);
}

TEST_F(RequestsTest, UsersAsk15_NoRequestIsLargerThanItMayBeAndASpanThatIsFailsAlone) {
  std::atomic<std::size_t> largest{0};
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    std::size_t before = largest.load();
    while (before < head.body_bytes && !largest.compare_exchange_weak(before, head.body_bytes)) {
    }
    take(connection, head);
    connection.answer("200 OK");
  });
  DatadogOptions options = datadog_options(server.url());
  options.request_bytes_max = 10'000;
  const auto exporter = make(options);
  EventMaker maker;
  for (std::int64_t i = 0; i < 102; ++i) {
    const bool is_large = i == 0 || i == 50 || i == 101;
    maker.add(numbered_span(i, 3, std::string(is_large ? 20'000 : 700, 'f')));
  }
  const ExportResult result = exporter->export_batch(maker.batch(), within_a_minute());
  EXPECT_EQ(result.failed, 3u);
  EXPECT_EQ(result.lost(), 3u);
  EXPECT_EQ(receiver_.numbers().size(), 99u);
  EXPECT_EQ(receiver_.distinct(), 99u);
  EXPECT_LE(largest.load(), 10'000u);
  EXPECT_GT(largest.load(), 8'000u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("larger than a request may be"));
}

TEST_F(RequestsTest, G3_ASpanThatIsTooLargeIsCountedOnceWhenItsNeighboursFailToo) {
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    take(connection, head);
    connection.answer(head.number == 1 ? "413 Too Large" : "400 Bad");
  });
  DatadogOptions options = datadog_options(server.url());
  options.request_bytes_max = 10'000;
  options.http.requests_max = 1;
  EventMaker maker;
  for (const std::int64_t i : {0, 1, 2}) {
    maker.add(numbered_span(i, 1, std::string(i == 0 ? 20'000 : 10, 'f')));
  }
  const ExportResult result = make(options)->export_batch(maker.batch(), within_a_minute());
  EXPECT_EQ(result.failed, 3u);
  EXPECT_EQ(result.lost(), 3u);
  EXPECT_EQ(receiver_.numbers(), (std::multiset<std::int64_t>{1, 2, 1, 2}));
}

TEST_F(RequestsTest, LargeBatchesGoInSeveralRequestsAndNoTraceIsTornForIt) {
  std::mutex mutex;
  std::map<std::int64_t, std::size_t> traces;  // in how many requests
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    std::set<std::int64_t> seen;
    for (const std::int64_t number : take(connection, head)) seen.insert(number % 20);
    const std::lock_guard lock(mutex);
    for (const std::int64_t trace : seen) ++traces[trace];
    connection.answer("200 OK");
  });
  EventMaker maker = spans(1000, 20, std::string(1000, 'f'));
  EXPECT_EQ(
      make(datadog_options(server.url()))->export_batch(maker.batch(), within_a_minute()).lost(),
      0u);
  EXPECT_EQ(receiver_.distinct(), 1000u);
  EXPECT_GE(server.requests(), 3u);
  EXPECT_EQ(traces.size(), 20u);
  for (const auto& [trace, requests] : traces) EXPECT_EQ(requests, 1u) << trace;
}

TEST_F(RequestsTest, WhatAnAgentFindsTooLargeIsCutUntilItTakesIt) {
  constexpr std::size_t kAgentsMax = 5000;
  std::atomic<std::size_t> refused{0};
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    const std::string body = connection.read_body(head);
    if (body.size() > kAgentsMax) {
      refused.fetch_add(1);
      connection.answer("413 Too Large");
      return;
    }
    receiver_.take(head, body);
    connection.answer("200 OK");
  });
  const auto exporter = make(datadog_options(server.url()));
  EventMaker maker = spans(200, 3, std::string(100, 'f'));
  maker.add(numbered_span(200, 3, std::string(6000, 'f')));
  const ExportResult result = exporter->export_batch(maker.batch(), within_a_minute());
  EXPECT_EQ(result.failed, 1u);
  EXPECT_EQ(result.lost(), 1u);
  EXPECT_EQ(receiver_.numbers().size(), 200u);
  EXPECT_EQ(receiver_.distinct(), 200u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("answered 413"));
  // What was learned holds for the next batch.
  const std::size_t before = refused.load();
  EventMaker next = spans(200, 3, std::string(100, 'f'));
  EXPECT_EQ(exporter->export_batch(next.batch(), within_a_minute()).lost(), 0u);
  EXPECT_EQ(refused.load(), before);
}

TEST_F(RequestsTest, OneRequestsFailureIsNotItsNeighbours) {
  std::multiset<std::int64_t> refused;
  std::mutex mutex;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    const std::multiset<std::int64_t> numbers = take(connection, head);
    const bool refuse = *numbers.begin() % 3 == 0;
    const std::lock_guard lock(mutex);
    if (refuse) refused.insert(numbers.begin(), numbers.end());
    connection.answer(refuse ? "400 Bad" : "200 OK");
  });
  DatadogOptions options = datadog_options(server.url());
  options.request_spans_max = 5;
  EventMaker maker = spans(200);
  const ExportResult result = make(options)->export_batch(maker.batch(), within_a_minute());
  EXPECT_EQ(result.failed, 70u);
  EXPECT_EQ(refused.size(), 70u);
  EXPECT_EQ(server.requests(), 40u);
}

TEST_F(RequestsTest, SeveralRequestsAreOnTheirWayAtOnce) {
  // Each waits for the others: one after the other, none would ever be answered.
  constexpr std::size_t kAtOnce = 4;
  std::atomic<std::size_t> arrived{0};
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    take(connection, head);
    arrived.fetch_add(1);
    EXPECT_TRUE(eventually([&] { return arrived.load() >= kAtOnce; }));
    connection.answer("200 OK");
  });
  DatadogOptions options = datadog_options(server.url());
  options.http.requests_max = kAtOnce;
  options.request_spans_max = 1;
  EventMaker maker = spans(kAtOnce);
  EXPECT_EQ(make(options)->export_batch(maker.batch(), within_a_minute()).lost(), 0u);
  EXPECT_EQ(receiver_.distinct(), kAtOnce);
}

TEST_F(RequestsTest, WhatIsNoSpanIsCountedAndNothingIsSentForIt) {
  ScriptedServer server(takes_all());
  const auto exporter = make(datadog_options(server.url()));
  EventMaker maker;
  maker.add_numbered(1);
  TraceEvent start = numbered_span(2);
  start.payload = {{"span.kind", "LLM"}, {"span.name", "x"}};
  maker.add(start);
  TraceEvent without_ids = numbered_span(3);
  without_ids.ids = {};
  maker.add(without_ids);
  const ExportResult result = exporter->export_batch(maker.batch(), within_a_minute());
  EXPECT_EQ(result.processed, 3u);
  EXPECT_EQ(result.lost(), 3u);
  EXPECT_EQ(server.connections(), 0u);
}

TEST_F(RequestsTest, ATraceThatDatadogCannotNameFailsAndItsNeighboursArrive) {
  ScriptedServer server(takes_all());
  const auto exporter = make(datadog_options(server.url()));
  EventMaker maker = spans(3);
  TraceEvent nameless = numbered_span(7);
  nameless.ids.trace_id = *TraceId::from_hex("00000000000000070000000000000000");
  maker.add(nameless);
  const ExportResult result = exporter->export_batch(maker.batch(), within_a_minute());
  EXPECT_EQ(result.failed, 1u);
  EXPECT_EQ(result.lost(), 1u);
  EXPECT_EQ(receiver_.distinct(), 3u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("low half"));
}

TEST_F(RequestsTest, TracesThatDifferInTheirHighHalvesAloneAreNotMixed) {
  std::size_t traces = 0;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    traces = std::stoul(head.header("X-Datadog-Trace-Count"));
    connection.answer("200 OK");
  });
  EventMaker maker;
  for (std::uint8_t i = 0; i < 6; ++i) {
    TraceEvent event = numbered_span(i);
    event.ids.trace_id.bytes[0] = i % 2;
    maker.add(event);
  }
  EXPECT_EQ(
      make(datadog_options(server.url()))->export_batch(maker.batch(), within_a_minute()).lost(),
      0u);
  EXPECT_EQ(traces, 2u);
}

TEST_F(RequestsTest, UsersAsk3_ARequestToStopEndsAnExportThatWouldWaitForLong) {
  std::stop_source stop;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // by now it most likely waits
    stop.request_stop();
    connection.hang();
  });
  EventMaker maker = spans(10);
  const ExportContext context = {
      .deadline = std::chrono::steady_clock::now() + std::chrono::hours(1),
      .stop = stop.get_token()};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(make(datadog_options(server.url()))->export_batch(maker.batch(), context).failed, 10u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kLong);
}

TEST_F(RequestsTest, TheRequestIsWhatAgentsWantAndHeadersOfItsOwnAreSent) {
  std::string text;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    text = head.text;
    take(connection, head);
    connection.answer("200 OK");
  });
  DatadogOptions options = datadog_options(server.url() + "/");
  options.http.headers = {{"X-Key", "a secret"}, {"X-Empty", ""}};
  EventMaker maker = spans(2, 2);
  EXPECT_EQ(make(options)->export_batch(maker.batch(), within_a_minute()).lost(), 0u);
  for (const char* const line :
       {"PUT /v0.4/traces HTTP/1.1\r\n", "Content-Type: application/msgpack\r\n",
        "X-Datadog-Trace-Count: 2\r\n", "Datadog-Meta-Lang: cpp\r\n", "X-Key: a secret\r\n",
        "X-Empty:\r\n", "Datadog-Send-Real-Http-Status: true\r\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("Expect")));
}

TEST_F(RequestsTest, CredentialsOfTheUrlAreSentAndNeverTold) {
  std::string authorization;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    authorization = head.header("Authorization");
    connection.read_body(head);
    connection.answer("401 No");
  });
  const auto exporter =
      make(datadog_options("http://pk:s%2Fk@127.0.0.1:" + std::to_string(server.port()) + "/base"));
  EventMaker maker = spans(1);
  EXPECT_EQ(exporter->export_batch(maker.batch(), within_a_minute()).failed, 1u);
  EXPECT_EQ(authorization, "Basic cGs6cy9r");
  EXPECT_EQ(exporter->name(), "datadog:" + server.url() + "/base/v0.4/traces");
  EXPECT_EQ(exporter->last_error(), "answered 401");
}

TEST_F(RequestsTest, UsersAsk11_AfterItsShutdownAnExporterFailsWhatComes) {
  ScriptedServer server(takes_all());
  const auto exporter = make(datadog_options(server.url()));
  EventMaker maker = spans(3);
  EXPECT_EQ(exporter->export_batch(maker.batch(), within_a_minute()).lost(), 0u);
  EXPECT_TRUE(exporter->flush(within_a_minute().deadline).ok());
  EXPECT_TRUE(exporter->shutdown(within_a_minute().deadline).ok());
  EXPECT_EQ(exporter->export_batch(maker.batch(), within_a_minute()).failed, 3u);
  EXPECT_EQ(server.requests(), 1u);
}

}  // namespace
}  // namespace tracebus::testing
