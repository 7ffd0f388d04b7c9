// SPDX-License-Identifier: Apache-2.0
//
// What requests a batch becomes, and how they are on their way at the same time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/otlp_http/export_rig.h"
#include "tracebus/tests/otlp_http/span_receiver.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

ExportContext soon() { return {.deadline = std::chrono::steady_clock::now() + kLong, .stop = {}}; }

std::unique_ptr<OtlpHttpExporter> make(const OtlpHttpOptions& options) {
  auto exporter = OtlpHttpExporter::create(options);
  EXPECT_TRUE(exporter.ok()) << exporter.status();
  return *std::move(exporter);
}

void add_spans(EventMaker& maker, std::int64_t count, const std::string& filling = {}) {
  for (std::int64_t i = 0; i < count; ++i) maker.add(numbered_span(i, filling));
}

class RequestsTest : public ::testing::Test {
 protected:
  void take(Connection& connection, const RequestHead& head) {
    const std::string body = connection.read_body(head);
    if (body.size() == head.body_bytes) receiver_.take(body, head.header("Content-Encoding"));
    connection.answer("200 OK");
  }
  SpanReceiver receiver_;
};

TEST_F(RequestsTest, ABatchIsCutBySpansAndArrivesWholeOverConnectionsThatAreKept) {
  ScriptedServer server(
      [&](Connection& connection, const RequestHead& head) { take(connection, head); });
  OtlpHttpOptions options = options_for(server.url());
  options.request_spans_max = 7;
  const auto exporter = make(options);
  EventMaker maker;
  add_spans(maker, 1000);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(exporter->export_batch(maker.batch(), soon()).lost(), 0u);
  }
  // A batch is encoded in parts, each of which ends with a request that may be short.
  EXPECT_GE(server.requests(), 3u * 143u);
  EXPECT_LE(server.requests(), 3u * 150u);
  EXPECT_LE(server.connections(), options.http.requests_max);
  EXPECT_EQ(receiver_.numbers().size(), 3000u);
  EXPECT_EQ(receiver_.distinct(), 1000u);
}

TEST_F(RequestsTest, NoRequestIsLargerThanItMayBeAndASpanThatIsFails) {
  std::atomic<std::size_t> largest{0};
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    std::size_t before = largest.load();
    while (before < head.body_bytes && !largest.compare_exchange_weak(before, head.body_bytes)) {
    }
    take(connection, head);
  });
  OtlpHttpOptions options = options_for(server.url());
  options.request_bytes_max = 10'000;
  const auto exporter = make(options);
  EventMaker maker;
  add_spans(maker, 100, std::string(700, 'f'));
  maker.add(numbered_span(100, std::string(20'000, 'f')));
  maker.add(numbered_span(101));
  const ExportResult result = exporter->export_batch(maker.batch(), soon());
  EXPECT_EQ(result.failed, 1u);
  EXPECT_EQ(result.lost(), 1u);
  EXPECT_EQ(receiver_.distinct(), 101u);
  EXPECT_LE(largest.load(), 10'000u);
  EXPECT_GT(largest.load(), 2'000u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("larger than a request may be"));
}

TEST_F(RequestsTest, SeveralRequestsAreOnTheirWayAtOnce) {
  // Each waits for the others: one after the other, none would ever be answered.
  constexpr std::size_t kAtOnce = 4;
  std::atomic<std::size_t> arrived{0};
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    const std::string body = connection.read_body(head);
    receiver_.take(body);
    arrived.fetch_add(1);
    EXPECT_TRUE(eventually([&] { return arrived.load() >= kAtOnce; }));
    connection.answer("200 OK");
  });
  OtlpHttpOptions options = options_for(server.url());
  options.http.requests_max = kAtOnce;
  options.request_spans_max = 1;
  EventMaker maker;
  add_spans(maker, kAtOnce);
  EXPECT_EQ(make(options)->export_batch(maker.batch(), soon()).lost(), 0u);
  EXPECT_EQ(receiver_.distinct(), kAtOnce);
}

TEST_F(RequestsTest, OneRequestsFailureIsNotItsNeighbours) {
  std::multiset<std::int64_t> refused;
  std::mutex mutex;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    SpanReceiver one;
    one.take(connection.read_body(head));
    const std::lock_guard lock(mutex);
    const bool refuse = *one.numbers().begin() % 3 == 0;
    if (refuse) refused.merge(one.numbers());
    connection.answer(refuse ? "400 Bad" : "200 OK");
  });
  OtlpHttpOptions options = options_for(server.url());
  options.request_spans_max = 5;
  EventMaker maker;
  add_spans(maker, 200);
  const ExportResult result = make(options)->export_batch(maker.batch(), soon());
  EXPECT_EQ(result.failed, 70u);
  EXPECT_EQ(refused.size(), 70u);
  EXPECT_EQ(server.requests(), 40u);
}

TEST_F(RequestsTest, ARequestToStopEndsAnExportThatWouldWaitForLong) {
  std::stop_source stop;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    connection.read_body(head);
    std::this_thread::sleep_for(milliseconds(50));  // by now it most likely waits
    stop.request_stop();
    connection.hang();
  });
  EventMaker maker;
  add_spans(maker, 10);
  const auto exporter = make(options_for(server.url()));
  const ExportContext context = {
      .deadline = std::chrono::steady_clock::now() + std::chrono::hours(1),
      .stop = stop.get_token()};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(exporter->export_batch(maker.batch(), context).failed, 10u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kLong);
}

TEST_F(RequestsTest, GzipAndJsonAndHeadersAreWhatTheySay) {
  std::string body;
  std::string head_text;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    head_text = head.text;
    body = gunzipped(connection.read_body(head));
    connection.answer("200 OK");
  });
  OtlpHttpOptions options = options_for(server.url());
  options.gzip = true;
  options.json = true;
  options.http.headers = {{"X-Key", "a secret"}, {"X-Empty", ""}};
  EventMaker maker;
  add_spans(maker, 2);
  EXPECT_EQ(make(options)->export_batch(maker.batch(), soon()).lost(), 0u);
  EXPECT_THAT(body, ::testing::StartsWith("{\"resourceSpans\":[{\"resource\":"));
  EXPECT_THAT(body, HasSubstr("5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"));
  for (const char* const line :
       {"POST /v1/traces HTTP/1.1\r\n", "Content-Type: application/json\r\n",
        "Content-Encoding: gzip\r\n", "X-Key: a secret\r\n", "X-Empty:\r\n",
        "User-Agent: OTel-OTLP-Exporter-Cpp-tracebus/"}) {
    EXPECT_THAT(head_text, HasSubstr(line));
  }
  EXPECT_THAT(head_text, ::testing::Not(HasSubstr("Expect")));
}

TEST_F(RequestsTest, GzippedProtobufIsDecoded) {
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    EXPECT_EQ(head.header("Content-Encoding"), "gzip");
    EXPECT_EQ(head.header("Content-Type"), "application/x-protobuf");
    take(connection, head);
  });
  OtlpHttpOptions options = options_for(server.url());
  options.gzip = true;
  EventMaker maker;
  add_spans(maker, 500);
  EXPECT_EQ(make(options)->export_batch(maker.batch(), soon()).lost(), 0u);
  EXPECT_EQ(receiver_.distinct(), 500u);
}

TEST_F(RequestsTest, CredentialsOfTheUrlAreSentAndNeverTold) {
  std::string authorization;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    authorization = head.header("Authorization");
    connection.read_body(head);
    connection.answer("401 No");
  });
  OtlpHttpOptions options = options_for(server.url());
  options.http.url = "http://pk:s%2Fk@127.0.0.1:" + std::to_string(server.port()) + "/t?key=hidden";
  const auto exporter = make(options);
  EventMaker maker;
  add_spans(maker, 1);
  EXPECT_EQ(exporter->export_batch(maker.batch(), soon()).failed, 1u);
  EXPECT_EQ(authorization, "Basic cGs6cy9r");
  EXPECT_EQ(exporter->name(), "otlp:" + server.url() + "/t");
  EXPECT_EQ(exporter->last_error(), "answered 401");
}

TEST_F(RequestsTest, AfterItsShutdownAnExporterFailsWhatComes) {
  ScriptedServer server(
      [&](Connection& connection, const RequestHead& head) { take(connection, head); });
  const auto exporter = make(options_for(server.url()));
  EventMaker maker;
  add_spans(maker, 3);
  EXPECT_EQ(exporter->export_batch(maker.batch(), soon()).lost(), 0u);
  EXPECT_TRUE(exporter->flush(soon().deadline).ok());
  EXPECT_TRUE(exporter->shutdown(soon().deadline).ok());
  EXPECT_EQ(exporter->export_batch(maker.batch(), soon()).failed, 3u);
  EXPECT_EQ(server.requests(), 1u);
}

}  // namespace
}  // namespace tracebus::testing
