// SPDX-License-Identifier: Apache-2.0
//
// Whom an exporter trusts. Nothing reaches a receiver that it should not trust.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/tests/otlp_grpc/grpc_rig.h"
#include "tracebus/tests/otlp_peer/peer.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kSpans = 20;
// Of those exports that come to nothing: long enough for some attempts.
constexpr std::chrono::milliseconds kShort{200};

std::string file(const std::string& name) { return TRACEBUS_CERTIFICATES "/" + name; }

std::vector<std::string> tls(const std::string& certificate) {
  return {"--tls", file(certificate + ".pem"), file(certificate + ".key")};
}

OtlpGrpcOptions trusting(const Peer& peer) {
  OtlpGrpcOptions options = options_for(peer.port());
  options.endpoint = "https://localhost:" + std::to_string(peer.port());
  options.ca_file = file("authority.pem");
  return options;
}

void expect_trust(const OtlpGrpcOptions& options, const Peer& peer) {
  const ExportAccount account = run_export(options, kSpans);
  EXPECT_EQ(account.delivered, kSpans) << account.last_error;
  EXPECT_EQ(peer.wait_for("span", kSpans), account.emitted);
}

void expect_no_trust(OtlpGrpcOptions options, const Peer& peer) {
  // On a machine that stalls, a handshake may take longer than that.
  for (options.timeout = kShort; options.timeout < kLong; options.timeout *= 2) {
    const ExportAccount account = run_export(options, kSpans);
    EXPECT_EQ(account.failed, kSpans);
    EXPECT_TRUE(peer.told("span").empty());
    if (account.last_error.starts_with("UNAVAILABLE: ")) return;
  }
  FAIL() << "no handshake ever failed";
}

TEST(GrpcTlsTest, AReceiverWithACertificateOfTheAuthorityIsTrustedAndTlsIsTheDefault) {
  const Peer peer("grpc_receiver.js", tls("good"));
  OtlpGrpcOptions options = trusting(peer);
  options.endpoint = "localhost:" + std::to_string(peer.port());
  expect_trust(options, peer);
}

TEST(GrpcTlsTest, CertificatesThatExpiredOfOthersAndSignedByNobodyAreRefused) {
  for (const char* const certificate : {"expired", "self_signed", "other_host"}) {
    SCOPED_TRACE(certificate);
    const Peer peer("grpc_receiver.js", tls(certificate));
    expect_no_trust(trusting(peer), peer);
  }
}

TEST(GrpcTlsTest, AnAuthorityThatNobodyNamedIsRefused) {
  const Peer peer("grpc_receiver.js", tls("good"));
  OtlpGrpcOptions options = trusting(peer);
  options.ca_file = "";
  expect_no_trust(options, peer);
}

TEST(GrpcTlsTest, AClientShowsItsCertificateToWhoAsks) {
  std::vector<std::string> arguments = tls("good");
  arguments.push_back(file("authority.pem"));
  const Peer peer("grpc_receiver.js", arguments);
  expect_no_trust(trusting(peer), peer);
  OtlpGrpcOptions options = trusting(peer);
  options.client_certificate_file = file("client.pem");
  options.client_key_file = file("client.key");
  expect_trust(options, peer);
}

TEST(GrpcTlsTest, NothingIsSentInTheOpenInPlaceOfTls) {
  const Peer peer("grpc_receiver.js");
  OtlpGrpcOptions options = trusting(peer);
  expect_no_trust(options, peer);
  options.endpoint = "localhost:" + std::to_string(peer.port());
  expect_no_trust(options, peer);
  options.insecure = true;
  expect_trust(options, peer);
}

TEST(GrpcTlsTest, FilesThatAreNoneAreRefusedByName) {
  OtlpGrpcOptions options;
  options.endpoint = "https://localhost:4317";
  options.ca_file = "/nowhere/ca.pem";
  auto made = OtlpGrpcExporter::create(options);
  EXPECT_EQ(made.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(made.status().message()),
              HasSubstr("the file of authorities /nowhere/ca.pem cannot be read: No such file"));
  options.ca_file = file("signed/serial");
  made = OtlpGrpcExporter::create(options);
  EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(made.status().message()), HasSubstr("has no PEM in it"));
  options.ca_file = TRACEBUS_CERTIFICATES;
  EXPECT_EQ(OtlpGrpcExporter::create(options).status().code(), absl::StatusCode::kNotFound);
  options.ca_file = "";
  options.client_key_file = file("client.key");
  EXPECT_THAT(std::string(OtlpGrpcExporter::create(options).status().message()),
              HasSubstr("come together"));
}

}  // namespace
}  // namespace tracebus::testing
