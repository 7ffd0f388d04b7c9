// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tracebus/config/init_grpc.h"
#include "tracebus/tests/otlp_peer/peer.h"
#include "tracebus/trace/traced.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

void expect_one_span(const Peer& peer, const std::string& service) {
  const std::vector<std::string> spans = peer.wait_for("span", 1);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_THAT(spans[0], HasSubstr("\"name\":\"checkout\""));
  EXPECT_THAT(peer.told("resource")[0], HasSubstr("[\"service.name\",\"" + service + "\"]"));
}

TEST(InitGrpc, Row22_TheOptionsSayGrpc) {
  enable_grpc();
  const Peer peer("grpc_receiver.js");
  auto tracing = init({.service_name = "shop",
                       .endpoint = "http://127.0.0.1:" + std::to_string(peer.port()),
                       .protocol = "grpc",
                       .headers = {{"X-Key", "value"}}});
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  EXPECT_EQ(traced("checkout", [] { return 7; }), 7);
  EXPECT_TRUE((*tracing)->shutdown(std::chrono::seconds(20)).ok());
  expect_one_span(peer, "shop");
  EXPECT_THAT(peer.told("request")[0], HasSubstr("\"key\":[\"value\"]"));
}

TEST(InitGrpc, Row22_TheEnvironmentSaysGrpc) {
  enable_grpc();
  const Peer peer("grpc_receiver.js");
  const std::string place = "127.0.0.1:" + std::to_string(peer.port());
  ::setenv("OTEL_EXPORTER_OTLP_ENDPOINT", place.c_str(), 1);
  ::setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", 1);
  ::setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc", 1);
  ::setenv("OTEL_EXPORTER_OTLP_INSECURE", "true", 1);
  ::setenv("OTEL_SERVICE_NAME", "from-outside", 1);
  auto tracing = init();
  for (const char* const name :
       {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_SERVICE_NAME",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_INSECURE"}) {
    ::unsetenv(name);
  }
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  traced("checkout", [] {});
  EXPECT_TRUE((*tracing)->shutdown(std::chrono::seconds(20)).ok());
  expect_one_span(peer, "from-outside");
}

TEST(InitGrpc, Row22_AnEndpointThatIsNoneIsToldByName) {
  enable_grpc();
  const auto tracing = init({.endpoint = "http://h:1/v1/traces", .protocol = "grpc"});
  EXPECT_THAT(std::string(tracing.status().message()), HasSubstr("it has a path"));
}

}  // namespace
}  // namespace tracebus::testing
