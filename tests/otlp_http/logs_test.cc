// SPDX-License-Identifier: Apache-2.0
//
// Logs beside traces: events of no span become log records at an address of their own. The oracle
// is what a receiver decoded at each address, by libprotobuf; the account must agree with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/processing_exporter.h"
#include "tracebus/exporters/processor_spec.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/otlp_http/export_rig.h"
#include "tracebus/tests/otlp_http/span_receiver.h"
#include "tracebus/tests/otlp_http/trace_receiver.h"

namespace tracebus::testing {
namespace {

namespace otlp = tests::otlp;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr std::string_view kProtobuf = "Content-Type: application/x-protobuf\r\n";

ExportContext soon() { return {.deadline = std::chrono::steady_clock::now() + kLong, .stop = {}}; }

bool is_log(std::int64_t number) { return number % 3 == 0; }
bool is_start(std::int64_t number) { return number % 3 == 1 && number % 2 == 0; }

// Spans, starts of spans and events of no span, by turns.
void add(EventMaker& maker, std::int64_t number, const std::string& filling = {}) {
  TraceEvent event = numbered_span(number, filling);
  if (is_log(number)) {
    event.event_type = "handoff";
    event.payload = {{"n", number}, {"message", "to bear"}, {"filling", filling}};
  } else if (is_start(number)) {
    event.event_type = "llm_call_start";
    event.payload = {{"span.kind", "LLM"}, {"span.name", "gpt-4o"}};
  }
  maker.add(event);
}

// How many of so many are logs, and how many spans.
struct Counts {
  std::uint64_t logs = 0;
  std::uint64_t spans = 0;
  std::uint64_t starts = 0;
};
Counts counts_of(std::int64_t events) {
  Counts counts;
  for (std::int64_t i = 0; i < events; ++i) {
    ++(is_log(i) ? counts.logs : is_start(i) ? counts.starts : counts.spans);
  }
  return counts;
}

class LogsTest : public ::testing::Test {
 protected:
  // What the two addresses answer, once they have taken what came.
  using Answer = std::function<void(Connection&, const std::string& path)>;

  static std::string path_of(const RequestHead& head) {
    const std::size_t begin = head.text.find(' ') + 1;
    return head.text.substr(begin, head.text.find(' ', begin) - begin);
  }
  ScriptedServer::Script script(Answer answer) {
    return [this, answer = std::move(answer)](Connection& connection, const RequestHead& head) {
      const std::string path = path_of(head);
      const std::string body = connection.read_body(head);
      if (body.size() != head.body_bytes) return;
      if (path == "/v1/logs") {
        take_logs(head.header("Content-Encoding") == "gzip" ? gunzipped(body) : body);
      } else {
        EXPECT_EQ(path, "/v1/traces");
        spans_.take(body, head.header("Content-Encoding"));
      }
      std::size_t before = largest_.load();
      while (before < body.size() && !largest_.compare_exchange_weak(before, body.size())) {
      }
      answer(connection, path);
    };
  }
  void take_logs(const std::string& body) {
    otlp::LogsData data;
    EXPECT_TRUE(data.ParseFromString(body));
    const std::lock_guard lock(mutex_);
    for (const auto& resource : data.resource_logs()) {
      EXPECT_GT(resource.resource().attributes_size(), 0);
      for (const auto& scope : resource.scope_logs()) {
        for (const otlp::LogRecord& record : scope.log_records()) {
          logs_.insert(std::stoll(texts_of(record.attributes()).at("n")));
          last_log_ = record;
        }
      }
    }
  }
  std::multiset<std::int64_t> logs() const {
    const std::lock_guard lock(mutex_);
    return logs_;
  }
  static OtlpHttpOptions options_to(const ScriptedServer& server,
                                    milliseconds timeout = std::chrono::seconds(60)) {
    OtlpHttpOptions options = options_for(server.url(), timeout);
    options.logs_url = otlp_logs_url(server.url());
    return options;
  }
  // The account of so many events, which is whole.
  ExportResult run(const OtlpHttpOptions& options, std::int64_t events,
                   const std::string& filling = {}) {
    auto exporter = OtlpHttpExporter::create(options);
    EXPECT_TRUE(exporter.ok()) << exporter.status();
    if (!exporter.ok()) return {};
    EventMaker maker;
    for (std::int64_t i = 0; i < events; ++i) add(maker, i, filling);
    const ExportResult result = (*exporter)->export_batch(maker.batch(), soon());
    last_error_ = (*exporter)->last_error();
    EXPECT_LE(result.lost(), static_cast<std::uint64_t>(events));
    return result;
  }
  // That each of so many events arrived once, where it belongs.
  void expect_all(std::int64_t events) {
    std::multiset<std::int64_t> spans;
    std::multiset<std::int64_t> logs;
    for (std::int64_t i = 0; i < events; ++i) {
      if (is_log(i)) logs.insert(i);
      if (!is_log(i) && !is_start(i)) spans.insert(i);
    }
    EXPECT_EQ(spans_.numbers(), spans);
    EXPECT_EQ(this->logs(), logs);
  }

  SpanReceiver spans_;
  mutable std::mutex mutex_;
  std::multiset<std::int64_t> logs_;
  otlp::LogRecord last_log_;
  std::atomic<std::size_t> largest_{0};
  std::string last_error_;
};

void take_all(Connection& connection, const std::string&) { connection.answer("200 OK"); }

TEST_F(LogsTest, EventsOfNoSpanAreLogRecordsBesideTheSpansOfTheirBatch) {
  ScriptedServer server(script(take_all));
  const ExportResult result = run(options_to(server), 1000);
  EXPECT_EQ(result.processed, counts_of(1000).starts);
  EXPECT_EQ(result.lost(), result.processed);
  expect_all(1000);
  EXPECT_EQ(last_log_.event_name(), "handoff");
  EXPECT_EQ(last_log_.body().string_value(), "to bear");
  EXPECT_EQ(last_log_.trace_id(), std::string(16, '\x5A')) << "of the span that it belongs to";
  EXPECT_EQ(last_log_.span_id().size(), 8u);
  EXPECT_EQ(last_log_.time_unix_nano() % 1'000'000'000, 0u);
}

TEST_F(LogsTest, WithoutAnAddressOfTheirsNoneAreSent) {
  ScriptedServer server(script(take_all));
  const ExportResult result = run(options_for(server.url()), 100);
  EXPECT_EQ(result.processed, counts_of(100).starts + counts_of(100).logs);
  EXPECT_EQ(result.lost(), result.processed);
  EXPECT_TRUE(logs().empty());
}

TEST_F(LogsTest, ABatchOfLogsAloneOrOfSpansAloneMakesNoEmptyRequest) {
  ScriptedServer server(script(take_all));
  auto exporter = OtlpHttpExporter::create(options_to(server));
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  EventMaker log;
  add(log, 0);
  EXPECT_EQ((*exporter)->export_batch(log.batch(), soon()).lost(), 0u);
  EXPECT_EQ(server.requests(), 1u);
  EventMaker span;
  add(span, 2);
  EXPECT_EQ((*exporter)->export_batch(span.batch(), soon()).lost(), 0u);
  EXPECT_EQ(server.requests(), 2u);
  EventMaker start;
  add(start, 4);
  EXPECT_EQ((*exporter)->export_batch(start.batch(), soon()).processed, 1u);
  EXPECT_EQ(server.requests(), 2u);
}

TEST_F(LogsTest, G19_OneAddressRefusesAndTheOthersEventsArrive) {
  for (const std::string refused : {"/v1/logs", "/v1/traces"}) {
    ScriptedServer server(script([&](Connection& connection, const std::string& path) {
      connection.answer(path == refused ? "400 Bad" : "200 OK");
    }));
    const ExportResult result = run(options_to(server), 300);
    const Counts counts = counts_of(300);
    EXPECT_EQ(result.failed, refused == "/v1/logs" ? counts.logs : counts.spans);
    EXPECT_EQ(result.processed, counts.starts);
    EXPECT_THAT(last_error_, HasSubstr("answered 400"));
  }
}

TEST_F(LogsTest, G19_LogsAreSentAgainByTheSameTable) {
  for (const std::string status : {"429 Slow", "502 Bad", "503 Busy", "504 Late"}) {
    std::atomic<int> left{3};
    ScriptedServer server(script([&](Connection& connection, const std::string& path) {
      const bool again = path == "/v1/logs" && left.fetch_sub(1) > 0;
      if (again) {
        const std::lock_guard lock(mutex_);
        logs_.clear();  // what was refused did not arrive
      }
      connection.answer(again ? status : "200 OK");
    }));
    OtlpHttpOptions options = options_to(server);
    options.http.requests_max = 1;
    EXPECT_EQ(run(options, 30).failed, 0u);
    EXPECT_EQ(logs().size(), counts_of(30).logs);
    EXPECT_LE(left.load(), 0);
    const std::lock_guard lock(mutex_);
    logs_.clear();
  }
}

TEST_F(LogsTest, G19_RejectedLogRecordsAreRejectedAndNeverSentAgain) {
  const std::string protobuf("\x0a\x06\x08\x02\x12\x02no", 8);
  const std::string json = R"({"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"no"}})";
  for (const bool as_json : {false, true}) {
    std::atomic<int> requests{0};
    ScriptedServer server(script([&](Connection& connection, const std::string& path) {
      if (path != "/v1/logs") return static_cast<void>(connection.answer("200 OK"));
      ++requests;
      connection.answer("200 OK",
                        as_json ? "Content-Type: application/json\r\n" : std::string(kProtobuf),
                        as_json ? json : protobuf);
    }));
    const ExportResult result = run(options_to(server), 60);
    EXPECT_EQ(result.rejected, 2u);
    EXPECT_EQ(result.failed, 0u);
    EXPECT_EQ(requests.load(), 1);
    EXPECT_THAT(last_error_, HasSubstr("rejected 2 of 20: no"));
  }
}

TEST_F(LogsTest, WhatHangsFailsWholeAndEachEventIsCountedOnce) {
  for (const std::string hanging : {"/v1/traces", "/v1/logs"}) {
    ScriptedServer server(script([&](Connection& connection, const std::string& path) {
      if (path == hanging) return connection.hang();
      connection.answer("200 OK");
    }));
    const ExportResult result = run(options_to(server, milliseconds(300)), 3000, "filling");
    const Counts counts = counts_of(3000);
    EXPECT_EQ(result.processed, counts.starts) << "however little time there was";
    EXPECT_EQ(result.rejected, 0u);
    // One timeout for both: spans that hang leave the logs behind them no time.
    if (hanging == "/v1/traces") {
      EXPECT_TRUE(logs().empty());
    }
    // All that hung, and what found no time left; nothing twice.
    EXPECT_GE(result.failed, hanging == "/v1/logs" ? counts.logs : counts.spans);
    EXPECT_LE(result.failed, counts.logs + counts.spans);
    const std::uint64_t delivered = counts.logs + counts.spans - result.failed;
    EXPECT_LE(delivered, hanging == "/v1/logs" ? spans_.distinct() : logs().size());
  }
}

TEST_F(LogsTest, RequestsOfLogsAreCutByBytesAndARecordThatIsTooLargeFailsAlone) {
  ScriptedServer server(script(take_all));
  OtlpHttpOptions options = options_to(server);
  options.request_bytes_max = 10'000;
  auto exporter = OtlpHttpExporter::create(options);
  ASSERT_TRUE(exporter.ok());
  EventMaker maker;
  for (std::int64_t i = 0; i < 300; ++i) {
    add(maker, i, std::string(i == 150 || i == 152 ? 20'000 : 500, 'f'));
  }
  const ExportResult result = (*exporter)->export_batch(maker.batch(), soon());
  EXPECT_EQ(result.failed, 2u) << "a log record and a span";
  EXPECT_THAT(std::string((*exporter)->last_error()), HasSubstr("a log record of"));
  EXPECT_EQ(logs().size(), counts_of(300).logs - 1);
  EXPECT_EQ(logs().count(150), 0u);
  EXPECT_LE(largest_.load(), 10'000u);
  EXPECT_GT(largest_.load(), 2'000u);
}

TEST_F(LogsTest, G3_WhateverBothAddressesAnswerEachEventIsCountedOnceAndIsWhereItWasTaken) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mutex random_mutex;
    std::mt19937_64 random(seed);
    // What arrived in requests that were answered with 200.
    std::atomic<std::uint64_t> refused_logs{0};
    std::atomic<std::uint64_t> refused_spans{0};
    ScriptedServer server([&](Connection& connection, const RequestHead& head) {
      const std::string path = path_of(head);
      const std::string body = connection.read_body(head);
      std::uint64_t units = 0;
      if (path == "/v1/logs") {
        otlp::LogsData data;
        EXPECT_TRUE(data.ParseFromString(body));
        units = static_cast<std::uint64_t>(data.resource_logs(0).scope_logs(0).log_records_size());
      } else {
        SpanReceiver one;
        units = one.take(body);
      }
      std::uint64_t fate = 0;
      {
        const std::lock_guard lock(random_mutex);
        fate = random() % 4;
      }
      if (fate == 0) (path == "/v1/logs" ? refused_logs : refused_spans) += units;
      connection.answer(fate == 0 ? "400 Bad" : fate == 1 ? "503 Busy" : "200 OK");
    });
    OtlpHttpOptions options = options_to(server);
    options.request_spans_max = 7;
    const ExportResult result = run(options, 200);
    EXPECT_EQ(result.failed, refused_logs + refused_spans) << "seed " << seed;
    EXPECT_EQ(result.processed, counts_of(200).starts) << "seed " << seed;
  }
}

TEST_F(LogsTest, OnABusTheAccountIsWholeAndJsonAndGzipAreAsForSpans) {
  std::string body;
  std::mutex body_mutex;
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    const std::string read = connection.read_body(head);
    const std::lock_guard lock(body_mutex);
    if (path_of(head) == "/v1/logs") {
      EXPECT_EQ(head.header("Content-Type"), "application/json");
      body += gunzipped(read);
    }
    connection.answer("200 OK", "Content-Type: application/json\r\n", "{}");
  });
  OtlpHttpOptions options = options_to(server);
  options.json = options.gzip = true;
  auto exporter = OtlpHttpExporter::create(options);
  ASSERT_TRUE(exporter.ok());
  TraceEventBus bus;
  const auto id = bus.add_exporter(*std::move(exporter));
  ASSERT_TRUE(id.ok());
  ASSERT_EQ(bus.emit(numbered_span(1)), EmitResult::kAccepted);
  ASSERT_EQ(bus.emit({.event_type = "handoff", .payload = {{"n", 7}}}), EmitResult::kAccepted);
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_TRUE(eventually([&] { return stats_of(bus, *id).in_flight == 0; }));
  EXPECT_EQ(stats_of(bus, *id).delivered, 2u);
  const std::lock_guard lock(body_mutex);
  EXPECT_THAT(body, HasSubstr(R"({"resourceLogs":[)"));
  EXPECT_THAT(body, HasSubstr(R"("eventName":"handoff")"));
}

TEST(SpanEventsTest, ForReceiversWithoutLogsTheyAreEventsOfTheirSpan) {
  const TraceReceiver receiver;
  OtlpHttpOptions options = options_for(receiver.url());
  auto otlp_exporter = OtlpHttpExporter::create(options);
  ASSERT_TRUE(otlp_exporter.ok());
  std::vector<std::unique_ptr<Processor>> chain;
  chain.push_back(*make_processor("span-events"));
  ProcessingExporter exporter(std::move(chain), *std::move(otlp_exporter));
  EventMaker maker;
  TraceEvent handoff = numbered_span(5);
  handoff.event_type = "handoff";
  handoff.timestamp = Timestamp{1'749'479'525, 999'000'000};
  handoff.payload = {{"to", "bear"}};
  maker.add(handoff).add(numbered_span(5)).add(numbered_span(6));
  const ExportResult result = exporter.export_batch(maker.batch(), soon());
  EXPECT_EQ(result.lost(), 1u);
  EXPECT_EQ(result.processed, 1u) << "it is a part of a span";
  ASSERT_EQ(receiver.spans().size(), 2u);
  const otlp::Span span = receiver.spans()[0];
  ASSERT_EQ(span.events_size(), 1);
  EXPECT_EQ(span.events(0).name(), "handoff");
  EXPECT_EQ(span.events(0).time_unix_nano(), 1'749'479'525'999'000'000u);
  EXPECT_EQ(texts_of(span.events(0).attributes()).at("to"), "bear");
  EXPECT_EQ(receiver.spans()[1].events_size(), 0);
}

TEST(LogsUrlTest, ItIsBesideTheOneOfTraces) {
  EXPECT_EQ(otlp_logs_url("http://h:4318"), "http://h:4318/v1/logs");
  EXPECT_EQ(otlp_logs_url("http://h:4318/"), "http://h:4318/v1/logs");
  EXPECT_EQ(otlp_logs_url("https://h/otlp/v1/traces"), "https://h/otlp/v1/logs");
  EXPECT_EQ(otlp_logs_url("https://h/v1/logs?a=b"), "https://h/v1/logs?a=b");
  EXPECT_EQ(otlp_traces_url("https://h/v1/logs"), "https://h/v1/traces");
  EXPECT_EQ(otlp_logs_url_from_env(), "http://localhost:4318/v1/logs");
  const TemporaryVariables all{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1/x"}};
  EXPECT_EQ(otlp_logs_url_from_env(), "http://all:1/x/v1/logs");
  const TemporaryVariables logs{{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs:1/y"}};
  EXPECT_EQ(otlp_logs_url_from_env(), "http://logs:1/y");
}

TEST(LogsUrlTest, OneThatIsNoneIsRefused) {
  OtlpHttpOptions options;
  options.logs_url = "ftp://me:s3cret@h";
  const std::string said(OtlpHttpExporter::create(options).status().message());
  EXPECT_THAT(said, HasSubstr("logs_url: "));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("s3cret")));
}

TEST_F(LogsTest, TheSpecSendsBoth) {
  ScriptedServer server(script(take_all));
  auto exporter = make_otlp_http_with_logs(server.url());
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  EventMaker maker;
  for (std::int64_t i = 0; i < 30; ++i) add(maker, i);
  EXPECT_EQ((*exporter)->export_batch(maker.batch(), soon()).lost(), counts_of(30).starts);
  expect_all(30);
}

}  // namespace
}  // namespace tracebus::testing
