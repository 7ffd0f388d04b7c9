// SPDX-License-Identifier: Apache-2.0
//
// Which events count as what. The oracle is the page, as its reader sees it.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tracebus/exporters/prometheus/event_metrics.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/prometheus/scraped_page.h"

namespace tracebus::testing {
namespace {

std::string text_of(EventMetrics& metrics, PageFormat format = PageFormat::kText) {
  const auto page = metrics.page(format);
  std::string text;
  for (std::string piece; page->append_piece(piece); piece.clear()) text += piece;
  return text;
}

ScrapedPage page_of(EventMaker& events) {
  const auto metrics = EventMetrics::create(100);
  metrics->count(events.batch());
  return ScrapedPage(text_of(*metrics));
}

TEST(PrometheusCounting, EventsByType) {
  EventMaker events;
  for (int i = 0; i < 3; ++i) events.add({.event_type = "agent_start"});
  events.add({.event_type = "some type that nobody registered"});
  events.add({.event_type = "some type that nobody registered"});
  events.add({.event_type = ""});
  const ScrapedPage page = page_of(events);
  EXPECT_EQ(page.value("tracebus_events_total", {{"event_type", "agent_start"}}), "3");
  EXPECT_EQ(
      page.value("tracebus_events_total", {{"event_type", "some type that nobody registered"}}),
      "2");
  EXPECT_EQ(page.sum("tracebus_events_total"), 6u);
}

// agent_run_counter and agent_run_duration of the seed.
TEST(PrometheusCounting, Row43_RunsOfAgentsByOutcomeWithTheirDurations) {
  EventMaker events;
  events.add(
      {.event_type = "agent_end", .agent_name = "alpha", .payload = {{"duration_ms", 1500.0}}});
  events.add(
      {.event_type = "agent_end", .agent_name = "alpha", .payload = {{"duration_seconds", 0.5}}});
  events.add({.event_type = "agent_end",
              .agent_name = "alpha",
              .payload = {{"span.status", "error"}, {"duration_ms", std::int64_t{250}}}});
  events.add({.event_type = "agent_end", .agent_name = "beta", .payload = {{"success", false}}});
  events.add({.event_type = "agent_start", .agent_name = "alpha"});
  const ScrapedPage page = page_of(events);
  const auto runs = [&page](const char* agent, const char* outcome) {
    return page.value("tracebus_agent_runs_total",
                      {{"gen_ai_agent_name", agent}, {"outcome", outcome}});
  };
  EXPECT_EQ(runs("alpha", "success"), "2");
  EXPECT_EQ(runs("alpha", "failure"), "1");
  EXPECT_EQ(runs("beta", "success"), "0");
  EXPECT_EQ(runs("beta", "failure"), "1");
  const LabelSet alpha = {{"gen_ai_agent_name", "alpha"}};
  EXPECT_EQ(page.value("tracebus_agent_run_duration_seconds_sum", alpha), "2.25");
  EXPECT_EQ(page.value("tracebus_agent_run_duration_seconds_count", alpha), "3");
  const auto up_to = [&](const char* bound) {
    return page.value("tracebus_agent_run_duration_seconds_bucket",
                      {{"gen_ai_agent_name", "alpha"}, {"le", bound}});
  };
  EXPECT_EQ(up_to("0.1"), "0");
  EXPECT_EQ(up_to("0.25"), "1") << "a bound is part of its bucket";
  EXPECT_EQ(up_to("0.5"), "2");
  EXPECT_EQ(up_to("1.0"), "2");
  EXPECT_EQ(up_to("2.5"), "3");
  EXPECT_EQ(up_to("+Inf"), "3");
  // Of beta nobody said how long it ran.
  EXPECT_EQ(page.samples("tracebus_agent_run_duration_seconds_count"), 1u);
}

// tool_step_counter and tool_step_duration of the seed.
TEST(PrometheusCounting, Row43_CallsOfToolsUnderEveryNameOfATool) {
  EventMaker events;
  events.add(
      {.event_type = "tool_end", .payload = {{"span.name", "search"}, {"duration_ms", 20.0}}});
  events.add(
      {.event_type = "tool_end", .payload = {{"span.name", "a span"}, {"tool_name", "search"}}});
  events.add({.event_type = "tool_error",
              .payload = {{"tool", "search"}, {"error_type", "TimeoutError"}}});
  const ScrapedPage page = page_of(events);
  const auto calls = [&page](const char* outcome) {
    return page.value("tracebus_tool_calls_total",
                      {{"gen_ai_tool_name", "search"}, {"outcome", outcome}});
  };
  EXPECT_EQ(calls("success"), "2");
  EXPECT_EQ(calls("failure"), "1");
  EXPECT_EQ(page.value("tracebus_tool_call_duration_seconds_sum", {{"gen_ai_tool_name", "search"}}),
            "0.02");
  EXPECT_EQ(page.value("tracebus_errors_total",
                       {{"event_type", "tool_error"}, {"error_type", "TimeoutError"}}),
            "1");
}

TEST(PrometheusCounting, RunsOfPatterns) {
  EventMaker events;
  events.add({.event_type = "pattern_end",
              .pattern_type = "debate",
              .payload = {{"duration_seconds", 61.0}}});
  const ScrapedPage page = page_of(events);
  EXPECT_EQ(page.value("tracebus_pattern_runs_total",
                       {{"pattern_type", "debate"}, {"outcome", "success"}}),
            "1");
  EXPECT_EQ(page.value("tracebus_pattern_run_duration_seconds_sum", {{"pattern_type", "debate"}}),
            "61");
}

EventMaker& add_call(EventMaker& events, std::string_view type = "llm_call_end") {
  return events.add({.event_type = type,
                     .payload = {{"model", "gpt-4o"},
                                 {"provider", "openai"},
                                 {"duration_ms", 640.0},
                                 {"input_tokens", 1000},
                                 {"output_tokens", 17},
                                 {"cache_read_input_tokens", 800},
                                 {"cache_creation_input_tokens", 30},
                                 {"reasoning_tokens", 5},
                                 {"cost_usd", "0.0248"}}});
}

TEST(PrometheusCounting, UsersAsk16_TokensOfCallsByModelAndClassAndTheirExactCost) {
  EventMaker events;
  for (int i = 0; i < 3; ++i) add_call(events);
  const ScrapedPage page = page_of(events);
  LabelSet labels = {{"gen_ai_operation_name", "chat"},
                     {"gen_ai_provider_name", "openai"},
                     {"gen_ai_request_model", "gpt-4o"}};
  EXPECT_EQ(page.value("tracebus_model_call_cost_usd_total", labels), "0.0744");
  EXPECT_EQ(page.value("gen_ai_client_operation_duration_seconds_sum", labels), "1.92");
  labels["le"] = "0.64";
  EXPECT_EQ(page.value("gen_ai_client_operation_duration_seconds_bucket", labels), "3");
  labels["le"] = "0.32";
  EXPECT_EQ(page.value("gen_ai_client_operation_duration_seconds_bucket", labels), "0");
  labels.erase("le");
  const auto tokens = [&](const char* type) {
    labels["gen_ai_token_type"] = type;
    return page.value("tracebus_model_call_tokens_total", labels);
  };
  EXPECT_EQ(tokens("input"), "3000");
  EXPECT_EQ(tokens("output"), "51");
  EXPECT_EQ(tokens("cache_read"), "2400");
  EXPECT_EQ(tokens("cache_write"), "90");
  EXPECT_EQ(tokens("reasoning"), "15");
  labels["gen_ai_token_type"] = "input";
  EXPECT_EQ(page.value("gen_ai_client_token_usage_sum", labels), "3000");
  labels["le"] = "1024.0";
  EXPECT_EQ(page.value("gen_ai_client_token_usage_bucket", labels), "3");
  labels["le"] = "256.0";
  EXPECT_EQ(page.value("gen_ai_client_token_usage_bucket", labels), "0");
}

TEST(PrometheusCounting, CallsThatFailAreTimedUnderTheirError) {
  EventMaker events;
  add_call(events);
  events.add({.event_type = "llm_call_error",
              .payload = {{"model", "gpt-4o"},
                          {"provider", "openai"},
                          {"operation", "embeddings"},
                          {"duration_ms", 10.0},
                          {"error.type", "429"}}});
  events.add({.event_type = "llm_call_error", .payload = {{"model", "gpt-4o"}}});
  const ScrapedPage page = page_of(events);
  LabelSet labels = {{"gen_ai_operation_name", "embeddings"},
                     {"gen_ai_provider_name", "openai"},
                     {"gen_ai_request_model", "gpt-4o"}};
  labels["outcome"] = "failure";
  EXPECT_EQ(page.value("tracebus_model_calls_total", labels), "1");
  labels.erase("outcome");
  labels["error_type"] = "429";
  EXPECT_EQ(page.value("gen_ai_client_operation_duration_seconds_count", labels), "1");
  EXPECT_EQ(page.value("tracebus_errors_total",
                       {{"event_type", "llm_call_error"}, {"error_type", "429"}}),
            "1");
  EXPECT_EQ(page.value("tracebus_errors_total",
                       {{"event_type", "llm_call_error"}, {"error_type", "_OTHER"}}),
            "1");
}

// An end that failed comes after an error of its own.
TEST(PrometheusCounting, AnErrorIsCountedOnce) {
  EventMaker events;
  events.add({.event_type = "error", .payload = {{"error_type", "ValueError"}}});
  events.add({.event_type = "agent_end", .agent_name = "a", .payload = {{"span.status", "error"}}});
  const ScrapedPage page = page_of(events);
  EXPECT_EQ(page.sum("tracebus_errors_total"), 1u);
  EXPECT_EQ(
      page.value("tracebus_errors_total", {{"event_type", "error"}, {"error_type", "ValueError"}}),
      "1");
}

// A tracker records what a call's end says as well: two metrics, so that neither is twice as much.
TEST(PrometheusCounting, RecordedCostsStandBesideThoseOfCalls) {
  EventMaker events;
  add_call(events);
  add_call(events, "cost_record");
  const ScrapedPage page = page_of(events);
  const LabelSet labels = {{"gen_ai_provider_name", "openai"}, {"gen_ai_request_model", "gpt-4o"}};
  EXPECT_EQ(page.value("tracebus_recorded_cost_usd_total", labels), "0.0248");
  EXPECT_EQ(page.value("tracebus_cost_records_total", labels), "1");
  EXPECT_EQ(page.samples("tracebus_model_call_cost_usd_total"), 1u);
  EXPECT_EQ(page.sum("tracebus_model_calls_total"), 1u);
  LabelSet input = labels;
  input["gen_ai_token_type"] = "input";
  EXPECT_EQ(page.value("tracebus_recorded_tokens_total", input), "1000");
}

TEST(PrometheusCounting, Row27_CallsOfProvidersAreNoCallsOfModels) {
  EventMaker events;
  events.add({.event_type = "provider_call_end",
              .agent_name = "openai",
              .payload = {{"provider", "openai"},
                          {"model", "default"},
                          {"input_tokens", 5},
                          {"output_tokens", 6},
                          {"duration_seconds", 0.25}}});
  const ScrapedPage page = page_of(events);
  const LabelSet labels = {{"gen_ai_provider_name", "openai"}, {"gen_ai_request_model", "default"}};
  EXPECT_EQ(page.value("tracebus_provider_call_duration_seconds_sum", labels), "0.25");
  EXPECT_EQ(page.sum("tracebus_provider_calls_total"), 1u);
  EXPECT_EQ(page.sum("tracebus_provider_call_tokens_total"), 11u);
  EXPECT_EQ(page.samples("tracebus_model_calls_total"), 0u);
}

TEST(PrometheusCounting, ValuesThatAreNoneAreCountedAsIgnoredAndSpoilNothing) {
  EventMaker events;
  for (const double ms : {-1.0, std::nan(""), std::numeric_limits<double>::infinity(), 1e300}) {
    events.add({.event_type = "agent_end", .agent_name = "a", .payload = {{"duration_ms", ms}}});
  }
  events.add({.event_type = "agent_end", .agent_name = "a", .payload = {{"duration_ms", "long"}}});
  events.add({.event_type = "llm_call",
              .payload = {{"input_tokens", -5},
                          {"output_tokens", std::numeric_limits<std::int64_t>::max()},
                          {"cost_usd", 1e300}}});
  events.add({.event_type = "llm_call", .payload = {{"input_tokens", "many"}, {"cost_usd", -1.0}}});
  events.add({.event_type = "agent_end", .agent_name = "a", .payload = {{"duration_ms", 1.0}}});
  const ScrapedPage page = page_of(events);
  const auto ignored = [&page](const char* value) {
    return page.value("tracebus_prometheus_ignored_values_total", {{"value", value}});
  };
  EXPECT_EQ(ignored("duration"), "5");
  EXPECT_EQ(ignored("tokens"), "3");
  EXPECT_EQ(page.value("tracebus_agent_run_duration_seconds_sum", {{"gen_ai_agent_name", "a"}}),
            "0.001");
  EXPECT_EQ(
      page.value("tracebus_agent_runs_total", {{"gen_ai_agent_name", "a"}, {"outcome", "success"}}),
      "6");
  EXPECT_EQ(page.samples("tracebus_model_call_tokens_total"), 0u);
  EXPECT_EQ(page.samples("tracebus_model_call_cost_usd_total"), 0u);
  EXPECT_EQ(page.sum("tracebus_model_calls_total"), 2u);
}

TEST(PrometheusCounting, SumsAreExactWhereDoublesAreNot) {
  EventMaker events;
  // 2^53 + 1 nanoseconds and nano-dollars are no doubles.
  for (int i = 0; i < 3; ++i) {
    events.add({.event_type = "cost_record", .payload = {{"cost_usd", "900000.000000001"}}});
  }
  for (int i = 0; i < 7; ++i) {
    events.add({.event_type = "agent_end", .payload = {{"duration_ms", 0.000001}}});
  }
  events.add({.event_type = "agent_end", .payload = {{"duration_seconds", 9e8}}});
  const ScrapedPage page = page_of(events);
  EXPECT_EQ(page.value("tracebus_recorded_cost_usd_total"), "2700000.000000003");
  EXPECT_EQ(page.value("tracebus_agent_run_duration_seconds_sum"), "900000000.000000007");
}

// A recording that is played back holds the numbers of the bus that was recorded.
TEST(PrometheusCounting, NumbersOfAnotherBusAreNotOurs) {
  EventMaker events;
  events.add({.event_type = "bus_stats",
              .pattern_type = "bus",
              .payload = {{"emitted", 7}, {"lag_ns", 1'500'000}, {"waiting", -1}}});
  events.add({.event_type = "bus_stats",
              .pattern_type = "bus",
              .payload = {{"emitted", 999}},
              .origin = Origin{.instance = 42, .sequence = 1, .producer = 1}});
  events.add({.event_type = "bus_stats",
              .pattern_type = "subscription",
              .payload = {{"name", "jsonl:run"}, {"dropped", 3}, {"queue_bytes", 4096}}});
  const ScrapedPage page = page_of(events);
  EXPECT_EQ(page.value("tracebus_bus_emitted_events_total"), "7");
  EXPECT_EQ(page.value("tracebus_bus_lag_seconds"), "0.0015");
  EXPECT_EQ(page.value("tracebus_bus_waiting_events"), "0") << "-1 is no number of events";
  const LabelSet jsonl = {{"subscription", "jsonl:run"}};
  EXPECT_EQ(page.value("tracebus_subscription_dropped_events_total", jsonl), "3");
  EXPECT_EQ(page.value("tracebus_subscription_queue_bytes", jsonl), "4096");
}

TEST(PrometheusCounting, UsersAsk4_DropsAreToldByReason) {
  const auto add = [](EventMaker& events, const char* name, const Value& reasons) {
    events.add({.event_type = "bus_stats",
                .pattern_type = "subscription",
                .payload = {{"name", name}, {"dropped", 8}, {"dropped_by_reason", reasons}}});
  };
  EventMaker events;
  add(events, "a", Value::object({{"full", 3}}));
  add(events, "a", Value::object({{"full", 5}, {"abandoned", 3}}));
  add(events, "b", Value::object({{"full", 2}, {"made up", 7}, {"nested", -1}, {"closed", "x"}}));
  add(events, "c", "no object");
  events.add({.event_type = "bus_stats",
              .pattern_type = "bus",
              .payload = {{"rejected_by_reason", Value::object({{"too_big", 4}})}}});
  const ScrapedPage page = page_of(events);
  const auto drops = [&](const char* name, const char* reason) {
    return page.value("tracebus_subscription_drops_total",
                      {{"subscription", name}, {"reason", reason}});
  };
  EXPECT_EQ(drops("a", "full"), "5");
  EXPECT_EQ(drops("a", "abandoned"), "3");
  EXPECT_EQ(drops("b", "full"), "2");
  EXPECT_EQ(page.sum("tracebus_subscription_drops_total"), 10) << "no other reasons have a series";
  EXPECT_EQ(page.value("tracebus_bus_rejections_total", {{"reason", "too_big"}}), "4");
}

TEST(PrometheusCounting, TheTypeOfAnErrorIsThatOfTheExceptionIfNobodySaysMore) {
  const Value exception = Value::object(
      {{"name", "exception"}, {"attributes", Value::object({{"exception.type", "KeyError"}})}});
  const Value other = Value::object({{"name", "retry"}});
  EventMaker events;
  events.add(
      {.event_type = "tool_error", .payload = {{"span.events", Value::array({other, exception})}}});
  events.add({.event_type = "tool_error",
              .payload = {{"span.events", Value::array({exception})}, {"error_type", "Said"}}});
  events.add({.event_type = "tool_error", .payload = {{"span.events", "no list"}}});
  const ScrapedPage page = page_of(events);
  for (const char* const type : {"KeyError", "Said", "_OTHER"}) {
    EXPECT_EQ(
        page.value("tracebus_errors_total", {{"event_type", "tool_error"}, {"error_type", type}}),
        "1")
        << type;
  }
}

TEST(PrometheusCounting, ASumThatIsFullStays) {
  MetricTable table({"t", {}, EventTables(1).costs.layout().columns}, 1);
  MetricTable::Row row = table.row(std::span<const std::string_view>());
  row.add(0, ~std::uint64_t{0} - 1);
  row.add(0, 5);
  row.add(0, 5);
  EXPECT_EQ(table.snapshot().cells[table.width()], ~std::uint64_t{0});
}

TEST(PrometheusCounting, ContentIsNotRead) {
  EventMaker events;
  events.add({.event_type = "tool_end",
              .payload = {{"tool_name", "search"},
                          {"gen_ai.tool.call.arguments", "secret words"},
                          {"input.value", "secret words"}}});
  const auto metrics = EventMetrics::create(10);
  metrics->count(events.batch());
  EXPECT_EQ(text_of(*metrics).find("secret"), std::string::npos);
}

TEST(PrometheusCounting, LossesOnTheWayHereByReason) {
  const auto metrics = EventMetrics::create(10);
  Batch batch;
  metrics->count(batch);
  const auto dropped = [&metrics](const char* reason) {
    return ScrapedPage(text_of(*metrics))
        .value("tracebus_prometheus_dropped_events_total", {{"reason", reason}});
  };
  EXPECT_EQ(dropped("evicted"), "0") << "it is there before the first loss";
  batch.drops[static_cast<std::size_t>(DropReason::kEvicted)] = 41;
  metrics->count(batch);
  batch.drops[static_cast<std::size_t>(DropReason::kEvicted)] = 43;
  metrics->count(batch);
  EXPECT_EQ(dropped("evicted"), "43");
  EXPECT_EQ(dropped("full"), "0");
}

}  // namespace
}  // namespace tracebus::testing
