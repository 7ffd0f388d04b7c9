// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/otlp_grpc/grpc_endpoint.h"
#include "tracebus/exporters/otlp_grpc/grpc_headers.h"
#include "tracebus/exporters/otlp_grpc/otlp_grpc_exporter.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Environment {
 public:
  explicit Environment(std::vector<std::pair<std::string, std::string>> variables)
      : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& variable : variables_) ::unsetenv(variable.first.c_str());
  }

 private:
  const std::vector<std::pair<std::string, std::string>> variables_;
};

TEST(GrpcOptionsTest, WithoutAnEnvironmentTheDefaultsAreOpenTelemetrys) {
  std::vector<std::string> warnings;
  const OtlpGrpcOptions options = OtlpGrpcOptions::from_env(&warnings);
  EXPECT_EQ(options.endpoint, "http://localhost:4317");
  EXPECT_EQ(options.timeout, milliseconds(10'000));
  EXPECT_FALSE(options.gzip || options.insecure);
  EXPECT_THAT(options.headers, IsEmpty());
  EXPECT_THAT(warnings, IsEmpty());
  const auto made = OtlpGrpcExporter::create(options);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ((*made)->name(), "otlp-grpc:http://localhost:4317");
}

TEST(GrpcOptionsTest, TheEnvironmentSaysAllAndTheVariablesOfTracesWin) {
  const Environment environment({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4317"},
                                 {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "traces:4317"},
                                 {"OTEL_EXPORTER_OTLP_INSECURE", "TRUE"},
                                 {"OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20k,x=1"},
                                 {"OTEL_EXPORTER_OTLP_TIMEOUT", "1500"},
                                 {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                 {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"},
                                 {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"},
                                 {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/c.pem"},
                                 {"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/c.key"},
                                 {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                                 {"OTEL_SERVICE_NAME", "swarm"}});
  std::vector<std::string> warnings;
  const OtlpGrpcOptions options = OtlpGrpcOptions::from_env(&warnings);
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_EQ(options.endpoint, "traces:4317");
  EXPECT_TRUE(options.insecure);
  ASSERT_EQ(options.headers.size(), 2u);
  EXPECT_EQ(options.headers[0].value, "Bearer k");
  EXPECT_EQ(options.timeout, milliseconds(1500));
  EXPECT_FALSE(options.gzip);
  EXPECT_EQ(options.ca_file, "/ca.pem");
  EXPECT_EQ(options.client_certificate_file, "/c.pem");
  EXPECT_EQ(options.client_key_file, "/c.key");
  EXPECT_EQ(options.resource.service_name(), "swarm");
  ::setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "", 1);
  EXPECT_EQ(OtlpGrpcOptions::from_env().endpoint, "http://all:4317") << "empty is not set";
}

TEST(GrpcOptionsTest, WhatIsIllFormedIsToldAndLeftOut) {
  const Environment environment({{"OTEL_EXPORTER_OTLP_INSECURE", "yes"},
                                 {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"},
                                 {"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"},
                                 {"OTEL_EXPORTER_OTLP_HEADERS", "secret"},
                                 {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}});
  std::vector<std::string> warnings;
  const OtlpGrpcOptions options = OtlpGrpcOptions::from_env(&warnings);
  EXPECT_FALSE(options.insecure || options.gzip);
  EXPECT_EQ(options.timeout, milliseconds(10'000));
  EXPECT_THAT(warnings,
              ElementsAre(HasSubstr("INSECURE is 'yes', which is not true or false"),
                          HasSubstr("OTEL_EXPORTER_OTLP_HEADERS: "),
                          HasSubstr("TIMEOUT is '10s', which is not a number of milliseconds"),
                          HasSubstr("COMPRESSION is 'zstd', which is not gzip or none"),
                          HasSubstr("PROTOCOL is 'http/json', which is not grpc")));
  EXPECT_THAT(warnings[1], Not(HasSubstr("secret")));
}

std::string parsed(std::string_view text, bool insecure = false) {
  const auto endpoint = GrpcEndpoint::parse(text, insecure);
  if (!endpoint.ok()) return std::string(endpoint.status().message());
  EXPECT_EQ(endpoint->shown.starts_with("https://"), endpoint->with_tls);
  EXPECT_TRUE(endpoint->shown.ends_with("://" + endpoint->target.substr(7)));
  return endpoint->shown;
}

TEST(GrpcOptionsTest, EndpointsAreUrlsOrHostsWithPorts) {
  EXPECT_EQ(parsed("http://h:4317"), "http://h:4317");
  EXPECT_EQ(parsed("https://h:4317/", true), "https://h:4317");
  EXPECT_EQ(parsed("HTTPS://h"), "https://h:443");
  EXPECT_EQ(parsed("http://h"), "http://h:80");
  EXPECT_EQ(parsed("collector.example:4317"), "https://collector.example:4317");
  EXPECT_EQ(parsed("collector.example:4317", true), "http://collector.example:4317");
  EXPECT_EQ(parsed("http://[::1]:4317"), "http://[::1]:4317");
  EXPECT_EQ(parsed("[fe80::1%eth0]"), "https://[fe80::1%eth0]:443");
}

TEST(GrpcOptionsTest, WhatIsNoEndpointIsRefusedAndSaysWhy) {
  EXPECT_THAT(parsed("ftp://h:1"), HasSubstr("'ftp://h:1' is no endpoint of gRPC: its scheme"));
  EXPECT_THAT(parsed("http://h:1/v1/traces"), HasSubstr("it has a path"));
  EXPECT_THAT(parsed("http://h:1?k=v"), HasSubstr("it has a path"));
  for (const char* const port : {"", "0", "65536", "4317x", "-1", "99999999999"}) {
    EXPECT_THAT(parsed(std::string("h:") + port), HasSubstr("its port is not")) << port;
  }
  for (const char* const host : {"", "http://", ":4317", "a b:1", "[]:1", "[::1:1", "a]b:1"}) {
    EXPECT_THAT(parsed(host), HasSubstr("is no endpoint of gRPC")) << host;
  }
  for (const char* const text : {"http://u:s3cret@h:1", "u:s3cret@h:1", "x://s3cret@h"}) {
    EXPECT_THAT(parsed(text), Not(HasSubstr("s3cret")));
    EXPECT_THAT(parsed(text), HasSubstr("no place for a name and password"));
  }
}

std::string refused(std::string name, std::string value) {
  OtlpGrpcOptions options;
  options.headers = {{std::move(name), std::move(value)}};
  const auto made = OtlpGrpcExporter::create(options);
  return made.ok() ? "" : std::string(made.status().message());
}

TEST(GrpcOptionsTest, HeadersThatCannotBeSentAreRefusedWithoutTheirValues) {
  EXPECT_EQ(refused("X-Scope.Org_id", "a b~"), "");
  EXPECT_EQ(refused("x-bin", std::string("\x00\xff", 2)), "");
  EXPECT_EQ(sent_headers({{"X-Key", "Value"}})[0].name, "x-key");
  for (const char* const name : {"", "a b", "a:b", ":path", "caf\xc3\xa9", "a\n"}) {
    EXPECT_THAT(refused(name, "s3cret"), HasSubstr("cannot be the name")) << name;
  }
  for (const char* const name : {"Content-Type", "te", "User-Agent", "Host", "grpc-timeout"}) {
    EXPECT_THAT(refused(name, "s3cret"), HasSubstr("is no header to choose")) << name;
  }
  for (const char* const value : {"s3cret\n", "s3cret\x7f", "s3cret\xc3\xa9", "s3cret\t"}) {
    EXPECT_THAT(refused("x-key", value), HasSubstr("x-key"));
    EXPECT_THAT(refused("x-key", value), Not(HasSubstr("s3cret")));
  }
}

TEST(GrpcOptionsTest, NumbersOutOfTheirRangesAreRefused) {
  const auto refusal = [](const std::function<void(OtlpGrpcOptions&)>& change) {
    OtlpGrpcOptions options;
    change(options);
    const auto made = OtlpGrpcExporter::create(options);
    EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(made.status().message());
  };
  using Options = OtlpGrpcOptions;
  EXPECT_THAT(refusal([](Options& o) { o.requests_max = 0; }), HasSubstr("requests_max"));
  EXPECT_THAT(refusal([](Options& o) { o.requests_max = 65; }), HasSubstr("requests_max"));
  EXPECT_THAT(refusal([](Options& o) { o.timeout = {}; }), HasSubstr("timeout"));
  EXPECT_THAT(refusal([](Options& o) { o.connect_timeout = milliseconds(99); }),
              HasSubstr("connect_timeout"));
  EXPECT_THAT(refusal([](Options& o) { o.retry.initial_backoff = {}; }),
              HasSubstr("initial_backoff"));
  EXPECT_THAT(refusal([](Options& o) { o.retry.max_backoff = milliseconds(1); }),
              HasSubstr("max_backoff"));
  EXPECT_THAT(refusal([](Options& o) { o.request_bytes_max = 4095; }),
              HasSubstr("request_bytes_max"));
  EXPECT_THAT(refusal([](Options& o) { o.endpoint = "ftp://h"; }), HasSubstr("endpoint"));
}

TEST(GrpcOptionsTest, TheSpecTakesAnEndpointAndTheEnvironmentAllElse) {
  const Environment environment({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://elsewhere:1"},
                                 {"OTEL_EXPORTER_OTLP_INSECURE", "true"}});
  EXPECT_EQ((*make_otlp_grpc(""))->name(), "otlp-grpc:http://elsewhere:1");
  EXPECT_EQ((*make_otlp_grpc("localhost:4317"))->name(), "otlp-grpc:http://localhost:4317");
  EXPECT_EQ((*make_otlp_grpc("https://h:2"))->name(), "otlp-grpc:https://h:2");
  EXPECT_EQ(make_otlp_grpc("h:x").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(GrpcOptionsTest, AChildIsToldThatGrpcDoesNotSurviveAFork) {
  auto inherited = OtlpGrpcExporter::create({});
  ASSERT_TRUE(inherited.ok());
  const pid_t child = ::fork();
  if (child == 0) {
    const auto made = OtlpGrpcExporter::create({});
    const bool is_told = made.status().code() == absl::StatusCode::kFailedPrecondition;
    inherited->reset();  // hangs if it touches what its parent's threads did
    ::_exit(is_told ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(OtlpGrpcExporter::create({}).ok()) << "the parent goes on";
}

}  // namespace
}  // namespace tracebus::testing
