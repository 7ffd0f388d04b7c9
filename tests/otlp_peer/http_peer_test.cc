// SPDX-License-Identifier: Apache-2.0
//
// What is sent over HTTP, read by others' code: protobufjs, from OpenTelemetry's .proto files. The
// oracle is what was emitted, field by field (random_spans.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "tracebus/core/version.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/otlp_peer/peer.h"
#include "tracebus/tests/otlp_peer/random_spans.h"

namespace tracebus::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kSpans = 500;

class HttpPeerTest : public ::testing::TestWithParam<std::tuple<bool, bool>> {};

TEST_P(HttpPeerTest, Row22_OthersReadEveryFieldOfEverySpan) {
  const auto [json, gzip] = GetParam();
  const Peer peer("http_receiver.js");
  OtlpHttpOptions options;
  options.http.url = "http://127.0.0.1:" + std::to_string(peer.port()) + "/v1/traces";
  options.http.direct = true;
  options.http.headers = {{"X-Key", "a secret"}};
  options.http.requests_max = 1;  // so that they are told in their order
  options.timeout = 2 * kLong;
  options.json = json;
  options.gzip = gzip;
  options.request_spans_max = 97;
  options.resource.set("service.name", "swarm");
  options.resource.set("share", 0.25);
  auto exporter = OtlpHttpExporter::create(options);
  ASSERT_TRUE(exporter.ok()) << exporter.status();

  TraceEventBus bus;
  const auto id = bus.add_exporter(*std::move(exporter), {.export_timeout_ms = 2 * kLong.count()});
  ASSERT_TRUE(id.ok());
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomSpans spans(seed);
  std::vector<std::string> emitted;
  for (std::size_t i = 0; i < kSpans; ++i) {
    ASSERT_EQ(bus.emit(spans.next()), EmitResult::kAccepted);
    emitted.push_back(spans.told());
  }
  ASSERT_TRUE(bus.flush(3 * kLong).ok());
  EXPECT_EQ(stats_of(bus, *id).delivered, kSpans) << stats_of(bus, *id).last_error;
  bus.shutdown(kLong).IgnoreError();

  const std::vector<std::string> told = peer.wait_for("span", kSpans);
  ASSERT_EQ(told.size(), kSpans);
  for (std::size_t i = 0; i < kSpans; ++i) ASSERT_EQ(told[i], emitted[i]) << i;
  EXPECT_THAT(peer.told("fault"), IsEmpty());
  EXPECT_THAT(
      peer.told("request"),
      Each(std::string("{\"method\":\"POST\",\"path\":\"/v1/traces\",\"type\":\"application/") +
           (json ? "json" : "x-protobuf") + "\",\"encoding\":\"" + (gzip ? "gzip" : "") +
           "\",\"key\":\"a secret\"}"));
  EXPECT_THAT(peer.told("resource"), Each(HasSubstr("[\"service.name\",\"swarm\"],"
                                                    "[\"share\",{\"double\":\"3fd0000000000000\"}],"
                                                    "[\"telemetry.sdk.language\",\"cpp\"],")));
  const std::string schema(schema_url(Profile::kGenAi));
  EXPECT_THAT(peer.told("scope"),
              Each("{\"name\":\"tracebus\",\"version\":\"" + std::string(version()) +
                   "\",\"schema\":\"" + schema + "\"}"));
}

INSTANTIATE_TEST_SUITE_P(Encodings, HttpPeerTest,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()),
                         [](const auto& of) {
                           return std::string(std::get<0>(of.param) ? "Json" : "Protobuf") +
                                  (std::get<1>(of.param) ? "Gzip" : "Plain");
                         });

}  // namespace
}  // namespace tracebus::testing
