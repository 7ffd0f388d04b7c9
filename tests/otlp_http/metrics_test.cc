// SPDX-License-Identifier: Apache-2.0
//
// The bus's own numbers as metrics over HTTP, where something is odd: receivers that refuse, events
// that lie, more subscriptions than a request holds. The oracle is what a receiver read, by
// libprotobuf; the account must agree with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/connection_check.h"
#include "tracebus/exporters/otlp_http/otlp_http_metrics.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/otlp_http/export_rig.h"
#include "tracebus/tests/otlp_http/trace_receiver.h"

namespace tracebus::testing {
namespace {

namespace otlp = tests::otlp;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kProtobuf = "Content-Type: application/x-protobuf\r\n";
constexpr std::int64_t kSince = 1'700'000'000'000'000'000;

ExportContext soon() { return {.deadline = std::chrono::steady_clock::now() + kLong, .stop = {}}; }

struct Answer {
  std::string status = "200 OK";
  std::string body = {};
};

// Answers one request after the other as its script says; the last answer holds for the rest.
class MetricsReceiver {
 public:
  explicit MetricsReceiver(std::vector<Answer> answers = {{}}) : answers_(std::move(answers)) {}

  std::string url() const { return server_.url(); }
  std::size_t requests() const {
    const std::lock_guard lock(mutex_);
    return bodies_.size();
  }
  std::size_t largest() const {
    const std::lock_guard lock(mutex_);
    std::size_t bytes = 0;
    for (const std::string& body : bodies_) bytes = std::max(bytes, body.size());
    return bytes;
  }
  std::vector<otlp::MetricsData> data() const {
    const std::lock_guard lock(mutex_);
    std::vector<otlp::MetricsData> all;
    for (const std::string& body : bodies_) {
      EXPECT_TRUE(all.emplace_back().ParseFromString(body));
    }
    return all;
  }
  // Of all requests: the points of that metric, as whole numbers and attributes.
  std::vector<std::pair<std::int64_t, SpanTexts>> points(const std::string& name) const {
    std::vector<std::pair<std::int64_t, SpanTexts>> found;
    for (const otlp::MetricsData& each : data()) {
      EXPECT_EQ(each.resource_metrics_size(), 1);
      for (const otlp::Metric& metric : each.resource_metrics(0).scope_metrics(0).metrics()) {
        if (metric.name() != name) continue;
        for (const auto& point : metric.sum().data_points()) {
          found.emplace_back(point.as_int(), texts_of(point.attributes()));
        }
      }
    }
    return found;
  }

 private:
  void take(Connection& connection, const RequestHead& head) {
    std::string body = connection.read_body(head);
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      answer = answers_[std::min(bodies_.size(), answers_.size() - 1)];
      bodies_.push_back(std::move(body));
    }
    EXPECT_THAT(head.text, HasSubstr("POST /v1/metrics HTTP/1.1"));
    connection.answer(answer.status, kProtobuf, answer.body);
  }

  const std::vector<Answer> answers_;
  mutable std::mutex mutex_;
  std::vector<std::string> bodies_;
  ScriptedServer server_{
      [this](Connection& connection, const RequestHead& head) { take(connection, head); }};
};

std::unique_ptr<Exporter> exporter_to(const MetricsReceiver& receiver,
                                      std::size_t request_bytes_max = 4 << 20) {
  OtlpHttpOptions options = options_for(receiver.url());
  options.http.url = otlp_metrics_url(receiver.url());
  options.request_bytes_max = request_bytes_max;
  auto made = make_otlp_http_metrics_exporter(std::move(options));
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

void add_subscription(EventMaker& events, const std::string& name, std::int64_t delivered,
                      const Value& reasons = Value::object({}), std::int64_t number = 0) {
  events.add({.timestamp = Timestamp{1'700'000'100 + delivered, 0},
              .event_type = "bus_stats",
              .pattern_type = "subscription",
              .payload = {{"name", name},
                          {"subscription_number", number == 0 ? name.front() : number},
                          {"delivered", delivered},
                          {"in_flight", 3},
                          {"queue_events", 2},
                          {"dropped_by_reason", reasons},
                          {"since_unix_ns", kSince}}});
}

TEST(OtlpMetricsTest, OnlyTheLastNumbersOfABatchAreTold) {
  const MetricsReceiver receiver;
  const auto exporter = exporter_to(receiver);
  EventMaker events;
  add_subscription(events, "a", 5);
  add_subscription(events, "b", 1);
  add_subscription(events, "a", 7);
  events.add({.event_type = "agent_start"});
  const ExportResult result = exporter->export_batch(events.batch(), soon());
  EXPECT_EQ(result.processed, 1u);
  EXPECT_EQ(result.lost(), 1u);
  EXPECT_EQ(receiver.requests(), 1u);
  const auto points = receiver.points("otel.sdk.exporter.span.exported");
  ASSERT_THAT(points, SizeIs(2));
  EXPECT_EQ(points[0].first, 7);
  EXPECT_EQ(points[0].second.at("otel.component.name"), "a");
  EXPECT_EQ(points[1].first, 1);
  EXPECT_THAT(receiver.points("otel.sdk.exporter.span.inflight")[0].first, 1);
  const otlp::MetricsData data = receiver.data()[0];
  const auto& point = data.resource_metrics(0).scope_metrics(0).metrics(0).sum().data_points(0);
  EXPECT_EQ(point.start_time_unix_nano(), static_cast<std::uint64_t>(kSince));
  EXPECT_EQ(point.time_unix_nano(), 1'700'000'107'000'000'000u);
}

TEST(OtlpMetricsTest, EveryReasonIsToldByTheWordsOfOpenTelemetry) {
  const MetricsReceiver receiver;
  const auto exporter = exporter_to(receiver);
  EventMaker events;
  std::vector<Attribute> reasons;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    reasons.push_back({to_string(static_cast<DropReason>(i)), std::int64_t{1} << i});
  }
  add_subscription(events, "a", 1'000'000, Value::object(reasons));
  EXPECT_EQ(exporter->export_batch(events.batch(), soon()).lost(), 0u);
  std::map<std::string, std::string> errors;
  std::int64_t sum = 0;
  std::int64_t handed_on = 0;
  for (const char* const metric :
       {"otel.sdk.processor.span.processed", "otel.sdk.exporter.span.exported",
        "tracebus.subscription.left_out"}) {
    for (const auto& [number, texts] : receiver.points(metric)) {
      const auto reason = texts.find("tracebus.drop.reason");
      if (reason == texts.end()) {
        handed_on = std::max(handed_on, number);
        continue;
      }
      sum += number;
      const auto error = texts.find("error.type");
      errors[reason->second] = error == texts.end() ? "none" : error->second;
    }
  }
  EXPECT_EQ(sum, (std::int64_t{1} << kDropReasons) - 1) << "each once, and all of them";
  EXPECT_THAT(
      errors,
      UnorderedElementsAre(
          Pair("full", "queue_full"), Pair("evicted", "queue_full"), Pair("verbose", "queue_full"),
          Pair("block_timeout", "block_timeout"), Pair("too_big", "too_big"),
          Pair("closed", "already_shutdown"), Pair("nested", "nested"),
          Pair("unsubscribed", "unsubscribed"), Pair("export_failed", "export_failed"),
          Pair("rejected_remote", "rejected"), Pair("abandoned", "abandoned"),
          Pair("expired", "expired"), Pair("sampled_out", "none"), Pair("predicate", "none"),
          Pair("processor", "none"), Pair("forked", "forked"), Pair("lost_at_exit", "lost_at_exit"),
          Pair("spool_quota", "spool_quota")));
  const std::int64_t before_the_exporter =
      1 + 2 + 4 + 8 + 16 + 32 + 64 + 128 + (1 << 11) + (1 << 15) + (1 << 16);
  EXPECT_EQ(handed_on, 1'000'000 + sum - before_the_exporter);
}

// A recording that is played back holds the numbers of the bus that was recorded; and anybody may
// emit what looks like numbers.
TEST(OtlpMetricsTest, NumbersOfAnotherBusAndLiesAreNotOurs) {
  const MetricsReceiver receiver;
  const auto exporter = exporter_to(receiver);
  EventMaker events;
  events.add({.event_type = "bus_stats",
              .pattern_type = "bus",
              .payload = {{"emitted", 999}},
              .origin = Origin{.instance = 42, .sequence = 1, .producer = 1}});
  events.add({.event_type = "bus_stats", .pattern_type = "neither"});
  EXPECT_EQ(exporter->export_batch(events.batch(), soon()).processed, 2u);
  EXPECT_EQ(receiver.requests(), 0u) << "there is nothing to say";

  EventMaker lies;
  lies.add({.event_type = "bus_stats",
            .pattern_type = "bus",
            .payload = {{"emitted", -5}, {"waiting", "many"}, {"dispatched", 3}}});
  add_subscription(lies, "bad \xff" + std::string(5000, 'n'), 1,
                   Value::object({{"made up", 7}, {"full", -1}, {"nested", 2}}));
  EXPECT_EQ(exporter->export_batch(lies.batch(), soon()).lost(), 0u);
  EXPECT_THAT(receiver.points("tracebus.bus.emitted"), SizeIs(0));
  EXPECT_THAT(receiver.points("tracebus.bus.waiting"), SizeIs(0));
  EXPECT_EQ(receiver.points("tracebus.bus.dispatched")[0].first, 3);
  const auto processed = receiver.points("otel.sdk.processor.span.processed");
  ASSERT_THAT(processed, SizeIs(2)) << "with nested, and without a reason";
  const std::string& name = processed[0].second.at("otel.component.name");
  EXPECT_THAT(name, ::testing::StartsWith("bad \xef\xbf\xbdnnn"));
  EXPECT_LE(name.size(), 258u);
}

TEST(OtlpMetricsTest, ManySubscriptionsBecomeSeveralRequestsWithinTheLimit) {
  const MetricsReceiver receiver;
  constexpr std::size_t kLimit = 128 << 10;
  const auto exporter = exporter_to(receiver, kLimit);
  std::vector<Attribute> reasons;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    reasons.push_back({to_string(static_cast<DropReason>(i)), 1});
  }
  EventMaker events;
  for (int i = 0; i < 300; ++i) {
    add_subscription(events, std::to_string(i) + std::string(1000, '\xff'), i,
                     Value::object(reasons), i + 1);
  }
  EXPECT_EQ(exporter->export_batch(events.batch(), soon()).lost(), 0u) << exporter->last_error();
  EXPECT_GE(receiver.requests(), 300u / 4);
  EXPECT_LE(receiver.largest(), kLimit);
  EXPECT_THAT(receiver.points("tracebus.subscription.left_out"), SizeIs(3 * 300));
}

TEST(OtlpMetricsTest, WhatNoRequestHoldsIsCountedAndSaid) {
  const MetricsReceiver receiver;
  const auto exporter = exporter_to(receiver, 4096);
  EventMaker events;
  std::vector<Attribute> reasons;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    reasons.push_back({to_string(static_cast<DropReason>(i)), 1});
  }
  add_subscription(events, std::string(256, 'n'), 1, Value::object(reasons));
  EXPECT_EQ(exporter->export_batch(events.batch(), soon()).failed, 1u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("give a larger request_bytes_max"));
  EXPECT_EQ(receiver.requests(), 0u);
}

TEST(OtlpMetricsTest, WhatIsToBeSentAgainIsSentAgain) {
  const MetricsReceiver receiver({{"503 Service Unavailable"}, {"429 Too Many Requests"}, {}});
  const auto exporter = exporter_to(receiver);
  EventMaker events;
  add_subscription(events, "a", 5);
  EXPECT_EQ(exporter->export_batch(events.batch(), soon()).lost(), 0u) << exporter->last_error();
  EXPECT_EQ(receiver.requests(), 3u);
}

TEST(OtlpMetricsTest, WhatAReceiverRefusesIsCounted) {
  const MetricsReceiver receiver(
      {{"400 Bad Request", "\x12\x05no :("}, {"200 OK", "\x0a\x08\x08\x09\x12\x04worn"}});
  const auto exporter = exporter_to(receiver);
  EventMaker events;
  add_subscription(events, "a", 5);
  add_subscription(events, "a", 6);
  add_subscription(events, "b", 6);
  EXPECT_EQ(exporter->export_batch(events.batch(), soon()).failed, 3u);
  EXPECT_THAT(std::string(exporter->last_error()), HasSubstr("answered 400: no :("));
  EXPECT_EQ(exporter->export_batch(events.batch(), soon()).rejected, 3u);
  EXPECT_EQ(exporter->last_error(), "rejected 9 data points: worn");
  EXPECT_TRUE(exporter->shutdown(soon().deadline).ok());
  EXPECT_EQ(exporter->export_batch(events.batch(), soon()).failed, 3u);
  EXPECT_EQ(receiver.requests(), 2u);
}

TEST(OtlpMetricsTest, ACheckSendsARequestWithoutMetrics) {
  const MetricsReceiver receiver;
  const auto exporter = exporter_to(receiver);
  auto* const connection = dynamic_cast<ConnectionCheck*>(exporter.get());
  ASSERT_NE(connection, nullptr);
  EXPECT_TRUE(connection->check_connection(soon().deadline).ok());
  ASSERT_EQ(receiver.requests(), 1u);
  EXPECT_EQ(receiver.data()[0].resource_metrics(0).scope_metrics(0).metrics_size(), 0);
  const MetricsReceiver refusing({{"401 Unauthorized"}});
  const auto refused = exporter_to(refusing);
  const absl::Status status =
      dynamic_cast<ConnectionCheck&>(*refused).check_connection(soon().deadline);
  EXPECT_THAT(std::string(status.message()), HasSubstr("answered 401"));
}

TEST(OtlpMetricsTest, VariablesOfMetricsWin) {
  const TemporaryVariables variables({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1/base"},
                                      {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1"},
                                      {"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "77"},
                                      {"OTEL_EXPORTER_OTLP_HEADERS", "a=1"}});
  const OtlpHttpOptions all = OtlpHttpOptions::from_env(nullptr, OtlpSignal::kMetrics);
  EXPECT_EQ(all.http.url, "http://all:1/base/v1/metrics");
  EXPECT_EQ(all.timeout, std::chrono::milliseconds(77));
  EXPECT_EQ(all.http.headers[0].name, "a");
  const TemporaryVariables own({{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m:2/as/it/is"}});
  EXPECT_EQ(OtlpHttpOptions::from_env(nullptr, OtlpSignal::kMetrics).http.url,
            "http://m:2/as/it/is");
  EXPECT_EQ(OtlpHttpOptions::from_env().http.url, "http://all:1/base/v1/traces");
}

}  // namespace
}  // namespace tracebus::testing
