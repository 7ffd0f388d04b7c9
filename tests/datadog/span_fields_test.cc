// SPDX-License-Identifier: Apache-2.0
//
// What an agent reads of a span, member by member.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/datadog/node_agent.h"
#include "tracebus/tests/datadog/span_maker.h"
#include "tracebus/tests/exporters/event_maker.h"

namespace tracebus::testing {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class SpanFieldsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { agent_ = std::make_unique<NodeAgent>(); }
  static void TearDownTestSuite() { agent_.reset(); }

  AgentSpan told(const TraceEvent& event) {
    EventMaker maker;
    return told(maker.add(event).batch());
  }
  // Of the record as it is, with all content, to an exporter that was granted it or not.
  AgentSpan told_with(const TraceEvent& event, bool granted) {
    const ViewContext context = {.content = granted};
    const BuiltRecord record = build(event);
    const EventView view = record.view(context);
    return told({.events = {&view, 1}});
  }
  AgentSpan told(const Batch& batch) {
    options_.http.url = agent_->url();
    auto exporter = DatadogExporter::create(options_);
    EXPECT_TRUE(exporter.ok()) << exporter.status();
    EXPECT_EQ((*exporter)->export_batch(batch, within_a_minute()).lost(), 0u)
        << (*exporter)->last_error();
    const AgentRequest request = agent_->next();
    EXPECT_EQ(request.traces.size(), 1u);
    EXPECT_TRUE(request.traces.empty() || request.traces[0].size() == 1);
    return request.traces.empty() ? AgentSpan() : request.traces[0][0];
  }

  static inline std::unique_ptr<NodeAgent> agent_;
  DatadogOptions options_ = datadog_options("");
};

TraceEvent llm_call() {
  TraceEvent event = {.timestamp = Timestamp::from_unix_ns(kSpanEndNs),
                      .event_type = "llm_call_end",
                      .agent_name = "bull",
                      .pattern_type = "debate",
                      .payload = {{"span.kind", "LLM"},
                                  {"span.status", "ok"},
                                  {"duration_ms", 1.5},
                                  {"span.name", "gpt-4o"},
                                  {"model", "gpt-4o"},
                                  {"input_tokens", 450},
                                  {"cost_usd", 0.25},
                                  {"color", "blue"}}};
  event.ids = {id_from<RunId>(0x40), id_from<TraceId>(0x10), id_from<SpanId>(0x20),
               id_from<SpanId>(0x30)};
  return event;
}

TraceEvent failed_call() {
  TraceEvent event = llm_call();
  event.payload = {{"span.kind", "LLM"}, {"span.status", "error"}, {"duration_ms", 1.5}};
  return event;
}

TEST_F(SpanFieldsTest, Row19_ACallOfAModel) {
  const AgentSpan span = told(llm_call());
  using Texts = std::map<std::string, std::string>;
  using Integers = std::map<std::string, std::uint64_t>;
  EXPECT_EQ(
      span.texts,
      (Texts{
          {"service", "shop"}, {"name", "chat"}, {"resource", "chat gpt-4o"}, {"type", "custom"}}));
  EXPECT_EQ(span.integers, (Integers{{"trace_id", 0x18191a1b1c1d1e1f},
                                     {"span_id", 0x2021222324252627},
                                     {"parent_id", 0x3031323334353637},
                                     {"start", kSpanEndNs - 1'500'000},
                                     {"duration", 1'500'000},
                                     {"error", 0}}));
  EXPECT_EQ(span.meta, (Texts{{"_dd.p.tid", "1011121314151617"},
                              {"color", "blue"},
                              {"gen_ai.agent.name", "bull"},
                              {"gen_ai.operation.name", "chat"},
                              {"gen_ai.request.model", "gpt-4o"},
                              {"gen_ai.workflow.name", "debate"},
                              {"span.kind", "client"},
                              {"tracebus.run_id", "404142434445464748494a4b4c4d4e4f"}}));
  EXPECT_EQ(span.metrics, (std::map<std::string, double>{{"_sampling_priority_v1", 1},
                                                         {"cost_usd", 0.25},
                                                         {"gen_ai.usage.input_tokens", 450}}));
  EXPECT_EQ(span.links, "");
}

TEST_F(SpanFieldsTest, Row19_RootsHaveTheParentZeroAndTracesOf64BitsNoHighHalf) {
  TraceEvent event = llm_call();
  event.ids = {};
  event.ids.trace_id = *TraceId::from_hex("0000000000000000ffffffffffffffff");
  event.ids.span_id = *SpanId::from_hex("8000000000000001");
  const AgentSpan span = told(event);
  EXPECT_EQ(span.integers.at("parent_id"), 0u);
  EXPECT_EQ(span.integers.at("trace_id"), 0xffffffffffffffff);
  EXPECT_EQ(span.integers.at("span_id"), 0x8000000000000001);
  EXPECT_THAT(span.meta, Not(Contains(Key("_dd.p.tid"))));
  EXPECT_THAT(span.meta, Not(Contains(Key("tracebus.run_id"))));
}

TEST_F(SpanFieldsTest, Row19_EveryKindHasItsOperationAndItsResource) {
  const std::pair<const char*, const char*> kinds[] = {
      {"AGENT", "invoke_agent"}, {"TOOL", "execute_tool"},    {"GUARD", "guard"},
      {"LLM", "chat"},           {"CHAIN", "chain"},          {"RETRIEVER", "retrieval"},
      {"ROUTER", "router"},      {"EMBEDDING", "embeddings"}, {"PATTERN", "invoke_workflow"},
      {"MEMORY", "memory"},      {"DECISION", "decision"}};
  for (const auto& [kind, operation] : kinds) {
    TraceEvent event = llm_call();
    event.payload = {{"span.kind", kind}, {"span.status", "unset"}, {"duration_ms", 0.0}};
    const AgentSpan span = told(event);
    EXPECT_EQ(span.texts.at("name"), operation);
    EXPECT_THAT(span.texts.at("resource"), ::testing::StartsWith(operation));
    EXPECT_EQ(span.integers.at("duration"), 0u);
    EXPECT_EQ(span.integers.at("error"), 0u);
    EXPECT_EQ(span.integers.at("start"), static_cast<std::uint64_t>(kSpanEndNs));
  }
}

TEST_F(SpanFieldsTest, Row19_AnErrorHasItsFlagMessageTypeAndStack) {
  TraceEvent event = failed_call();
  const Value exception = Value::object({{"exception.type", "std::runtime_error"},
                                         {"exception.message", "no network"},
                                         {"exception.stacktrace", "at main"}});
  const Value events = Value::array(
      {Value::object({{"name", "exception"}, {"offset_ns", 1000}, {"attributes", exception}})});
  event.payload.add("span.events", events);
  const AgentSpan span = told(event);
  EXPECT_EQ(span.integers.at("error"), 1u);
  EXPECT_THAT(span.meta, Contains(Pair("error.message", "no network")));
  EXPECT_THAT(span.meta, Contains(Pair("error.msg", "no network")));
  EXPECT_THAT(span.meta, Contains(Pair("error.type", "std::runtime_error")));
  EXPECT_THAT(span.meta, Contains(Pair("error.stack", "at main")));
  EXPECT_EQ(span.meta.at("events"),
            R"([{"name":"exception","time_unix_nano":)" + std::to_string(kSpanEndNs - 1'499'000) +
                R"(,"attributes":{"exception.type":"std::runtime_error",)"
                R"("exception.message":"no network","exception.stacktrace":"at main"}}])");
  // One that was handled is an event, and no error.
  event.payload = llm_call().payload;
  event.payload.add("span.events", events);
  const AgentSpan handled = told(event);
  EXPECT_EQ(handled.integers.at("error"), 0u);
  EXPECT_THAT(handled.meta, Contains(Key("events")));
  EXPECT_THAT(handled.meta, Not(Contains(Key(::testing::StartsWith("error")))));
}

TEST_F(SpanFieldsTest, Row19_TheStatusMessageIsTheErrorsAndWhatTheSpanSaysItselfStays) {
  TraceEvent event = failed_call();
  event.payload.add("span.status_message", "gave up");
  event.payload.add("error.type", "timeout");
  const AgentSpan span = told(event);
  EXPECT_EQ(span.meta.at("error.message"), "gave up");
  EXPECT_EQ(span.meta.at("error.type"), "timeout");
  EXPECT_THAT(span.meta, Not(Contains(Key("error.stack"))));
  event.payload = llm_call().payload;
  EXPECT_THAT(told(event).meta, Not(Contains(Key("error.message"))));
}

TEST_F(SpanFieldsTest, Row19_LinksKeepBothHalvesOfTheirTraces) {
  TraceEvent event = llm_call();
  const Value attributes = Value::object({{"why", "retry"}, {"times", 3}});
  const Value links =
      Value::array({Value::object({{"trace_id", "0102030405060708090a0b0c0d0e0f10"},
                                   {"span_id", "f1f2f3f4f5f6f7f8"},
                                   {"attributes", attributes}}),
                    Value::object({{"trace_id", "no id"}, {"span_id", "f1f2f3f4f5f6f7f8"}})});
  event.payload.add("span.links", links);
  const AgentSpan span = told(event);
  EXPECT_EQ(span.links, R"([{"trace_id":"651345242494996240","trace_id_high":"72623859790382856",)"
                        R"("span_id":"17434265340928784376",)"
                        R"("attributes":{"why":"retry","times":"3"}}])");
  EXPECT_THAT(span.metrics, Contains(Pair("tracebus.dropped_links", 1)));
}

TEST_F(SpanFieldsTest, NumbersAreMetricsUnlessADoubleHasNoPlaceForThem) {
  TraceEvent event = llm_call();
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  event.payload = {{"span.kind", "LLM"},
                   {"span.status", "ok"},
                   {"duration_ms", 1.5},
                   {"exact", kExact},
                   {"below", -kExact},
                   {"beyond", kExact + 1},
                   {"least", std::numeric_limits<std::int64_t>::min()},
                   {"tiny", 5e-324},
                   {"none", std::numeric_limits<double>::quiet_NaN()},
                   {"without_end", -std::numeric_limits<double>::infinity()},
                   {"yes", true},
                   {"nothing", nullptr}};
  const AgentSpan span = told(event);
  EXPECT_EQ(span.metrics.at("exact"), 9007199254740992.0);
  EXPECT_EQ(span.metrics.at("below"), -9007199254740992.0);
  EXPECT_EQ(span.metrics.at("tiny"), 5e-324);
  EXPECT_EQ(span.meta.at("beyond"), "9007199254740993");
  EXPECT_EQ(span.meta.at("least"), "-9223372036854775808");
  EXPECT_EQ(span.meta.at("none"), "NaN");
  EXPECT_EQ(span.meta.at("without_end"), "-Infinity");
  EXPECT_EQ(span.meta.at("yes"), "true");
  EXPECT_EQ(span.metrics.count("nothing") + span.meta.count("nothing"), 0u);
}

TEST_F(SpanFieldsTest, ContainersAreJson) {
  TraceEvent event = llm_call();
  event.payload.add("list", Value::array({1, "two", Value::object({{"three", 3.5}})}));
  EXPECT_EQ(told(event).meta.at("list"), R"([1,"two",{"three":3.5}])");
}

TEST_F(SpanFieldsTest, TextThatIsNotUtf8IsMended) {
  TraceEvent event = llm_call();
  event.agent_name = "b\xffll";
  event.payload.add("c\xc3", "\xe2\x82 and \xf0\x9f\x98\x80");
  const AgentSpan span = told(event);
  EXPECT_EQ(span.meta.at("gen_ai.agent.name"), "b\uFFFDll");
  EXPECT_EQ(span.meta.at("c\uFFFD"), "\uFFFD and \U0001F600");
}

TEST_F(SpanFieldsTest, UsersAsk15_WhatIsTooLongIsCutAndMarkedAndJsonStaysJson) {
  options_.value_bytes_max = 100;
  const std::string long_text(200, 'z');
  const std::string name(6000, 'n');
  const std::string longer(101, 'x');
  const std::string fits(100, 'y');
  options_.service = std::string(99, 's') + "\u00e9";
  TraceEvent event = llm_call();
  event.payload = {{"span.kind", "LLM"},
                   {"span.status", "ok"},
                   {"duration_ms", 1.5},
                   {"span.name", name},
                   {"long", longer},
                   {"fits", fits},
                   {"list", Value::array({long_text})}};
  const AgentSpan span = told(event);
  EXPECT_EQ(span.texts.at("service"), std::string(99, 's'));
  EXPECT_EQ(span.texts.at("resource"), "chat " + std::string(4995, 'n'));
  EXPECT_EQ(span.meta.at("long"), std::string(97, 'x') + "...");
  EXPECT_EQ(span.meta.at("fits"), std::string(100, 'y'));
  EXPECT_EQ(span.meta.at("list").size(), 100u);
  EXPECT_THAT(span.meta.at("list"), ::testing::EndsWith("z\"]"));
  EXPECT_EQ(span.metrics.at("tracebus.cut_bytes"), 4 + 104);
}

TEST_F(SpanFieldsTest, NamesAreUsedOnceAndWhatOnlyTracersSayIsNotTaken) {
  TraceEvent event = llm_call();
  event.payload = {{"span.kind", "LLM"},
                   {"span.status", "ok"},
                   {"duration_ms", 1.5},
                   {"model", "ours"},
                   {"gen_ai.request.model", "theirs"},
                   {"gen_ai.agent.name", "another"},
                   {"_dd.p.tid", "ffffffffffffffff"},
                   {"_sampling_priority_v1", -1},
                   {"color", "blue"},
                   {"color", 7}};
  const AgentSpan span = told(event);
  EXPECT_EQ(span.meta.at("gen_ai.request.model"), "theirs");
  EXPECT_EQ(span.meta.at("model"), "ours");
  EXPECT_EQ(span.meta.at("gen_ai.agent.name"), "another");
  EXPECT_EQ(span.meta.at("_dd.p.tid"), "1011121314151617");
  EXPECT_EQ(span.metrics.at("_sampling_priority_v1"), 1);
  EXPECT_EQ(span.metrics.at("color"), 7);
  EXPECT_THAT(span.meta, Not(Contains(Key("color"))));
  EXPECT_EQ(span.metrics.at("tracebus.dropped_attributes"), 3);
}

TEST_F(SpanFieldsTest, Row19_TagsOfTheProcessAreOnEverySpanUnlessItSaysOtherwise) {
  options_.env = "prod";
  options_.version = "1.2";
  options_.tags = {{"team", "search"}, {"color", "red"}, {"_dd.origin", "x"}};
  options_.sampling_priority = 2;
  const AgentSpan span = told(llm_call());
  EXPECT_EQ(span.meta.at("env"), "prod");
  EXPECT_EQ(span.meta.at("version"), "1.2");
  EXPECT_EQ(span.meta.at("team"), "search");
  EXPECT_EQ(span.meta.at("color"), "blue");
  EXPECT_THAT(span.meta, Not(Contains(Key("_dd.origin"))));
  EXPECT_EQ(span.metrics.at("_sampling_priority_v1"), 2);
}

TEST_F(SpanFieldsTest, UsersAsk22_ContentNeedsTheGrant) {
  TraceEvent event = llm_call();
  event.payload.add("input.value", "my secret");
  const Value call = Value::object({{"arguments", "my other secret"}});
  event.payload.add("calls", Value::array({call}));
  for (const bool granted : {true, false}) {
    const AgentSpan span = told_with(event, granted);
    EXPECT_EQ(span.meta.count("gen_ai.input.messages"), granted ? 1u : 0u);
    EXPECT_EQ(span.meta.count("calls"), granted ? 1u : 0u);
    EXPECT_EQ(span.meta.count("color"), 1u);
    for (const auto& [name, text] : span.meta) {
      EXPECT_TRUE(granted || text.find("secret") == std::string::npos) << name;
    }
  }
}

TEST_F(SpanFieldsTest, IdsThatWereTextsAreTold) {
  TraceEvent event = llm_call();
  event.ids.trace_id = TraceId::from_foreign("trace-7");
  event.foreign_ids.trace_id = "trace-7";
  EXPECT_EQ(told(event).meta.at("tracebus.trace_id"), "trace-7");
}

TEST_F(SpanFieldsTest, TheWordsAreThoseOfTheProfile) {
  options_.profile = Profile::kPlyra;
  const AgentSpan span = told(llm_call());
  EXPECT_EQ(span.meta.at("llm.model_name"), "gpt-4o");
  EXPECT_EQ(span.meta.at("openinference.span.kind"), "LLM");
  EXPECT_EQ(span.texts.at("resource"), "gpt-4o");
  EXPECT_EQ(span.metrics.at("llm.token_count.prompt"), 450);
}

}  // namespace
}  // namespace tracebus::testing
