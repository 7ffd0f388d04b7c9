// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/init.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/redacting_processor.h"
#include "tracebus/tests/config/config_values.h"
#include "tracebus/tests/config/span_names.h"
#include "tracebus/trace/traced.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Init, Row22_SpansReachAReceiverOfOtlp) {
  for (const std::string path : {"", "/", "/v1/traces"}) {
    SpanNames receiver;
    auto tracing = init({.service_name = "shop",
                         .endpoint = receiver.url() + path,
                         .headers = {{"x-key", "value"}}});
    ASSERT_TRUE(tracing.ok()) << tracing.status();
    EXPECT_EQ(traced("checkout", [] { return 7; }), 7) << "by the default tracer";
    EXPECT_TRUE((*tracing)->shutdown().ok());
    EXPECT_THAT(receiver.spans(), ElementsAre("checkout"));
    EXPECT_EQ(receiver.service(), "shop");
    EXPECT_THAT(receiver.head(), HasSubstr("POST /v1/traces HTTP/1.1"));
    EXPECT_THAT(receiver.head(), HasSubstr("x-key: value"));
    EXPECT_EQ(default_tracer(), nullptr);
    EXPECT_TRUE((*tracing)->shutdown().ok()) << "once more";
  }
}

TEST(Init, Row22_TheEnvironmentSaysWhatOptionsLeaveOpen) {
  SpanNames receiver;
  const Variable endpoint("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
  const Variable service("OTEL_SERVICE_NAME", "from-outside");
  {
    const auto tracing = init();
    ASSERT_TRUE(tracing.ok()) << tracing.status();
    EXPECT_EQ((*tracing)->tracer().service_name(), "from-outside");
    traced("work", [] {});
  }
  EXPECT_THAT(receiver.spans(), ElementsAre("work")) << "the destructor flushes";
  EXPECT_EQ(receiver.service(), "from-outside");
}

TEST(Init, Row22_WithoutAnEndpointTheConsoleIsWhereEventsGo) {
  ::testing::internal::CaptureStdout();
  {
    const auto tracing = init({.service_name = "shop"});
    ASSERT_TRUE(tracing.ok()) << tracing.status();
    traced("checkout", [] {});
  }
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("checkout"));
}

TEST(Init, Row22_MemoryKeepsWhatProcessorsLetThrough) {
  InitOptions options;
  options.protocol = "memory";
  options.processors.push_back(std::make_unique<RedactingProcessor>());
  const auto tracing = init(std::move(options));
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  { const Span span = (*tracing)->tracer().tool("t", {attr<"api_key">("sk-secret")}); }
  ASSERT_TRUE((*tracing)->bus().flush(std::chrono::seconds(20)).ok());
  ASSERT_NE((*tracing)->memory(), nullptr);
  ASSERT_EQ((*tracing)->memory()->size(), 2u);
  for (const auto& event : (*tracing)->memory()->query()) {
    EXPECT_NE(event->view().find("api_key")->as_string(), "sk-secret");
  }
}

TEST(Init, Row22_WhatIsNotEnabledWantsNothing) {
  const auto tracing = init({.enabled = false});
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  EXPECT_NE(default_tracer(), nullptr);
  EXPECT_EQ(traced("checkout", [] { return 7; }), 7);
  EXPECT_EQ((*tracing)->bus().stats().emitted, 0u);
}

TEST(Init, Row22_WhatCannotBeIsAnErrorWithoutSecrets) {
  const auto error = [](InitOptions options) {
    const auto tracing = init(std::move(options));
    EXPECT_FALSE(tracing.ok());
    EXPECT_EQ(default_tracer(), nullptr);
    return std::string(tracing.status().message());
  };
  EXPECT_THAT(error({.protocol = "carrier-pigeon"}), HasSubstr("'carrier-pigeon' is none of"));
  EXPECT_THAT(error({.endpoint = "http://h:4317", .protocol = "grpc"}), HasSubstr("enable_grpc()"));
  ::setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "GRPC", 1);
  EXPECT_THAT(error({.endpoint = "http://h:4317"}),
              AllOf(HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL"), HasSubstr("tracebus::config_grpc")));
  ::unsetenv("OTEL_EXPORTER_OTLP_PROTOCOL");
  EXPECT_THAT(error({.endpoint = "not a url"}), Not(HasSubstr("ok")));
  const std::string bad = error(
      {.endpoint = "http://localhost:4318", .headers = {{"authorization", "secret\r\nx: y"}}});
  EXPECT_THAT(bad, HasSubstr("authorization"));
  EXPECT_THAT(bad, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace tracebus::testing
