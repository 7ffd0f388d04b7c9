// SPDX-License-Identifier: Apache-2.0
//
// Which protocol and which signal a config file means by "otlp". A program with gRPC is tested in
// tests/otlp_grpc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "tracebus/config/init_from_file.h"
#include "tracebus/tests/config/config_values.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/trace/traced.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

TEST(OtlpProtocolTest, Row22_AProgramWithoutGrpcSaysWhatToLinkAndInstall) {
  EXPECT_THAT(errors_of("{\"exporters\": [{\"otlp\": {\"protocol\": \"grpc\"}}]}"),
              AllOf(HasSubstr("c.json:1: exporters[0].otlp.protocol: "),
                    HasSubstr("link tracebus::config_grpc and call enable_grpc()"),
                    HasSubstr("libgrpc++-dev")));
  EXPECT_THAT(errors_of("{\"exporters\": [{\"otlp\": {\"protocol\": \"smtp\"}}]}"),
              HasSubstr("http/protobuf, http/json, grpc"));
}

// What nobody but the environment says is the environment's, and no other protocol in its place.
TEST(OtlpProtocolTest, Row22_TheEnvironmentSaysWhereTheFileDoesNot) {
  const auto error = [](const std::string& otlp) {
    const auto config = parsed("{\"exporters\": [{\"otlp\": " + otlp + "}]}");
    EXPECT_TRUE(config.ok()) << config.status();
    return std::string(init_from_config(*config).status().message());
  };
  {
    const Variable protocol("OTEL_EXPORTER_OTLP_PROTOCOL", "gRPC");
    EXPECT_THAT(error("{}"), AllOf(HasSubstr("c.json:1: exporters[0]: "),
                                   HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL"),
                                   HasSubstr("tracebus::config_grpc")));
    EXPECT_EQ(error("{\"protocol\": \"http/json\"}"), "");
    const Variable traces("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json");
    EXPECT_EQ(error("{}"), "");
    EXPECT_THAT(error("{\"signal\": \"metrics\"}"), HasSubstr("tracebus::config_grpc"));
  }
  const Variable metrics("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc");
  EXPECT_EQ(error("{}"), "");
  EXPECT_THAT(error("{\"signal\": \"metrics\"}"), HasSubstr("tracebus::config_grpc"));
}

std::int64_t interval_of(const std::string& exporters, const std::string& bus = "{}") {
  const auto config = parsed("{\"bus\": " + bus + ", \"exporters\": [" + exporters + "]}");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? config->bus.stats_interval_ms : -1;
}

TEST(OtlpProtocolTest, UsersAsk4_MetricsBringAnIntervalUnlessThereIsOne) {
  const std::string metrics = "{\"otlp\": {\"signal\": \"metrics\"}}";
  EXPECT_EQ(interval_of("{\"otlp\": {\"signal\": \"traces\"}}, {\"to\": \"null\"}"), 0);
  EXPECT_EQ(interval_of(metrics), 60'000);
  EXPECT_EQ(interval_of("{\"to\": \"redact|otlp-metrics:http://h:1\"}"), 60'000);
  EXPECT_EQ(interval_of(metrics, "{\"stats_interval_ms\": 1000}"), 1000);
  {
    const Variable interval("OTEL_METRIC_EXPORT_INTERVAL", "5000");
    EXPECT_EQ(interval_of(metrics), 5000);
    EXPECT_EQ(interval_of(metrics, "{\"stats_interval_ms\": 1000}"), 1000);
    EXPECT_EQ(interval_of("{\"to\": \"null\"}"), 0);
  }
  for (const char* const bad : {"0", "-5", "soon", "3600001", "5000ms"}) {
    const Variable interval("OTEL_METRIC_EXPORT_INTERVAL", bad);
    EXPECT_THAT(errors_of("{\"exporters\": [" + metrics + "]}"),
                HasSubstr("OTEL_METRIC_EXPORT_INTERVAL is no number"))
        << bad;
  }
}

// Both signals at their own addresses: who came where, and whose numbers were told.
class BothSignals {
 public:
  std::string url() const { return server_.url(); }
  std::size_t spans() const {
    const std::lock_guard lock(mutex_);
    return spans_;
  }
  std::set<std::string> subscriptions() const {
    const std::lock_guard lock(mutex_);
    return subscriptions_;
  }
  std::set<std::string> services() const {
    const std::lock_guard lock(mutex_);
    return services_;
  }

 private:
  void take(Connection& connection, const RequestHead& head) {
    const std::string body = connection.read_body(head);
    const std::lock_guard lock(mutex_);
    if (head.text.starts_with("POST /v1/metrics ")) {
      take_metrics(body);
    } else {
      tests::otlp::TracesData data;
      EXPECT_TRUE(data.ParseFromString(body));
      for (const auto& scope : data.resource_spans(0).scope_spans()) {
        spans_ += static_cast<std::size_t>(scope.spans_size());
      }
    }
    EXPECT_THAT(head.text, HasSubstr("x-key: hunter2"));
    connection.answer("200 OK");
  }
  void take_metrics(const std::string& body) {
    tests::otlp::MetricsData data;
    EXPECT_TRUE(data.ParseFromString(body));
    for (const auto& attribute : data.resource_metrics(0).resource().attributes()) {
      if (attribute.key() == "service.name") services_.insert(attribute.value().string_value());
    }
    for (const auto& metric : data.resource_metrics(0).scope_metrics(0).metrics()) {
      for (const auto& point : metric.sum().data_points()) {
        for (const auto& attribute : point.attributes()) {
          if (attribute.key() != "otel.component.name") continue;
          subscriptions_.insert(attribute.value().string_value());
        }
      }
    }
  }

  mutable std::mutex mutex_;
  std::size_t spans_ = 0;
  std::set<std::string> subscriptions_;
  std::set<std::string> services_;
  ScriptedServer server_{
      [this](Connection& connection, const RequestHead& head) { take(connection, head); }};
};

TEST(OtlpProtocolTest, UsersAsk4_SpansAndMetricsGoWhereTheFileSays) {
  BothSignals receiver;
  const Variable key("TB_KEY", "hunter2");
  const std::string otlp =
      R"({"otlp": {"endpoint": ")" + receiver.url() + R"(", "headers": {"x-key": "${TB_KEY}"})";
  const auto config = parsed(R"({"service_name": "shop", "bus": {"stats_interval_ms": 10},
      "exporters": [)" + otlp +
                             "}},\n" + otlp + R"(, "signal": "metrics"}, "name": "numbers"}]})");
  ASSERT_TRUE(config.ok()) << config.status();
  auto tracing = init_from_config(*config);
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::size_t emitted = 0;
  while (receiver.subscriptions().size() < 2 && std::chrono::steady_clock::now() < deadline) {
    traced("checkout", [] {});
    ++emitted;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE((*tracing)->shutdown(std::chrono::seconds(30)).ok());
  EXPECT_EQ(receiver.spans(), emitted);
  EXPECT_THAT(receiver.subscriptions(), Contains("otlp:" + receiver.url() + "/v1/traces"));
  EXPECT_THAT(receiver.subscriptions(), Contains("numbers"));
  EXPECT_THAT(receiver.services(), ::testing::ElementsAre("shop"));
}

}  // namespace
}  // namespace tracebus::testing
