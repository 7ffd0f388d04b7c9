// SPDX-License-Identifier: Apache-2.0
//
// Tracing as a config file has it, judged by what arrived.
#include "tracebus/config/init_from_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

#include "tracebus/tests/config/config_values.h"
#include "tracebus/tests/config/span_names.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/trace/traced.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class InitFromFileTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Tracing>> init(const std::string& json) {
    write_file(folder_.file("c.json"), json);
    return init_from_file(folder_.file("c.json"));
  }

  const TemporaryFolder folder_;
};

TEST_F(InitFromFileTest, SpansGoWhereTheFileSays) {
  SpanNames receiver;
  const Variable key("TB_KEY", "hunter2");
  const std::string events = folder_.file("events.jsonl");
  auto tracing = init(R"({"service_name": "shop", "exporters": [
      {"otlp": {"endpoint": ")" +
                      receiver.url() + R"(", "headers": {"x-key": "${TB_KEY}"}},
       "filter": {"where": [["span.name", "!=", "dull"]]}},
      {"to": "jsonl:)" +
                      events + R"(", "processors": ["redact"]}]})");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  traced("checkout", [] {});
  traced("dull", [] {});
  { const Span span = (*tracing)->tracer().tool("t", {attr<"api_key">("sk-secret")}); }
  EXPECT_TRUE((*tracing)->shutdown(std::chrono::seconds(30)).ok());
  EXPECT_THAT(receiver.spans(), ElementsAre("checkout", HasSubstr("t")));
  EXPECT_EQ(receiver.service(), "shop");
  EXPECT_THAT(receiver.head(), HasSubstr("x-key: hunter2"));
  EXPECT_THAT(text_of(events), AllOf(HasSubstr("dull"), Not(HasSubstr("sk-secret"))));
}

TEST_F(InitFromFileTest, Section0_ADailyBudgetSaysWhenItIsSpent) {
  const std::string events = folder_.file("events.jsonl");
  std::vector<std::string> said;
  auto tracing = init(R"({"cost_budget": {"daily_usd": 1, "alert_threshold": 0.5}, "exporters": [
      {"to": "jsonl:)" +
                      events + R"(", "filter": {"types": ["budget_alert"]}}]})");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  ASSERT_NE((*tracing)->costs(), nullptr);
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) {
    (*tracing)->bus().emit({.event_type = "cost_record",
                            .agent_name = "a",
                            .payload = {{"model", "m"}, {"cost_usd", 0.25}}});
  }
  ASSERT_TRUE((*tracing)->bus().flush(std::chrono::seconds(30)).ok());
  // By the tracker itself, as a span's usage does.
  (*tracing)->costs()->tracker().record("p", "a", "m", 1, 1, 0.5);
  EXPECT_TRUE((*tracing)->shutdown(std::chrono::seconds(30)).ok());
  const std::string warnings = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(warnings, AllOf(HasSubstr("50 % is spent, 0.5 USD"), HasSubstr("100 % is spent")));
  const std::string lines = text_of(events);
  EXPECT_THAT(lines,
              AllOf(HasSubstr("\"budget.percent\":50"), HasSubstr("\"budget.spent_usd\":0.5"),
                    HasSubstr("\"budget.percent\":100"), HasSubstr("\"budget.exceeded\":true")));
  EXPECT_EQ((*tracing)->costs()->tracker().total_cost().to_text(), "1.25");
}

TEST_F(InitFromFileTest, PricesOfAFileAreWhatCallsCost) {
  const std::string prices = folder_.file("prices.json");
  write_file(prices,
             R"({"unit": "usd_per_1m_tokens", "models": {"m": {"input": 1, "output": 2}}})");
  auto tracing = init(R"({"prices": ")" + prices + R"("})");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  {
    auto call = (*tracing)->tracer().llm_call({.model = "m", .provider = "p"});
    call.usage({.input_tokens = 1'000'000, .output_tokens = 500'000});
  }
  EXPECT_EQ((*tracing)->costs()->tracker().total_cost().to_text(), "2.0");
  EXPECT_THAT(std::string(init(R"({"prices": "/nowhere"})").status().message()),
              HasSubstr("c.json:1: prices: /nowhere: cannot be read"));
}

TEST_F(InitFromFileTest, TracesAreSampledAtTheirRate) {
  const auto tracing = init(R"({"sample_rate": 0, "exporters": [{"to": "memory"}]})");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  traced("work", [] {});
  ASSERT_TRUE((*tracing)->bus().flush(std::chrono::seconds(30)).ok());
  ASSERT_NE((*tracing)->memory(), nullptr);
  EXPECT_EQ((*tracing)->memory()->size(), 0u);
}

TEST_F(InitFromFileTest, G8_ASpoolKeepsWhatNobodyTakes) {
  const std::string spool = folder_.file("spool");
  const std::string port = std::to_string(closed_port());
  const std::string to_nobody =
      R"({"exporters": [{"spool": {"folder": ")" + spool +
      R"(", "retry_min_ms": 1, "retry_max_ms": 5}, "otlp": {"endpoint": )";
  {
    auto tracing = init(to_nobody + "\"http://127.0.0.1:" + port + "\", \"timeout_ms\": 50}}]}");
    ASSERT_TRUE(tracing.ok()) << tracing.status();
    traced("kept", [] {});
    EXPECT_TRUE((*tracing)->bus().flush(std::chrono::seconds(30)).ok()) << "it is on the disk";
    EXPECT_TRUE((*tracing)->shutdown(std::chrono::seconds(1)).ok());
  }
  SpanNames receiver;
  auto tracing = init(to_nobody + "\"" + receiver.url() + "\"}}]}");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (receiver.spans().empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_THAT(receiver.spans(), ElementsAre("kept"));
}

TEST_F(InitFromFileTest, WhatIsNotEnabledOpensNothing) {
  const std::string events = folder_.file("events.jsonl");
  const auto tracing =
      init(R"({"enabled": false, "exporters": [{"to": "jsonl:)" + events + R"("}]})");
  ASSERT_TRUE(tracing.ok()) << tracing.status();
  EXPECT_EQ(traced("checkout", [] { return 7; }), 7);
  EXPECT_EQ((*tracing)->bus().stats().emitted, 0u);
  EXPECT_THAT(folder_.names(), ElementsAre("c.json"));
}

TEST_F(InitFromFileTest, AnExporterThatCannotBeMadeIsNamedByItsPlace) {
  const std::string no_folder = folder_.file("c.json") + "/x";
  const auto tracing =
      init("{\"exporters\": [{\"to\": \"null\"},\n{\"to\": \"jsonl:" + no_folder + "\"}]}");
  EXPECT_FALSE(tracing.ok());
  EXPECT_THAT(
      std::string(tracing.status().message()),
      AllOf(StartsWith(folder_.file("c.json") + ":2: exporters[1]: "), HasSubstr(no_folder)));
  EXPECT_EQ(default_tracer(), nullptr);
}

}  // namespace
}  // namespace tracebus::testing
