// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/http/json_members.h"
#include "tracebus/exporters/otlp_http/otlp_answer.h"
#include "tracebus/exporters/otlp_http/otlp_http_exporter.h"

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

TEST(OtlpHttpOptionsTest, WithoutAnEnvironmentTheDefaultsAreOpenTelemetrys) {
  std::vector<std::string> warnings;
  const OtlpHttpOptions options = OtlpHttpOptions::from_env(&warnings);
  EXPECT_EQ(options.http.url, "http://localhost:4318/v1/traces");
  EXPECT_EQ(options.timeout, milliseconds(10'000));
  EXPECT_FALSE(options.gzip || options.json || options.http.insecure);
  EXPECT_THAT(options.http.headers, IsEmpty());
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(OtlpHttpOptionsTest, ThePathOfTracesIsAppendedToTheAddressForAllSignals) {
  EXPECT_EQ(otlp_traces_url("http://h:4318"), "http://h:4318/v1/traces");
  EXPECT_EQ(otlp_traces_url("http://h:4318/"), "http://h:4318/v1/traces");
  EXPECT_EQ(otlp_traces_url("https://h/api/otel"), "https://h/api/otel/v1/traces");
  EXPECT_EQ(otlp_traces_url("https://h/api/otel//"), "https://h/api/otel/v1/traces");
  EXPECT_EQ(otlp_traces_url("https://h/v1/traces"), "https://h/v1/traces");
  EXPECT_EQ(otlp_traces_url("https://h/a?key=b/"), "https://h/a/v1/traces?key=b/");
}

TEST(OtlpHttpOptionsTest, WhatIsSetForTracesWinsOverWhatIsSetForAll) {
  const Environment all({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1/x"},
                         {"OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=two%20words"},
                         {"OTEL_EXPORTER_OTLP_TIMEOUT", "1500"},
                         {"OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP"},
                         {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                         {"OTEL_EXPORTER_OTLP_CERTIFICATE", "ca"},
                         {"OTEL_EXPORTER_OTLP_CLIENT_KEY", "key"},
                         {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "certificate"}});
  OtlpHttpOptions options = OtlpHttpOptions::from_env();
  EXPECT_EQ(options.http.url, "http://all:1/x/v1/traces");
  ASSERT_EQ(options.http.headers.size(), 2u);
  EXPECT_EQ(options.http.headers[1].name, "b");
  EXPECT_EQ(options.http.headers[1].value, "two words");
  EXPECT_EQ(options.timeout, milliseconds(1500));
  EXPECT_TRUE(options.gzip);
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.http.ca_file, "ca");
  EXPECT_EQ(options.http.client_key_file, "key");
  EXPECT_EQ(options.http.client_certificate_file, "certificate");

  const Environment traces({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:2/as/it/is"},
                            {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "c=3"},
                            {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2500"},
                            {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"},
                            {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"},
                            {"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "other"}});
  options = OtlpHttpOptions::from_env();
  EXPECT_EQ(options.http.url, "http://traces:2/as/it/is");
  ASSERT_EQ(options.http.headers.size(), 1u);
  EXPECT_EQ(options.http.headers[0].name, "c");
  EXPECT_EQ(options.timeout, milliseconds(2500));
  EXPECT_FALSE(options.gzip);
  EXPECT_FALSE(options.json);
  EXPECT_EQ(options.http.ca_file, "other");
  EXPECT_EQ(options.http.client_key_file, "key");
}

TEST(OtlpHttpOptionsTest, WhatIsIllFormedIsLeftOutAndTold) {
  const Environment environment({{"OTEL_EXPORTER_OTLP_TIMEOUT", "soon"},
                                 {"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"},
                                 {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                                 {"OTEL_EXPORTER_OTLP_HEADERS", "secret,a=1"}});
  std::vector<std::string> warnings;
  const OtlpHttpOptions options = OtlpHttpOptions::from_env(&warnings);
  EXPECT_EQ(options.timeout, milliseconds(10'000));
  EXPECT_EQ(options.http.headers.size(), 1u);
  EXPECT_THAT(warnings,
              ::testing::UnorderedElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_TIMEOUT is 'soon'"),
                                              HasSubstr("OTEL_EXPORTER_OTLP_COMPRESSION is 'zstd'"),
                                              HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'"),
                                              HasSubstr("OTEL_EXPORTER_OTLP_HEADERS: ")));
  for (const std::string& warning : warnings) EXPECT_THAT(warning, Not(HasSubstr("secret")));
}

TEST(OtlpHttpOptionsTest, ASpecIsTheAddressForAllSignalsOrTheEnvironments) {
  EXPECT_EQ((*make_otlp_http("http://h:1"))->name(), "otlp:http://h:1/v1/traces");
  EXPECT_EQ((*make_otlp_http("https://k:v@h/v1/traces"))->name(), "otlp:https://h/v1/traces");
  EXPECT_EQ((*make_otlp_http(""))->name(), "otlp:http://localhost:4318/v1/traces");
  const Environment environment(
      {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://e:2"}, {"OTEL_EXPORTER_OTLP_TIMEOUT", "1500"}});
  EXPECT_EQ((*make_otlp_http(""))->name(), "otlp:http://e:2/v1/traces");
  EXPECT_FALSE(make_otlp_http("ftp://h").ok());
}

std::string refusal(OtlpHttpOptions options) {
  const auto made = OtlpHttpExporter::create(std::move(options));
  return made.ok() ? std::string() : std::string(made.status().message());
}

TEST(OtlpHttpOptionsTest, WhatCannotBeSentIsRefusedWithoutItsSecrets) {
  EXPECT_EQ(refusal({}), "");
  for (const char* const url : {"", "localhost", "ftp://h/", "http://", "file:///etc/passwd",
                                "http://user:secret@h:port/"}) {
    EXPECT_THAT(refusal({.http = {.url = url}}), HasSubstr("http:// or https:// URL")) << url;
    EXPECT_THAT(refusal({.http = {.url = url}}), Not(HasSubstr("secret")));
  }
  const auto with_header = [](const char* name, const char* value) {
    OtlpHttpOptions options;
    options.http.headers = {{name, value}};
    return refusal(options);
  };
  EXPECT_EQ(with_header("Authorization", "Bearer x\ty"), "");
  EXPECT_THAT(with_header("Authorization", "secret\r\nX: y"), HasSubstr("'Authorization'"));
  EXPECT_THAT(with_header("Authorization", "secret\r\nX: y"), Not(HasSubstr("secret")));
  EXPECT_THAT(with_header("Authorization", "secret\n"), HasSubstr("line end"));
  EXPECT_THAT(with_header("A:", "x"), HasSubstr("name of a header"));
  EXPECT_THAT(with_header("A\r\nB", "x"), HasSubstr("'A\\r\\nB'"));
  EXPECT_THAT(with_header("", "x"), HasSubstr("name of a header"));
  EXPECT_THAT(with_header("content-type", "x"), HasSubstr("no header to choose"));
}

TEST(OtlpHttpOptionsTest, NumbersOutOfRangeAndFilesThatAreNotThereAreRefused) {
  EXPECT_THAT(refusal({.timeout = milliseconds(0)}), HasSubstr("timeout"));
  EXPECT_THAT(refusal({.retry = {.initial_backoff = milliseconds(0)}}),
              HasSubstr("initial_backoff"));
  EXPECT_THAT(refusal({.retry = {.max_backoff = milliseconds(1)}}), HasSubstr("max_backoff"));
  EXPECT_THAT(refusal({.request_bytes_max = 4095}), HasSubstr("request_bytes_max"));
  OtlpHttpOptions options;
  options.http.requests_max = 0;
  EXPECT_THAT(refusal(options), HasSubstr("requests_max"));
  options.http.requests_max = 65;
  EXPECT_THAT(refusal(options), HasSubstr("requests_max"));
  options = {};
  options.http.ca_file = "/nowhere/ca.pem";
  EXPECT_THAT(refusal(options), HasSubstr("/nowhere/ca.pem cannot be read"));
}

TEST(OtlpAnswerTest, TheMessageOfAnErrorIsReadFromWhateverItIs) {
  EXPECT_EQ(read_otlp_error(std::string("\x08\x03\x12\x03"
                                        "bad",
                                        7),
                            "application/x-protobuf"),
            "bad");
  EXPECT_EQ(read_otlp_error("\x12\x30"
                            "bad",
                            "application/x-protobuf"),
            "");
  EXPECT_EQ(read_otlp_error(R"({"code":3,"message":"b\u0061d"})", "application/json"), "bad");
  EXPECT_EQ(read_otlp_error(R"({"message":["bad"]})", "application/json"), "");
  EXPECT_EQ(read_otlp_error("no", "text/plain"), "no");
  EXPECT_EQ(read_otlp_error(std::string(5000, 'x'), {}).size(), kOtlpMessageBytesMax);
}

TEST(OtlpAnswerTest, AnEmptyAnswerOfAnyTypeIsSuccess) {
  for (const char* const type : {"", "application/json", "application/x-protobuf", "text/html"}) {
    EXPECT_TRUE(read_otlp_success("", type).is_well_formed) << type;
  }
}

TEST(OtlpAnswerTest, EveryCutOfAnAnswerIsReadWithoutFault) {
  const std::string protobuf = "\x0a\x0b\x08\x03\x12\x07no \x1b[2J";
  const std::string json = R"( {"a":[1,{"b":"]}\""}],"partialSuccess":{"rejectedSpans":3}} )";
  EXPECT_EQ(read_otlp_success(protobuf, "application/x-protobuf").rejected, 3u);
  EXPECT_EQ(read_otlp_success(json, "application/json").rejected, 3u);
  for (const char* const what : {"rejectedLogRecords", "rejectedDataPoints"}) {
    const std::string other = "{\"partialSuccess\":{\"" + std::string(what) + "\":\"4\"}}";
    EXPECT_EQ(read_otlp_success(other, "application/json").rejected, 4u) << what;
  }
  for (std::size_t cut = 1; cut < protobuf.size(); ++cut) {
    EXPECT_FALSE(
        read_otlp_success(protobuf.substr(0, cut), "application/x-protobuf").is_well_formed);
  }
  for (std::size_t cut = 1; cut + 1 < json.size(); ++cut) {
    const OtlpSuccess success = read_otlp_success(json.substr(0, cut), "application/json");
    EXPECT_FALSE(success.is_well_formed) << cut;
  }
}

TEST(OtlpAnswerTest, JsonIsNotFollowedIntoAnyDepth) {
  EXPECT_TRUE(
      JsonMembers("{\"a\":" + std::string(50, '[') + std::string(50, ']') + "}").is_object());
  EXPECT_FALSE(JsonMembers("{\"a\":" + std::string(100'000, '[')).is_object());
  EXPECT_EQ(JsonMembers(R"({"a":1,"b":"x"})").value_of("b"), "\"x\"");
  EXPECT_EQ(JsonMembers(R"({"a":1,"b":"x"})").value_of("c"), "");
  EXPECT_FALSE(JsonMembers("[]").is_object());
  EXPECT_FALSE(JsonMembers("").is_object());
  EXPECT_FALSE(JsonMembers("{} {}").is_object());
}

}  // namespace
}  // namespace tracebus::testing
