// SPDX-License-Identifier: Apache-2.0
//
// Config files of a program that speaks gRPC, judged by what a receiver got that shares no code
// with tracebus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tracebus/config/exporter_factory.h"
#include "tracebus/config/init_from_file.h"
#include "tracebus/config/init_grpc.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/otlp_peer/metrics_rig.h"
#include "tracebus/tests/otlp_peer/peer.h"
#include "tracebus/trace/traced.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<std::unique_ptr<Tracing>> init_by(const std::string& json) {
  const auto config = parse_config(json, "c.json", {.factory = exporter_factory()}, true);
  if (!config.ok()) return config.status();
  return init_from_config(*config);
}

std::string place_of(const Peer& peer) { return "127.0.0.1:" + std::to_string(peer.port()); }

TEST(GrpcConfig, Row22_TheFileSaysGrpc) {
  enable_grpc();
  const Peer peer("grpc_receiver.js");
  const auto tracing = init_by(R"({"service_name": "shop", "exporters": [{"otlp": {
      "protocol": "grpc", "endpoint": ")" +
                               place_of(peer) + R"(", "insecure": true,
      "headers": {"X-Key": "a value"}, "compression": "gzip", "timeout_ms": 60000,
      "requests_max": 2, "profile": "exo", "resource": {"share": 0.25}}}]})");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  traced("checkout", [] {});
  EXPECT_TRUE((*tracing)->shutdown(kLong).ok());
  ASSERT_EQ(peer.wait_for("span", 1).size(), 1u);
  EXPECT_THAT(peer.told("span")[0], HasSubstr("\"name\":\"task.checkout\""));
  EXPECT_THAT(peer.told("request")[0],
              AllOf(HasSubstr("TraceService/Export"), HasSubstr("\"key\":[\"a value\"]"),
                    HasSubstr("\"gzip\":true")));
  EXPECT_THAT(peer.told("resource")[0], AllOf(HasSubstr("[\"service.name\",\"shop\"]"),
                                              HasSubstr("[\"share\",{\"double\":")));
}

TEST(GrpcConfig, Row22_TheEnvironmentSaysGrpcWhereTheFileDoesNot) {
  enable_grpc();
  const Peer peer("grpc_receiver.js");
  ::setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", 1);
  const auto tracing =
      init_by(R"({"exporters": [{"otlp": {"endpoint": "http://)" + place_of(peer) + R"("}}]})");
  ::unsetenv("OTEL_EXPORTER_OTLP_PROTOCOL");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  traced("checkout", [] {});
  EXPECT_TRUE((*tracing)->shutdown(kLong).ok());
  EXPECT_EQ(peer.wait_for("span", 1).size(), 1u);
}

TEST(GrpcConfig, UsersAsk4_MetricsGoOverGrpcToo) {
  enable_grpc();
  const Peer peer("grpc_receiver.js");
  const auto tracing = init_by(R"({"bus": {"stats_interval_ms": 10}, "exporters": [
      {"to": "null"}, {"otlp": {"protocol": "grpc", "signal": "metrics", "endpoint": "http://)" +
                               place_of(peer) + R"("}}]})");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  EXPECT_TRUE(eventually([&] {
    traced("checkout", [] {});
    return !peer.told("point").empty();
  }));
  EXPECT_TRUE((*tracing)->shutdown(kLong).ok());
  EXPECT_THAT(peer.told("request")[0], HasSubstr("MetricsService/Export"));
}

TEST(GrpcConfig, ASocketIsNotForGrpc) {
  enable_grpc();
  const auto tracing = init_by(
      R"({"exporters": [{"otlp": {"protocol": "grpc", "unix_socket": "/run/otlp.sock"}}]})");
  EXPECT_THAT(std::string(tracing.status().message()),
              HasSubstr("c.json:1: exporters[0].otlp.unix_socket: is for HTTP"));
}

}  // namespace
}  // namespace tracebus::testing
