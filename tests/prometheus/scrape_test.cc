// SPDX-License-Identifier: Apache-2.0
//
// A real Prometheus scrapes the page of a real bus, and answers PromQL. The oracle is what it says.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/prometheus/prometheus_exporter.h"
#include "tracebus/tests/prometheus/prometheus_process.h"
#include "tracebus/tests/prometheus/scrape_client.h"
#include "tracebus/tests/prometheus/scraped_page.h"
#include "tracebus/trace/cost_tracker.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::testing {
namespace {

// A bus with a page.
struct Watched {
  TraceEventBus bus;
  std::uint16_t port = 0;
  std::string url;

  explicit Watched(const BusOptions& options) : bus(options) {
    PrometheusOptions page;
    page.port = 0;
    auto exporter = PrometheusExporter::create(page);
    EXPECT_TRUE(exporter.ok()) << exporter.status();
    port = (*exporter)->port();
    EXPECT_TRUE(bus.add_exporter(*std::move(exporter)).ok());
  }
};

// One Prometheus for both: it takes some seconds to begin.
class PrometheusScrape : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    agents_ = new Watched({});
    BusOptions with_stats;
    with_stats.stats_interval_ms = 1;
    stats_ = new Watched(with_stats);
    prometheus_ = new PrometheusProcess({agents_->port, stats_->port});
  }
  static void TearDownTestSuite() {
    delete prometheus_;
    delete stats_;
    delete agents_;
  }
  static void expect(const std::string& query, const std::string& value) {
    EXPECT_EQ(prometheus_->wait_for(query, value), value) << query << "\n"
                                                          << prometheus_->targets();
  }

  inline static Watched* agents_ = nullptr;
  inline static Watched* stats_ = nullptr;
  inline static PrometheusProcess* prometheus_ = nullptr;
};

void run_agents(TraceEventBus& bus) {
  CostTracker costs({.bus = &bus});
  const Tracer tracer(bus, {.costs = &costs});
  for (int i = 0; i < 40; ++i) {
    auto agent = tracer.agent(i % 4 == 0 ? "planner" : "quote\" \\ \n\xff \U0001F916");
    {
      auto call = tracer.llm_call({.model = "gpt-4o", .provider = "openai", .operation = "chat"});
      call.usage({.input_tokens = 1000,
                  .output_tokens = 10,
                  .cache_read_tokens = 600,
                  .cost = NanoDollars(1'500'000)});
      if (i % 8 == 0) call.set_error(std::runtime_error("later"));
    }
    auto tool = tracer.tool("search");
  }
}

TEST_F(PrometheusScrape, Row43_UsersAsk28_PrometheusCountsWhatAgentsDid) {
  run_agents(agents_->bus);
  ASSERT_EQ(agents_->bus.flush(std::chrono::minutes(1)), absl::OkStatus());
  expect("sum(tracebus_agent_runs_total)", "40");
  expect("sum(up)", "2");
  expect("tracebus_agent_runs_total{gen_ai_agent_name=\"planner\",outcome=\"success\"}", "10");
  // A backslash of ours, as of \xff, is two in PromQL.
  expect(
      "tracebus_agent_runs_total{gen_ai_agent_name=\"quote\\\" \\\\ \\\\n\\\\xff \U0001F916\","
      "outcome=\"success\"}",
      "30");
  expect("tracebus_model_calls_total{outcome=\"failure\"}", "5");
  expect("tracebus_errors_total{event_type=\"llm_call_error\",error_type=\"std::runtime_error\"}",
         "5");
  expect("tracebus_tool_calls_total{gen_ai_tool_name=\"search\",outcome=\"success\"}", "40");
  expect(
      "tracebus_model_call_tokens_total{gen_ai_request_model=\"gpt-4o\","
      "gen_ai_token_type=\"cache_read\"}",
      "24000");
  expect(
      "tracebus_recorded_cost_usd_total{gen_ai_provider_name=\"openai\","
      "gen_ai_request_model=\"gpt-4o\"}",
      "0.06");
  expect("sum(gen_ai_client_operation_duration_seconds_count)", "40");
  expect("sum(gen_ai_client_operation_duration_seconds_bucket{le=\"+Inf\"})", "40");
  expect("gen_ai_client_token_usage_bucket{gen_ai_token_type=\"output\",le=\"16.0\"}", "40");
  expect("gen_ai_client_token_usage_bucket{gen_ai_token_type=\"output\",le=\"4.0\"}", "0");
  expect(
      "histogram_quantile(1, sum by (le)(gen_ai_client_token_usage_bucket"
      "{gen_ai_token_type=\"output\"}))",
      "16");
  expect("sum(tracebus_events_total{event_type!=\"bus_stats\",instance=\"127.0.0.1:" +
             std::to_string(agents_->port) + "\"})",
         "280");
}

class RefusingExporter final : public Exporter {
 public:
  std::string_view name() const noexcept override { return "refusing"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    return ExportResult::partial(batch.size());
  }
};

// The bus says its numbers as events, as long as there are other ones.
TEST_F(PrometheusScrape, PrometheusSeesTheNumbersOfTheBus) {
  ASSERT_TRUE(
      stats_->bus
          .add_exporter(std::make_unique<RefusingExporter>(), {.filter = Filter::types({"error"})})
          .ok());
  std::uint64_t sent = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  const std::string refused =
      "tracebus_subscription_drops_total{subscription=\"refusing\",reason=\"rejected_remote\"}";
  while ((prometheus_->query("tracebus_bus_dispatched_events_total > 0").empty() ||
          prometheus_->query(refused + " > 0").empty()) &&
         std::chrono::steady_clock::now() < deadline) {
    stats_->bus.emit(
        {.event_type = "error", .payload = {{"error_type", "E" + std::to_string(sent++ % 7)}}});
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  expect("sum(tracebus_errors_total{event_type=\"error\"})", std::to_string(sent));
  expect("tracebus_subscription_dropped_events_total{subscription=\"prometheus:127.0.0.1:" +
             std::to_string(stats_->port) + "\"}",
         "0");
  expect("tracebus_bus_rejected_events_total", "0");
  // Prometheus may have scraped the two at different times.
  expect("count(" + refused + " > 0)", "1");
  expect("count(tracebus_subscription_drops_total)", "1");
}

// Every line was understood, also in the stricter format that it asks for.
TEST_F(PrometheusScrape, PrometheusKeepsEverySample) {
  run_agents(agents_->bus);
  ASSERT_EQ(agents_->bus.flush(std::chrono::minutes(1)), absl::OkStatus());
  const std::string page = get(agents_->port, "/metrics").body;
  const std::string samples = std::to_string(ScrapedPage(page).samples());
  const std::string target = "{instance=\"127.0.0.1:" + std::to_string(agents_->port) + "\"}";
  expect("scrape_samples_scraped" + target, samples);
  expect("scrape_samples_post_metric_relabeling" + target, samples);
}

}  // namespace
}  // namespace tracebus::testing
