// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tracebus/exporters/prometheus/page_format.h"
#include "tracebus/exporters/prometheus/prometheus_exporter.h"

namespace tracebus::testing {
namespace {

constexpr PageFormat kOpen = PageFormat::kOpenMetrics;
constexpr PageFormat kText = PageFormat::kText;

TEST(PrometheusFormat, OpenMetricsIsForWhoPrefersIt) {
  // What Prometheus 2.42 and 3 send.
  EXPECT_EQ(page_format_for("application/openmetrics-text;version=1.0.0,"
                            "application/openmetrics-text;version=0.0.1;q=0.75,"
                            "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            kOpen);
  EXPECT_EQ(page_format_for("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                            "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            kOpen);
  EXPECT_EQ(page_format_for("Application/OpenMetrics-Text ; Version=\"1.0.0\""), kOpen);
  EXPECT_EQ(page_format_for("application/openmetrics-text"), kOpen);
  EXPECT_EQ(page_format_for("text/plain;q=0.4, application/openmetrics-text;q=0.4"), kOpen);
}

TEST(PrometheusFormat, TextIsForEverybodyElse) {
  for (const char* const accept :
       {"", "*/*", "text/plain", "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;q=0", "application/openmetrics-text;q=nonsense",
        "application/openmetrics-text;q=0.3,text/plain;q=0.5", "application/openmetrics-textual",
        ",,;;==,q=1", ";q=1,\"", "application/openmetrics-text;q=-1",
        "application/openmetrics-text;q=7"}) {
    EXPECT_EQ(page_format_for(accept), kText) << accept;
  }
}

absl::StatusOr<PrometheusOptions> parsed(std::string_view rest) {
  return parse_prometheus_address(rest, PrometheusOptions());
}

TEST(PrometheusSpec, AddressesOfASpec) {
  const auto expect = [](std::string_view rest, std::string_view host, int port) {
    const auto options = parsed(rest);
    ASSERT_TRUE(options.ok()) << options.status();
    EXPECT_EQ(options->host, host) << rest;
    EXPECT_EQ(options->port, port) << rest;
  };
  expect("", "localhost", 9464);
  expect("0", "localhost", 0);
  expect("65535", "localhost", 65535);
  expect("0.0.0.0:9100", "0.0.0.0", 9100);
  expect("[::1]:9100", "::1", 9100);
  expect("localhost:80", "localhost", 80);
}

TEST(PrometheusSpec, WhatIsNoAddressSaysWhatIsOne) {
  for (const char* const rest : {"65536", "-1", "port", "9464x", ":9464", "host:", "::1:9464",
                                 "[::1:9464", "::1]:9464", "1.2.3.4", " 9464", "+9464"}) {
    const auto options = parsed(rest);
    ASSERT_FALSE(options.ok()) << rest;
    EXPECT_NE(options.status().message().find("HOST:PORT"), std::string::npos);
  }
  for (const char* const host : {"example.org", "256.1.1.1", "localhost.evil", "[::1]"}) {
    PrometheusOptions options;
    options.host = host;
    options.port = 0;
    const auto made = PrometheusExporter::create(options);
    ASSERT_FALSE(made.ok()) << host;
    EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument) << made.status();
  }
}

TEST(PrometheusSpec, AnAddressOfAnotherMachineIsAClearError) {
  PrometheusOptions options;
  options.host = "192.0.2.1";  // for documentation (RFC 5737)
  options.port = 0;
  const auto made = PrometheusExporter::create(options);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(made.status().message().find("192.0.2.1"), std::string::npos);
}

TEST(PrometheusSpec, OptionsOutOfRangeAreRefused) {
  const auto refused = [](auto change) {
    PrometheusOptions options;
    options.port = 0;
    change(options);
    return PrometheusExporter::create(options).status().code() ==
           absl::StatusCode::kInvalidArgument;
  };
  EXPECT_FALSE(refused([](PrometheusOptions&) {}));
  EXPECT_TRUE(refused([](PrometheusOptions& o) { o.label_sets_max = 0; }));
  EXPECT_TRUE(refused([](PrometheusOptions& o) { o.label_sets_max = 2'000'000; }));
  EXPECT_TRUE(refused([](PrometheusOptions& o) { o.connections_max = 1; }));
  EXPECT_TRUE(refused([](PrometheusOptions& o) { o.request_timeout = {}; }));
  EXPECT_TRUE(refused([](PrometheusOptions& o) { o.answer_timeout = std::chrono::hours(2); }));
}

TEST(PrometheusSpec, TheEnvironmentSaysTheDefaults) {
  ::setenv("OTEL_EXPORTER_PROMETHEUS_HOST", "0.0.0.0", 1);
  ::setenv("OTEL_EXPORTER_PROMETHEUS_PORT", "9999", 1);
  std::vector<std::string> warnings;
  PrometheusOptions options = PrometheusOptions::from_env(&warnings);
  EXPECT_EQ(options.host, "0.0.0.0");
  EXPECT_EQ(options.port, 9999);
  EXPECT_EQ(parse_prometheus_address("80", options)->host, "0.0.0.0");
  EXPECT_TRUE(warnings.empty());

  ::setenv("OTEL_EXPORTER_PROMETHEUS_PORT", "many\n", 1);
  options = PrometheusOptions::from_env(&warnings);
  EXPECT_EQ(options.port, 9464);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0],
            "OTEL_EXPORTER_PROMETHEUS_PORT is 'many\\n', which is not a number from 0 to 65535; it "
            "is left out");

  ::setenv("OTEL_EXPORTER_PROMETHEUS_HOST", "", 1);
  ::setenv("OTEL_EXPORTER_PROMETHEUS_PORT", "", 1);
  warnings.clear();
  options = PrometheusOptions::from_env(&warnings);
  EXPECT_EQ(options.host, "localhost");
  EXPECT_EQ(options.port, 9464);
  EXPECT_TRUE(warnings.empty());

  ::setenv("OTEL_EXPORTER_PROMETHEUS_PORT", "0", 1);
  const auto made = make_prometheus("");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE((*made)->name().starts_with("prometheus:127.0.0.1:"));
  EXPECT_TRUE((*made)->non_blocking());
  ::unsetenv("OTEL_EXPORTER_PROMETHEUS_HOST");
  ::unsetenv("OTEL_EXPORTER_PROMETHEUS_PORT");
}

}  // namespace
}  // namespace tracebus::testing
