// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/agent_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/tests/core/allocation_count.h"
#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/agent_attributes.h"
#include "tracebus/trace/instrumentation.h"

namespace tracebus {
namespace {

using testing::allocation_count;
using ::testing::ElementsAre;
using ::testing::Pair;
using testing::Seen;
using testing::SpanRig;

using Labels = std::vector<std::string>;

struct MeasuredBus : SpanRig {
  MeasuredBus() : agents(*AgentMetrics::create(metrics)), watching(*agents->watch(bus)) {}

  // The series with these labels; an empty one if there is none.
  MetricPoint point(std::string_view name, const Labels& labels) {
    for (const MetricPoint& found : metrics.find(name)->snapshot().points) {
      if (found.labels == labels) return found;
    }
    return {};
  }

  Metrics metrics;
  std::unique_ptr<AgentMetrics> agents;
  ScopedSubscription watching;
};

std::vector<std::pair<std::string, std::string>> texts(const Payload& payload) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Attribute& attribute : payload) {
    const Value& value = attribute.value;
    all.emplace_back(attribute.key, value.type() == ValueType::kString
                                        ? std::string(value.as_string())
                                        : std::to_string(value.as_int64()));
  }
  return all;
}

TEST(AgentAttributes, Section0_AreTheDocumentsWithoutWhatIsEmpty) {
  EXPECT_THAT(texts(build_agent_attributes({.name = "researcher", .step = 1, .model = "gpt-4o"})),
              ElementsAre(Pair("exo.agent.name", "researcher"), Pair("exo.agent.step", "1"),
                          Pair("exo.agent.model", "gpt-4o")));
  EXPECT_THAT(texts(build_tool_attributes({.name = "search", .status = "success"})),
              ElementsAre(Pair("exo.tool.name", "search"), Pair("exo.tool.status", "success")));
}

TEST(AgentAttributes, Section0_AreTheSourcesToo) {
  EXPECT_THAT(texts(build_agent_attributes(
                  {.name = "a", .task_id = "t", .session_id = "s", .user_id = "u"})),
              ElementsAre(Pair("exo.agent.name", "a"), Pair("exo.task.id", "t"),
                          Pair("exo.session.id", "s"), Pair("exo.user.id", "u")));
  EXPECT_THAT(texts(build_tool_attributes(
                  {.name = "n", .error = "e", .agent_name = "a", .task_id = "t", .call_id = "c"})),
              ElementsAre(Pair("exo.tool.name", "n"), Pair("exo.tool.error", "e"),
                          Pair("exo.agent.name", "a"), Pair("exo.task.id", "t"),
                          Pair("exo.tool.call_id", "c")));
}

TEST(AgentMetrics, Row43_RunsAreCountedTimedAndTheirTokensSummed) {
  MeasuredBus rig;
  rig.agents->record_agent_run({.duration_s = 0.25,
                                .success = true,
                                .attributes = build_agent_attributes({.name = "bull", .step = 3}),
                                .input_tokens = 450,
                                .output_tokens = 50});
  rig.agents->record_agent_run({.duration_s = 0.75,
                                .success = true,
                                .attributes = build_agent_attributes({.name = "bull", .step = 4})});
  rig.agents->record_agent_run(
      {.duration_s = 1, .success = false, .attributes = build_agent_attributes({.name = "bull"})});
  const auto good = rig.point(kAgentRunDuration, {"bull", "1"});
  EXPECT_EQ(good.count, 2u) << "a step is no label";
  EXPECT_DOUBLE_EQ(good.sum, 1.0);
  EXPECT_EQ(rig.point(kAgentRunCounter, {"bull", "1"}).count, 2u);
  EXPECT_EQ(rig.point(kAgentRunCounter, {"bull", "0"}).count, 1u);
  const auto tokens = rig.point(kAgentTokenUsage, {"bull", "1"});
  EXPECT_EQ(tokens.count, 1u) << "only where there are tokens";
  EXPECT_EQ(tokens.sum, 500.0);
  EXPECT_EQ(rig.point(kAgentTokenUsage, {"bull", "0"}).count, 0u);
}

TEST(AgentMetrics, Row43_ToolStepsAreByToolAndAgent) {
  MeasuredBus rig;
  rig.agents->record_tool_step(
      {.duration_s = 0.5,
       .success = true,
       .attributes = build_tool_attributes({.name = "search", .agent_name = "bull"})});
  rig.agents->record_tool_step({.duration_s = 0.5,
                                .success = false,
                                .attributes = build_tool_attributes({.name = "fetch"})});
  EXPECT_DOUBLE_EQ(rig.point(kToolStepDuration, {"search", "bull", "1"}).sum, 0.5);
  EXPECT_EQ(rig.point(kToolStepCounter, {"fetch", "", "0"}).count, 1u);
}

TEST(AgentMetrics, Row43_SpansFeedThem) {
  MeasuredBus rig;
  {
    auto agent = rig.tracer.agent("bull");
    {
      auto call = rig.tracer.llm_call({.model = "gpt-4o", .provider = "openai"});
      call.usage({.input_tokens = 450, .output_tokens = 0});
    }
    {
      auto tool = rig.tracer.tool("search");
      tool.set_status(SpanStatus::kFailed, "no network");
    }
    auto tool = rig.tracer.tool("search");
  }
  (void)rig.take();
  EXPECT_EQ(rig.point(kAgentRunCounter, {"bull", "1"}).count, 1u);
  EXPECT_EQ(rig.point(kAgentRunDuration, {"bull", "1"}).count, 1u);
  EXPECT_EQ(rig.point(kToolStepCounter, {"search", "bull", "1"}).count, 1u);
  EXPECT_EQ(rig.point(kToolStepCounter, {"search", "bull", "0"}).count, 1u);
  EXPECT_EQ(rig.point(kGenAiTokenUsage, {"chat", "openai", "gpt-4o", "input"}).sum, 450.0);
  EXPECT_EQ(rig.point(kGenAiTokenUsage, {"chat", "openai", "gpt-4o", "output"}).count, 0u);
  EXPECT_EQ(rig.point(kGenAiOperationDuration, {"chat", "openai", "gpt-4o", ""}).count, 1u);
  EXPECT_EQ(rig.agents->ignored(), 0u);
}

TEST(AgentMetrics, Row43_EventsOfTheSeedsFeedThemToo) {
  MeasuredBus rig;
  rig.bus.emit({.event_type = "agent_end",
                .agent_name = "analyst",
                .payload = {{"duration_seconds", 1.5}, {"output_tokens", 120}}});
  rig.bus.emit({.event_type = "llm_call",
                .payload = {{"model", "gpt-4o"}, {"duration_ms", 2401.5}, {"prompt_tokens", 7}}});
  rig.bus.emit({.event_type = "llm_call_error", .payload = {{"model", "m"}, {"duration_ms", 1}}});
  rig.bus.emit({.event_type = "llm_call_error",
                .payload = {{"model", "m"}, {"duration_ms", 1}, {"error_type", "timeout"}}});
  rig.bus.emit({.event_type = "tool_error", .payload = {{"tool", "search"}, {"duration_ms", 1}}});
  (void)rig.take();
  EXPECT_DOUBLE_EQ(rig.point(kAgentRunDuration, {"analyst", "1"}).sum, 1.5);
  EXPECT_EQ(rig.point(kAgentTokenUsage, {"analyst", "1"}).sum, 120.0);
  EXPECT_DOUBLE_EQ(rig.point(kGenAiOperationDuration, {"chat", "", "gpt-4o", ""}).sum, 2.4015);
  EXPECT_EQ(rig.point(kGenAiTokenUsage, {"chat", "", "gpt-4o", "input"}).sum, 7.0);
  EXPECT_EQ(rig.point(kGenAiOperationDuration, {"chat", "", "m", "_OTHER"}).count, 1u);
  EXPECT_EQ(rig.point(kGenAiOperationDuration, {"chat", "", "m", "timeout"}).count, 1u);
  EXPECT_EQ(rig.point(kToolStepCounter, {"search", "", "0"}).count, 1u);
}

TEST(AgentMetrics, Row43_BucketsAreThoseOfTheConventions) {
  MeasuredBus rig;
  rig.agents->record_model_call({.duration_s = 0.02, .model = "m", .input_tokens = 5});
  const auto tokens = rig.point(kGenAiTokenUsage, {"chat", "", "m", "input"});
  std::vector<double> bounds;
  for (const MetricBucket& bucket : tokens.buckets) bounds.push_back(bucket.upper_bound);
  bounds.pop_back();  // infinity
  EXPECT_THAT(bounds, ElementsAre(1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576,
                                  4194304, 16777216, 67108864));
  const auto duration = rig.point(kGenAiOperationDuration, {"chat", "", "m", ""});
  bounds.clear();
  for (const MetricBucket& bucket : duration.buckets) bounds.push_back(bucket.upper_bound);
  const double expected[] = {0.01, 0.02, 0.04, 0.08,  0.16,  0.32,  0.64,
                             1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
  ASSERT_EQ(bounds.size(), 15u);
  for (std::size_t i = 0; i < 14; ++i) EXPECT_DOUBLE_EQ(bounds[i], expected[i]);
  EXPECT_EQ(duration.buckets[0].count_up_to, 0u);
  EXPECT_EQ(duration.buckets[1].count_up_to, 1u) << "bounds are inclusive";
}

TEST(AgentMetrics, Row43_OtherLabelsCanBeAskedFor) {
  SpanRig rig;
  Metrics metrics;
  auto agents = AgentMetrics::create(
      metrics, {.agent_labels = {"exo.agent.name", "exo.session.id", "exo.agent.step"}});
  ASSERT_TRUE(agents.ok());
  const auto watching = (*agents)->watch(rig.bus);
  (*agents)->record_agent_run(
      {.duration_s = 1,
       .attributes = build_agent_attributes({.name = "a", .step = 7, .session_id = "s"})});
  {
    const auto session = Context::current().with({.session_id = "s-17"}).attach();
    const auto agent = rig.tracer.agent("b", {{"exo.agent.step", 8}});
  }
  (void)rig.take();
  const MetricSnapshot counted = metrics.find(kAgentRunCounter)->snapshot();
  ASSERT_EQ(counted.points.size(), 2u);
  EXPECT_THAT(counted.points[0].labels, ElementsAre("a", "s", "7", "1"));
  EXPECT_THAT(counted.points[1].labels, ElementsAre("b", "s-17", "8", "1"));
  const std::vector<std::string> eight(8, "label");
  Metrics others;
  EXPECT_TRUE(
      absl::IsInvalidArgument(AgentMetrics::create(others, {.agent_labels = eight}).status()));
}

TEST(AgentMetrics, Row43_WhatIsNoDurationAndNoTokensIsIgnoredAndCounted) {
  MeasuredBus rig;
  rig.agents->record_agent_run({.duration_s = -1, .input_tokens = -5});
  rig.agents->record_tool_step({.duration_s = std::nan("")});
  EXPECT_EQ(rig.agents->ignored(), 3u);
  EXPECT_EQ(rig.metrics.value_of("agent_run_counter"), 1.0) << "the run is one all the same";
  EXPECT_EQ(rig.metrics.value_of("agent_run_duration.count"), 0.0);
  rig.agents->record_tool_step({.duration_s = HUGE_VAL});
  EXPECT_EQ(rig.metrics.value_of("tool_step_duration.sum"), 9e9);
}

TEST(AgentMetrics, Row43_RecordingTakesNoHeap) {
  MeasuredBus rig;
  const Payload attributes = build_agent_attributes({.name = "bull", .step = 3});
  rig.agents->record_agent_run({.duration_s = 1, .attributes = attributes, .input_tokens = 1});
  rig.agents->record_model_call({.duration_s = 1, .model = "m", .input_tokens = 1});
  const std::size_t before = allocation_count();
  for (int i = 0; i < 100; ++i) {
    rig.agents->record_agent_run({.duration_s = 1, .attributes = attributes, .input_tokens = 1});
    rig.agents->record_model_call({.duration_s = 1, .model = "m", .input_tokens = 1});
  }
  EXPECT_EQ(allocation_count(), before);
}

TEST(Instrumentation, Section0_RecordAgentRunMakesASpanThatIsOver) {
  MeasuredBus rig;
  EventIds parent;
  EventIds ids;
  {
    const Span run = rig.tracer.pattern("debate");
    parent = run.ids();
    ids = record_agent_run({.agent_name = "researcher",
                            .step = 1,
                            .model = "gpt-4o",
                            .prompt_tokens = 500,
                            .output_tokens = 150,
                            .elapsed_ms = 1234.5},
                           &rig.tracer);
  }
  const std::vector<Seen> seen = rig.take();
  ASSERT_EQ(seen.size(), 4u);
  const Seen& start = seen[1];
  const Seen& end = seen[2];
  EXPECT_EQ(start.type, "agent_start");
  EXPECT_EQ(end.type, "agent_end");
  EXPECT_EQ(end.timestamp_ns - start.timestamp_ns, 1'234'500'000);
  EXPECT_EQ(end.ids, ids);
  EXPECT_EQ(start.ids, ids);
  EXPECT_EQ(ids.trace_id, parent.trace_id);
  EXPECT_EQ(ids.parent_span_id, parent.span_id);
  EXPECT_EQ(end.agent, "researcher");
  EXPECT_EQ(end.pattern, "debate");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"span.kind", "\"AGENT\""},      {"span.status", "\"ok\""}, {"duration_ms", "1234.5"},
      {"span.name", "\"researcher\""}, {"model", "\"gpt-4o\""},   {"input_tokens", "500"},
      {"output_tokens", "150"},        {"exo.agent.step", "1"}};
  EXPECT_EQ(end.payload, expected);
  EXPECT_TRUE(start.well_formed && end.well_formed);
  EXPECT_EQ(rig.point(kAgentTokenUsage, {"researcher", "1"}).sum, 650.0);
  EXPECT_DOUBLE_EQ(rig.point(kAgentRunDuration, {"researcher", "1"}).sum, 1.2345);
}

TEST(Instrumentation, Section0_RecordToolStepSaysHowItEnded) {
  MeasuredBus rig;
  record_tool_step({.tool_name = "search", .status = "success", .elapsed_ms = 120.5}, &rig.tracer);
  record_tool_step({.tool_name = "fetch", .status = "timeout", .elapsed_ms = -3, .error = "late"},
                   &rig.tracer);
  const std::vector<Seen> seen = rig.take();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0].type, "tool_start");
  EXPECT_EQ(seen[1].type, "tool_end");
  EXPECT_EQ(seen[1]["exo.tool.status"], "\"success\"");
  EXPECT_EQ(seen[3].type, "tool_error");
  EXPECT_EQ(seen[3]["span.status"], "\"error\"");
  EXPECT_EQ(seen[3]["span.status_message"], "\"late\"");
  EXPECT_EQ(seen[3]["exo.tool.error"], "\"late\"");
  EXPECT_EQ(seen[3].duration_ms(), 0.0);
  EXPECT_EQ(rig.point(kToolStepCounter, {"fetch", "", "0"}).count, 1u);
}

TEST(Instrumentation, Section0_ARunThatFailedSaysSoAsAnySpanDoes) {
  MeasuredBus rig;
  record_agent_run({.agent_name = "a", .status = "failed", .error = "no model"}, &rig.tracer);
  const std::vector<Seen> seen = rig.take();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1].type, "error");
  EXPECT_EQ(seen[1]["message"], "\"no model\"");
  EXPECT_EQ(seen[2].type, "agent_end");
  EXPECT_EQ(seen[2]["span.status"], "\"error\"");
}

TEST(Instrumentation, Section0_WithoutATracerTheDefaultOnesSpanOrNone) {
  EXPECT_EQ(record_agent_run(AgentRunRecord{.agent_name = "a"}), EventIds());
  SpanRig rig;
  set_default_tracer(&rig.tracer);
  EXPECT_NE(record_agent_run(AgentRunRecord{.agent_name = "a"}), EventIds());
  EXPECT_NE(record_tool_step(ToolStepRecord{.tool_name = "t"}), EventIds());
  set_default_tracer(nullptr);
  EXPECT_EQ(rig.take().size(), 4u);
}

TEST(Instrumentation, Row43_TheFormOfTheSourceRecordsInTheProcesssMetrics) {
  const double runs = default_metrics().value_of("agent_run_counter").value_or(0);
  const double seconds = default_metrics().value_of("tool_step_duration.sum").value_or(0);
  record_agent_run(AgentRunMeasure{
      .duration_s = 0.5, .success = true, .attributes = build_agent_attributes({.name = "a"})});
  record_tool_step(ToolStepMeasure{
      .duration_s = 0.5, .success = true, .attributes = build_tool_attributes({.name = "t"})});
  EXPECT_EQ(default_metrics().value_of("agent_run_counter"), runs + 1);
  EXPECT_EQ(default_metrics().value_of("tool_step_duration.sum"), seconds + 0.5);
}

}  // namespace
}  // namespace tracebus
