// SPDX-License-Identifier: Apache-2.0
//
// From a tracer to an agent that is not ours, over TCP and over a Unix socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tracebus/core/version.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/datadog/node_agent.h"
#include "tracebus/tests/datadog/span_maker.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::testing {
namespace {

using ::testing::Contains;
using ::testing::Pair;

using Trace = std::vector<AgentSpan>;

// The traces of so many spans, by trace_id; each came in one array of one request.
std::map<std::uint64_t, Trace> traces_of(NodeAgent& agent, std::size_t spans,
                                         const std::string& over) {
  std::map<std::uint64_t, Trace> traces;
  for (std::size_t seen = 0; seen < spans && !::testing::Test::HasFailure();) {
    const AgentRequest request = agent.next();
    EXPECT_EQ(request.over, over);
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.url, "/v0.4/traces");
    EXPECT_THAT(request.headers,
                Contains(Pair("x-datadog-trace-count", std::to_string(request.traces.size()))));
    EXPECT_THAT(request.headers, Contains(Pair("content-type", "application/msgpack")));
    EXPECT_THAT(request.headers, Contains(Pair("datadog-meta-lang", "cpp")));
    EXPECT_THAT(request.headers,
                Contains(Pair("datadog-meta-lang-version", std::to_string(__cplusplus))));
    EXPECT_THAT(request.headers,
                Contains(Pair("datadog-meta-tracer-version", std::string(version()))));
    for (const Trace& trace : request.traces) {
      EXPECT_FALSE(trace.empty());
      if (trace.empty()) continue;
      const bool is_new = traces.emplace(trace[0].integers.at("trace_id"), trace).second;
      EXPECT_TRUE(is_new) << "a trace that is torn";
      seen += trace.size();
    }
  }
  return traces;
}

void expect_traced(NodeAgent& agent, const std::string& url, const std::string& over) {
  auto exporter = DatadogExporter::create(datadog_options(url));
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  TraceEventBus bus;
  const auto id = bus.add_exporter(*std::move(exporter),
                                   {.batch = {.events_max = 1000, .delay_ms_max = 3'600'000}});
  ASSERT_TRUE(id.ok());
  Tracer tracer(bus);
  std::map<std::string, std::string> parents;  // by name
  for (const std::string name : {"one", "two", "three"}) {
    auto agent_span = tracer.agent(name);
    auto call = tracer.llm_call({.model = "gpt-4o"});
    try {
      auto tool = tracer.tool("search-" + name);
      throw std::runtime_error("no network");
    } catch (const std::runtime_error& error) {
      call.set_error(error);
    }
    call.end();
    agent_span.end();
  }
  ASSERT_TRUE(bus.flush(3 * kLong).ok());
  const auto traces = traces_of(agent, 9, over);
  EXPECT_EQ(traces.size(), 3u);
  for (const auto& [trace_id, spans] : traces) {
    ASSERT_EQ(spans.size(), 3u);  // in the order of their ends
    EXPECT_EQ(spans[0].texts.at("name"), "execute_tool");
    EXPECT_EQ(spans[1].texts.at("resource"), "chat gpt-4o");
    EXPECT_EQ(spans[2].texts.at("name"), "invoke_agent");
    EXPECT_EQ(spans[0].integers.at("parent_id"), spans[1].integers.at("span_id"));
    EXPECT_EQ(spans[1].integers.at("parent_id"), spans[2].integers.at("span_id"));
    EXPECT_EQ(spans[2].integers.at("parent_id"), 0u);
    EXPECT_EQ(spans[1].integers.at("error"), 1u);
    EXPECT_EQ(spans[1].meta.at("error.message"), "no network");
    EXPECT_EQ(spans[1].meta.at("error.type"), "std::runtime_error");
    for (const AgentSpan& span : spans) {
      EXPECT_EQ(span.meta.at("_dd.p.tid"), spans[0].meta.at("_dd.p.tid"));
      EXPECT_EQ(span.integers.at("trace_id"), trace_id);
      EXPECT_GE(span.integers.at("start"), spans[2].integers.at("start"));
      EXPECT_LE(span.integers.at("start") + span.integers.at("duration"),
                spans[2].integers.at("start") + spans[2].integers.at("duration") + 1);
    }
  }
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats.delivered, 9u);
  EXPECT_EQ(stats.matched - stats.delivered, count(stats.dropped, DropReason::kProcessor));
  EXPECT_TRUE(bus.shutdown(kLong).ok());
}

TEST(NodeAgentTest, Row19_WhatATracerTracesReachesAnAgentOverTcp) {
  NodeAgent agent;
  expect_traced(agent, agent.url(), "tcp");
}

TEST(NodeAgentTest, Row19_WhatATracerTracesReachesAnAgentOverAUnixSocket) {
  NodeAgent agent;
  expect_traced(agent, agent.socket_url(), "unix");
}

TEST(NodeAgentTest, Row19_LongTracesAndManyOfThemKeepTheirSpansTogether) {
  NodeAgent agent;
  const auto exporter = *DatadogExporter::create(datadog_options(agent.socket_url()));
  EventMaker maker;
  constexpr std::int64_t kSpans = 3000;
  constexpr std::int64_t kTraces = 100;  // more than an array's small sizes
  for (std::int64_t i = 0; i < kSpans; ++i) {
    maker.add(numbered_span(i, kTraces, std::string(static_cast<std::size_t>(i % 400), 'f')));
  }
  EXPECT_EQ(exporter->export_batch(maker.batch(), within_a_minute()).lost(), 0u);
  std::set<double> numbers;
  for (const auto& [id, spans] : traces_of(agent, kSpans, "unix")) {
    EXPECT_EQ(spans.size(), static_cast<std::size_t>(kSpans / kTraces));
    double last = -1;
    for (const AgentSpan& span : spans) {
      const double number = span.metrics.at("n");
      EXPECT_EQ(id, static_cast<std::uint64_t>(span.metrics.at("trace")) + 1);
      EXPECT_EQ(span.integers.at("span_id"), static_cast<std::uint64_t>(number) + 1);
      EXPECT_LT(last, number);
      const auto size = static_cast<std::size_t>(number) % 400;
      EXPECT_EQ(size == 0 ? 0 : span.meta.at("filling").size(), size);
      numbers.insert(last = number);
    }
  }
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>(kSpans));
}

TEST(NodeAgentTest, Row19_StartsAndEndsOfOthersArePairedAndTheEnvironmentHolds) {
  NodeAgent agent;
  ::setenv("DD_TRACE_AGENT_URL", agent.url().c_str(), 1);
  ::setenv("DD_SERVICE", "from-environment", 1);
  ::setenv("DD_TAGS", "team:search,version:7", 1);
  auto made = make_datadog({});
  for (const char* const name : {"DD_TRACE_AGENT_URL", "DD_SERVICE", "DD_TAGS"}) ::unsetenv(name);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ((*made)->name(), "datadog:" + agent.url() + "/v0.4/traces");
  EventMaker maker;
  const auto run = id_from<RunId>(0x40);
  maker.add({.timestamp = Timestamp{100, 0},
             .event_type = "tool_start",
             .agent_name = "bull",
             .payload = {{"tool_name", "search"}},
             .ids = {.run_id = run, .trace_id = {}, .span_id = {}, .parent_span_id = {}}});
  maker.add({.timestamp = Timestamp{102, 0},
             .event_type = "tool_end",
             .agent_name = "bull",
             .payload = {{"tool_name", "search"}},
             .ids = {.run_id = run, .trace_id = {}, .span_id = {}, .parent_span_id = {}}});
  maker.add({.timestamp = Timestamp{103, 0}, .event_type = "message", .payload = {}});
  const ExportResult result = (*made)->export_batch(maker.batch(), within_a_minute());
  EXPECT_EQ(result.processed, 2u);  // the start, and what is no span
  EXPECT_EQ(result.lost(), 2u);
  const AgentRequest request = agent.next();
  ASSERT_EQ(request.traces.size(), 1u);
  ASSERT_EQ(request.traces[0].size(), 1u);
  const AgentSpan& span = request.traces[0][0];
  EXPECT_EQ(span.texts.at("service"), "from-environment");
  EXPECT_EQ(span.texts.at("resource"), "execute_tool search");
  EXPECT_EQ(span.meta.at("team"), "search");
  EXPECT_EQ(span.meta.at("version"), "7");
  EXPECT_EQ(span.integers.at("start"), 100'000'000'000u);
  EXPECT_EQ(span.integers.at("duration"), 2'000'000'000u);
}

}  // namespace
}  // namespace tracebus::testing
