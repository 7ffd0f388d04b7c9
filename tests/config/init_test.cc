// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/init.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/redacting_processor.h"
#include "tracebus/tests/http/scripted_server.h"
#include "tracebus/trace/traced.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Sets a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* const name_;
};

// A receiver of OTLP: the names of spans that came, who sent them, and where to.
class Receiver {
 public:
  std::string url() const { return server_.url(); }

  std::vector<std::string> spans() {
    std::lock_guard lock(mutex_);
    return spans_;
  }
  std::string service() {
    std::lock_guard lock(mutex_);
    return service_;
  }
  std::string head() {
    std::lock_guard lock(mutex_);
    return head_;
  }

 private:
  void take(Connection& connection, const RequestHead& head) {
    tests::otlp::TracesData request;
    EXPECT_TRUE(request.ParseFromString(connection.read_body(head)));
    {
      std::lock_guard lock(mutex_);
      head_ = head.text;
      for (const auto& resource : request.resource_spans()) {
        for (const auto& attribute : resource.resource().attributes()) {
          if (attribute.key() == "service.name") service_ = attribute.value().string_value();
        }
        for (const auto& scope : resource.scope_spans()) {
          for (const auto& span : scope.spans()) spans_.push_back(span.name());
        }
      }
    }
    connection.answer("200 OK");
  }

  std::mutex mutex_;
  std::vector<std::string> spans_;
  std::string service_;
  std::string head_;
  ScriptedServer server_{
      [this](Connection& connection, const RequestHead& head) { take(connection, head); }};
};

TEST(Init, Row22_SpansReachAReceiverOfOtlp) {
  for (const std::string path : {"", "/", "/v1/traces"}) {
    Receiver receiver;
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
  Receiver receiver;
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
  EXPECT_THAT(error({.endpoint = "not a url"}), Not(HasSubstr("ok")));
  const std::string bad = error(
      {.endpoint = "http://localhost:4318", .headers = {{"authorization", "secret\r\nx: y"}}});
  EXPECT_THAT(bad, HasSubstr("authorization"));
  EXPECT_THAT(bad, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace tracebus::testing
