// SPDX-License-Identifier: Apache-2.0
//
// The bus's own numbers over HTTP, read by others' code: protobufjs, from OpenTelemetry's .proto
// files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "tracebus/exporters/otlp_http/otlp_http_metrics.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/otlp_peer/metrics_rig.h"

namespace tracebus::testing {
namespace {

class HttpMetricsPeerTest : public ::testing::TestWithParam<std::tuple<bool, bool>> {};

TEST_P(HttpMetricsPeerTest, UsersAsk4_OthersReadWhatTheBusCounts) {
  const auto [json, gzip] = GetParam();
  const Peer peer("http_receiver.js");
  OtlpHttpOptions options;
  options.http.url = otlp_metrics_url("http://127.0.0.1:" + std::to_string(peer.port()));
  options.http.direct = true;
  options.http.headers = {{"X-Key", "a secret"}};
  options.timeout = 2 * kLong;
  options.json = json;
  options.gzip = gzip;
  options.resource.set("service.name", "swarm");
  auto exporter = make_otlp_http_metrics_exporter(options);
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  expect_numbers_of_a_bus(*std::move(exporter), peer);
  EXPECT_THAT(
      peer.told("request"),
      ::testing::Each(
          std::string("{\"method\":\"POST\",\"path\":\"/v1/metrics\",\"type\":\"application/") +
          (json ? "json" : "x-protobuf") + "\",\"encoding\":\"" + (gzip ? "gzip" : "") +
          "\",\"key\":\"a secret\"}"));
}

INSTANTIATE_TEST_SUITE_P(Encodings, HttpMetricsPeerTest,
                         ::testing::Values(std::tuple(false, false), std::tuple(true, true)),
                         [](const auto& of) {
                           return std::string(std::get<0>(of.param) ? "JsonGzip" : "Protobuf");
                         });

}  // namespace
}  // namespace tracebus::testing
