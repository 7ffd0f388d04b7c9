// SPDX-License-Identifier: Apache-2.0
//
// Whom an exporter trusts. Nothing reaches a receiver that it should not trust.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/tests/otlp_http/export_rig.h"
#include "tracebus/tests/otlp_http/tls_receiver.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kSpans = 20;
constexpr std::chrono::milliseconds kShort{1000};

OtlpHttpOptions trusting(const std::string& url) {
  OtlpHttpOptions options = options_for(url);
  options.http.ca_file = certificate_file("authority.pem");
  return options;
}

void expect_trust(const OtlpHttpOptions& options, const TlsReceiver& server) {
  const ExportAccount account = run_export(options, kSpans);
  EXPECT_EQ(account.delivered, kSpans) << account.last_error;
  EXPECT_TRUE(eventually([&] { return server.receiver().distinct() == kSpans; }));
}

void expect_no_trust(OtlpHttpOptions options, const TlsReceiver& server) {
  options.timeout = kShort;
  const ExportAccount account = run_export(options, kSpans);
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_NE(account.last_error, "");
  EXPECT_EQ(server.receiver().distinct(), 0u);
}

TEST(TlsTest, AReceiverWithACertificateOfTheAuthorityIsTrusted) {
  const TlsReceiver server("good");
  expect_trust(trusting(server.url()), server);
}

TEST(TlsTest, AnExpiredCertificateIsRefused) {
  const TlsReceiver server("expired");
  expect_no_trust(trusting(server.url()), server);
}

TEST(TlsTest, ASelfSignedCertificateIsRefused) {
  const TlsReceiver server("self_signed");
  expect_no_trust(trusting(server.url()), server);
}

TEST(TlsTest, ACertificateOfAnotherHostIsRefused) {
  const TlsReceiver server("other_host");
  expect_no_trust(trusting(server.url()), server);
}

TEST(TlsTest, AnAuthorityThatNobodyNamedIsRefused) {
  const TlsReceiver server("good");
  expect_no_trust(options_for(server.url()), server);
}

TEST(TlsTest, Tls1_0IsRefused) {
  const TlsReceiver server("good", {"tls1"});
  expect_no_trust(trusting(server.url()), server);
}

TEST(TlsTest, WhoSaysInsecureTrustsAnybodyAndIsTold) {
  const TlsReceiver server("self_signed");
  OtlpHttpOptions options = options_for(server.url());
  options.http.insecure = true;
  ::testing::internal::CaptureStderr();
  expect_trust(options, server);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("insecure: no certificate of " + server.url()));
}

TEST(TlsTest, AClientShowsItsCertificateToWhoAsks) {
  const TlsReceiver server("good", {certificate_file("authority.pem")});
  expect_no_trust(trusting(server.url()), server);
  OtlpHttpOptions options = trusting(server.url());
  options.http.client_certificate_file = certificate_file("client.pem");
  options.http.client_key_file = certificate_file("client.key");
  expect_trust(options, server);
}

TEST(TlsTest, HttpIsNeverTriedInPlaceOfHttps) {
  ScriptedServer server(
      [](Connection&, const RequestHead&) { ADD_FAILURE() << "a request in the open"; });
  OtlpHttpOptions options = trusting("https://127.0.0.1:" + std::to_string(server.port()));
  options.timeout = kShort;
  // Also the handshake that hangs: the server waits for a request that never comes.
  const ExportAccount account = run_export(options, kSpans);
  EXPECT_EQ(account.failed, kSpans);
  EXPECT_EQ(server.requests(), 0u);
}

}  // namespace
}  // namespace tracebus::testing
