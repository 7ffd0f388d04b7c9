// SPDX-License-Identifier: Apache-2.0
//
// What exporters over a network say of their receivers before there are events.
#include "tracebus/exporters/connection_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/tests/config/config_values.h"
#include "tracebus/tests/http/scripted_server.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Keeps what came: the path, and the body.
class Receiver {
 public:
  explicit Receiver(std::string status) : status_(std::move(status)) {}

  std::string url() const { return server_.url(); }
  std::vector<std::pair<std::string, std::string>> requests() {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void take(Connection& connection, const RequestHead& head) {
    const std::string body = connection.read_body(head);
    const std::size_t path = head.text.find(' ') + 1;
    {
      std::lock_guard lock(mutex_);
      requests_.emplace_back(head.text.substr(path, head.text.find(' ', path) - path), body);
    }
    connection.answer(status_);
  }

  const std::string status_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> requests_;
  ScriptedServer server_{
      [this](Connection& connection, const RequestHead& head) { take(connection, head); }};
};

absl::Status check(const std::string& spec, std::chrono::milliseconds timeout) {
  const auto made = exporter_factory().make(spec);
  if (!made.ok()) return made.status();
  auto* const connection = dynamic_cast<ConnectionCheck*>(made->get());
  if (connection == nullptr) return absl::InternalError("it has no connection");
  return connection->check_connection(std::chrono::steady_clock::now() + timeout);
}

constexpr std::chrono::seconds kLong(60);

TEST(ConnectionCheckTest, AReceiverThatAnswersIsSentNoEvents) {
  Receiver otlp("200 OK");
  EXPECT_TRUE(check("otlp:" + otlp.url(), kLong).ok());
  ASSERT_EQ(otlp.requests().size(), 1u);
  EXPECT_EQ(otlp.requests()[0].first, "/v1/traces");
  tests::otlp::TracesData traces;
  ASSERT_TRUE(traces.ParseFromString(otlp.requests()[0].second));
  ASSERT_EQ(traces.resource_spans_size(), 1);
  for (const auto& scope : traces.resource_spans(0).scope_spans()) EXPECT_EQ(scope.spans_size(), 0);

  Receiver both("200 OK");
  EXPECT_TRUE(check("redact|otlp-with-logs:" + both.url(), kLong).ok()) << "behind a processor";
  ASSERT_EQ(both.requests().size(), 2u);
  EXPECT_EQ(both.requests()[1].first, "/v1/logs");

  Receiver agent("200 OK");
  EXPECT_TRUE(check("datadog:" + agent.url(), kLong).ok());
  EXPECT_THAT(agent.requests(), ElementsAre(std::pair("/v0.4/traces", "\x90")));
}

TEST(ConnectionCheckTest, WhatAReceiverRefusesIsTold) {
  for (const char* const name : {"otlp:", "datadog:"}) {
    Receiver receiver("401 Unauthorized");
    const absl::Status checked = check(name + receiver.url(), kLong);
    EXPECT_FALSE(checked.ok()) << name;
    EXPECT_THAT(std::string(checked.message()), HasSubstr("answered 401"));
    EXPECT_EQ(receiver.requests().size(), 1u) << name;
  }
}

TEST(ConnectionCheckTest, WhereNobodyListensTheCheckEndsAtItsDeadline) {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(closed_port());
  for (const std::string name : {"otlp:", "datadog:"}) {
    const absl::Status checked = check(name + nobody, std::chrono::milliseconds(50));
    EXPECT_FALSE(checked.ok()) << name;
    EXPECT_THAT(std::string(checked.message()), HasSubstr(nobody));
  }
}

TEST(ConnectionCheckTest, AfterAShutdownThereIsNothingToCheck) {
  Receiver receiver("200 OK");
  const auto made = exporter_factory().make("otlp:" + receiver.url());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE((*made)->shutdown(std::chrono::steady_clock::now() + kLong).ok());
  auto* const connection = dynamic_cast<ConnectionCheck*>(made->get());
  ASSERT_NE(connection, nullptr);
  EXPECT_FALSE(connection->check_connection(std::chrono::steady_clock::now() + kLong).ok());
  EXPECT_TRUE(receiver.requests().empty());
}

}  // namespace
}  // namespace tracebus::testing
