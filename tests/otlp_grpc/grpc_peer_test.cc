// SPDX-License-Identifier: Apache-2.0
//
// What is sent over gRPC, read by others' code: @grpc/grpc-js and protobufjs, from OpenTelemetry's
// .proto files. The oracle is what was emitted, field by field (random_spans.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/core/profile.h"
#include "tracebus/core/version.h"
#include "tracebus/tests/otlp_grpc/grpc_rig.h"
#include "tracebus/tests/otlp_peer/peer.h"

namespace tracebus::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kSpans = 500;

class GrpcPeerTest : public ::testing::TestWithParam<bool> {};

TEST_P(GrpcPeerTest, Row22_OthersReadEveryFieldOfEverySpan) {
  const bool gzip = GetParam();
  const Peer peer("grpc_receiver.js");
  OtlpGrpcOptions options = options_for(peer.port());
  options.headers = {{"X-Key", "a secret"}, {"x-key-bin", std::string("\x00\xff", 2)}};
  options.requests_max = 1;  // so that they are told in their order
  options.gzip = gzip;
  options.request_spans_max = 97;
  options.resource.set("service.name", "swarm");
  options.resource.set("share", 0.25);
  const ExportAccount account = run_export(options, kSpans);
  EXPECT_EQ(account.delivered, kSpans) << account.last_error;
  EXPECT_EQ(account.last_error, "");

  const std::vector<std::string> told = peer.wait_for("span", kSpans);
  ASSERT_EQ(told.size(), kSpans);
  for (std::size_t i = 0; i < kSpans; ++i) ASSERT_EQ(told[i], account.emitted[i]) << i;
  EXPECT_THAT(peer.told("fault"), IsEmpty());
  EXPECT_GE(peer.told("request").size(), kSpans / 97);
  EXPECT_THAT(peer.told("request"),
              Each("{\"path\":\"/opentelemetry.proto.collector.trace.v1.TraceService/Export\","
                   "\"key\":[\"a secret\"],\"binary\":[\"00ff\"],"
                   "\"agent\":\"OTel-OTLP-Exporter-Cpp-tracebus/" +
                   std::string(version()) + "\",\"gzip\":" + (gzip ? "true" : "false") +
                   ",\"timed\":true}"));
  EXPECT_EQ(peer.told("connection").size(), 1u) << "it is kept";
  EXPECT_THAT(peer.told("resource"), Each(HasSubstr("[\"service.name\",\"swarm\"],"
                                                    "[\"share\",{\"double\":\"3fd0000000000000\"}],"
                                                    "[\"telemetry.sdk.language\",\"cpp\"],")));
  EXPECT_THAT(peer.told("scope"),
              Each("{\"name\":\"tracebus\",\"version\":\"" + std::string(version()) +
                   "\",\"schema\":\"" + std::string(schema_url(Profile::kGenAi)) + "\"}"));
}

INSTANTIATE_TEST_SUITE_P(Encodings, GrpcPeerTest, ::testing::Bool(),
                         [](const auto& of) { return std::string(of.param ? "Gzip" : "Plain"); });

}  // namespace
}  // namespace tracebus::testing
