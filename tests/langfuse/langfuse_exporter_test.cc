// SPDX-License-Identifier: Apache-2.0
//
// Rows 17 and 18: events of a bus, as Langfuse's endpoint receives them. The judge is what arrived.
#include "tracebus/exporters/otlp_http/langfuse_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/exporters/http/secret.h"
#include "tracebus/exporters/otlp_http/otlp_backends.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/otlp_http/trace_receiver.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::testing {
namespace {

namespace otlp = tests::otlp;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kType = "langfuse.observation.type";

LangfuseOptions options_for(const TraceReceiver& receiver) {
  LangfuseOptions options;
  options.otlp.http.url = langfuse_traces_url(receiver.url());
  options.otlp.http.headers = {basic_authorization("pk-lf-1", "sk-lf-2"),
                               {"x-langfuse-ingestion-version", "4"}};
  options.otlp.http.direct = true;
  options.otlp.timeout = std::chrono::seconds(60);
  return options;
}

std::string at(const otlp::Span& span, std::string_view key) {
  const SpanTexts texts = texts_of(span.attributes());
  const auto found = texts.find(std::string(key));
  return found == texts.end() ? "(none)" : found->second;
}

template <class Id>
Id id_of(std::uint8_t first) {
  Id id;
  for (auto& byte : id.bytes) byte = first++;
  return id;
}

// A bus with a Langfuse exporter.
class LangfuseExporterTest : public ::testing::Test {
 protected:
  void export_to_receiver(bool with_content = false, LangfuseOptions* given = nullptr) {
    auto exporter =
        make_langfuse_exporter(given == nullptr ? options_for(receiver_) : std::move(*given));
    ASSERT_TRUE(exporter.ok()) << exporter.status();
    const auto added = bus_.add_exporter(*std::move(exporter), {.content = with_content});
    ASSERT_TRUE(added.ok()) << added.status();
    id_ = *added;
  }
  // Everything that was emitted has come to its end, and is accounted for.
  SubscriptionStats flush() {
    EXPECT_TRUE(bus_.flush(kLong).ok());
    EXPECT_TRUE(eventually([&] { return stats_of(bus_, id_).in_flight == 0; }));
    const SubscriptionStats stats = stats_of(bus_, id_);
    std::uint64_t dropped = 0;
    for (const std::uint64_t drops : stats.dropped) dropped += drops;
    EXPECT_EQ(stats.matched + stats.added, stats.delivered + dropped);
    EXPECT_EQ(stats.delivered, receiver_.spans().size()) << stats.last_error;
    return stats;
  }
  void emit(std::string_view type, std::string_view agent, Payload payload = {}, EventIds ids = {},
            std::string_view pattern = {}) {
    EXPECT_EQ(bus_.emit({.event_type = type,
                         .agent_name = agent,
                         .pattern_type = pattern,
                         .payload = std::move(payload),
                         .ids = ids}),
              EmitResult::kAccepted);
  }
  // The names or agents of those of one type of observation.
  std::multiset<std::string> names_of(std::string_view type) const {
    std::multiset<std::string> names;
    for (const otlp::Span& span : receiver_.spans()) {
      if (at(span, kType) == type) names.insert(span.name());
    }
    return names;
  }

  TraceReceiver receiver_;
  TraceEventBus bus_;
  SubscriptionId id_{};
};

TEST_F(LangfuseExporterTest, Row17_ARunOfOursArrivesAsATraceOfObservations) {
  export_to_receiver(true);
  const Tracer tracer(bus_);
  const Context context = Context().with(
      {.session_id = "s-1", .user_id = "u-1", .metadata = {{"tenant", "acme"}}, .tags = {"night"}});
  {
    const ContextScope scope(context);
    const Span pattern = tracer.pattern("debate");
    const Span agent = tracer.agent("bull");
    {
      LlmSpan call =
          tracer.llm_call({.model = "gpt-4o", .temperature = 0.5}, {{"messages", "is it up?"}});
      call.usage({.input_tokens = 450, .output_tokens = 120, .cost = NanoDollars(12'500'000)})
          .set("response", "it is");
    }
    const Span retriever = tracer.retriever("papers");
    const Span guard = tracer.guard("pii");
    Span tool = tracer.tool("search");
    tool.set_status(SpanStatus::kFailed, "no route");
  }
  flush();
  EXPECT_THAT(names_of("chain"), ElementsAre("invoke_workflow debate"));
  EXPECT_THAT(names_of("agent"), ElementsAre("invoke_agent bull"));
  EXPECT_THAT(names_of("retriever"), ElementsAre("retrieval papers"));
  EXPECT_THAT(names_of("guardrail"), ElementsAre("pii"));
  const otlp::Span call = receiver_.span("chat gpt-4o");
  EXPECT_EQ(at(call, kType), "generation");
  EXPECT_EQ(at(call, "langfuse.observation.model.name"), "gpt-4o");
  EXPECT_EQ(at(call, "langfuse.observation.usage_details"),
            R"({"input":450,"output":120,"total":570})");
  EXPECT_EQ(at(call, "langfuse.observation.cost_details"), R"({"total":0.0125})");
  EXPECT_EQ(at(call, "langfuse.observation.model.parameters"), R"({"temperature":0.5})");
  EXPECT_EQ(at(call, "langfuse.observation.input"), "is it up?");
  EXPECT_EQ(at(call, "langfuse.observation.output"), "it is");
  const otlp::Span tool = receiver_.span("execute_tool search");
  EXPECT_EQ(at(tool, "langfuse.observation.level"), "ERROR");
  EXPECT_EQ(at(tool, "langfuse.observation.status_message"), "no route");
  for (const otlp::Span& span : receiver_.spans()) {
    EXPECT_EQ(at(span, "langfuse.session.id"), "s-1") << span.name();
    EXPECT_EQ(at(span, "langfuse.user.id"), "u-1");
    EXPECT_EQ(at(span, "langfuse.trace.tags"), "[night]");
    EXPECT_EQ(at(span, "langfuse.trace.metadata"), R"({"tenant":"acme"})");
    EXPECT_EQ(span.trace_id(), call.trace_id());
    EXPECT_EQ(span.parent_span_id().empty(), span.name() == "invoke_workflow debate");
  }
  EXPECT_EQ(at(receiver_.span("invoke_workflow debate"), "langfuse.trace.name"), "debate");
  EXPECT_EQ(call.parent_span_id(), receiver_.span("invoke_agent bull").span_id());
}

TEST_F(LangfuseExporterTest, Row17_WithoutAGrantNothingThatWasSaidArrives) {
  export_to_receiver(false);
  const Tracer tracer(bus_);
  { const LlmSpan call = tracer.llm_call({.model = "gpt-4o"}, {{"messages", "SECRET"}}); }
  flush();
  const otlp::Span call = receiver_.span("chat gpt-4o");
  EXPECT_THAT(call.SerializeAsString(), Not(HasSubstr("SECRET")));
  EXPECT_THAT(texts_of(call.attributes()), Not(Contains(Key("langfuse.observation.input"))));
}

// (a) Events of agents' hooks carry neither pattern nor ids: the seed never made a span of them.
TEST_F(LangfuseExporterTest, Row18_EventsOfHooksWithoutPatternAndIdsBecomeSpans) {
  export_to_receiver();
  emit("agent_start", "bull");
  emit("llm_call", "bull", {{"model", "gpt-4o"}, {"input_tokens", 450}, {"output_tokens", 120}});
  emit("agent_end", "bull", {{"duration_seconds", 1.5}, {"output_tokens", 120}});
  const SubscriptionStats stats = flush();
  EXPECT_EQ(stats.delivered, 2u);
  EXPECT_THAT(names_of("agent"), ElementsAre("invoke_agent bull"));
  EXPECT_THAT(names_of("generation"), ElementsAre("chat gpt-4o"));
  const otlp::Span agent = receiver_.span("invoke_agent bull");
  EXPECT_EQ(agent.trace_id().size(), 16u);
  EXPECT_EQ(at(agent, "langfuse.trace.name"), "bull");
  EXPECT_EQ(at(agent, "langfuse.observation.usage_details"), "(none)");
  const otlp::Span call = receiver_.span("chat gpt-4o");
  EXPECT_EQ(at(call, "langfuse.observation.usage_details"),
            R"({"input":450,"output":120,"total":570})");
  EXPECT_EQ(call.trace_id(), agent.trace_id());
  EXPECT_EQ(call.parent_span_id(), agent.span_id());
}

// (b) Runs of one pattern at the same time shared the seed's one entry of that name.
TEST_F(LangfuseExporterTest, Row18_TwoRunsOfOnePatternAtTheSameTimeAreTwoTraces) {
  export_to_receiver();
  const EventIds one = {id_of<RunId>(1), {}, {}, {}};
  const EventIds two = {id_of<RunId>(101), {}, {}, {}};
  emit("pattern_start", {}, {{"run", "one"}}, one, "debate");
  emit("pattern_start", {}, {{"run", "two"}}, two, "debate");
  emit("llm_call", "bull", {{"model", "m"}, {"of", "two"}}, two, "debate");
  emit("pattern_end", {}, {{"result", 1}}, one, "debate");
  emit("llm_call", "bull", {{"model", "m"}, {"of", "two"}}, two, "debate");
  emit("pattern_end", {}, {{"result", 2}}, two, "debate");
  flush();
  std::map<std::string, otlp::Span> patterns;
  for (const otlp::Span& span : receiver_.spans()) {
    if (at(span, kType) == "chain") patterns[at(span, "langfuse.observation.metadata.run")] = span;
  }
  ASSERT_EQ(patterns.size(), 2u);
  EXPECT_NE(patterns["one"].trace_id(), patterns["two"].trace_id());
  EXPECT_EQ(at(patterns["one"], "langfuse.trace.name"), "debate");
  int calls = 0;
  for (const otlp::Span& span : receiver_.spans()) {
    if (at(span, kType) != "generation") continue;
    ++calls;
    EXPECT_EQ(span.trace_id(), patterns["two"].trace_id());
    EXPECT_EQ(span.parent_span_id(), patterns["two"].span_id());
  }
  EXPECT_EQ(calls, 2);
}

// (c) Agents of one name shared the seed's one span of that name.
TEST_F(LangfuseExporterTest, Row18_TwoAgentsOfOneNameAreTwoSpansAndKeepTheirCalls) {
  export_to_receiver();
  const auto ids = [](std::uint8_t span, std::uint8_t parent) {
    return EventIds{id_of<RunId>(1), id_of<TraceId>(1), id_of<SpanId>(span),
                    parent == 0 ? SpanId{} : id_of<SpanId>(parent)};
  };
  emit("agent_start", "bull", {{"n", 1}}, ids(0x10, 0));
  emit("agent_start", "bull", {{"n", 2}}, ids(0x30, 0));
  emit("llm_call", "bull", {{"of", 1}}, ids(0x50, 0x10));
  emit("llm_call", "bull", {{"of", 2}}, ids(0x70, 0x30));
  emit("agent_end", "bull", {{"ended", 1}}, ids(0x10, 0));
  emit("agent_end", "bull", {{"ended", 2}}, ids(0x30, 0));
  flush();
  std::map<std::string, std::string> agents;  // their ids by their numbers
  for (const otlp::Span& span : receiver_.spans()) {
    if (at(span, kType) != "agent") continue;
    EXPECT_EQ(at(span, "langfuse.observation.metadata.n"),
              at(span, "langfuse.observation.metadata.ended"));
    agents[at(span, "langfuse.observation.metadata.n")] = span.span_id();
  }
  ASSERT_EQ(agents.size(), 2u);
  int calls = 0;
  for (const otlp::Span& span : receiver_.spans()) {
    if (at(span, kType) != "generation") continue;
    ++calls;
    EXPECT_EQ(span.parent_span_id(), agents[at(span, "langfuse.observation.metadata.of")]);
  }
  EXPECT_EQ(calls, 2);
}

// (d) The entries of a run that raised stayed in the seed's table for ever.
TEST_F(LangfuseExporterTest, Row18_RunsThatNeverEndAreToldUnfinishedAndMemoryIsBounded) {
  LangfuseOptions options = options_for(receiver_);
  options.pairing.open_max = 50;
  export_to_receiver(false, &options);
  constexpr std::uint64_t kRuns = 2000;
  for (std::uint64_t run = 1; run <= kRuns; ++run) {
    EventIds ids;
    std::memcpy(ids.run_id.bytes.data(), &run, sizeof run);
    ASSERT_EQ(bus_.emit({.event_type = "pattern_start",
                         .pattern_type = "debate",
                         .payload = {{"n", run}},
                         .ids = ids}),
              EmitResult::kAccepted);
  }
  flush();
  std::set<std::string> traces;
  std::set<std::string> numbers;
  for (const otlp::Span& span : receiver_.spans()) {
    traces.insert(span.trace_id());
    numbers.insert(at(span, "langfuse.observation.metadata.n"));
    EXPECT_EQ(at(span, "langfuse.observation.level"), "WARNING");
  }
  EXPECT_EQ(traces.size(), kRuns);
  EXPECT_EQ(numbers.size(), kRuns);
}

TEST_F(LangfuseExporterTest, Row18_ARunThatRaisesEndsAsAnError) {
  export_to_receiver();
  const Tracer tracer(bus_);
  try {
    const Span pattern = tracer.pattern("debate");
    const Span agent = tracer.agent("bull");
    throw std::runtime_error("no answer");
  } catch (const std::runtime_error&) {
  }
  flush();
  ASSERT_EQ(receiver_.spans().size(), 2u);
  for (const otlp::Span& span : receiver_.spans()) {
    EXPECT_EQ(at(span, "langfuse.observation.level"), "ERROR") << span.name();
    EXPECT_EQ(span.status().code(), 2);
  }
}

// (e) The seed called what the server's API no longer has: this is what it has.
TEST_F(LangfuseExporterTest, Row18_ItIsTheEndpointForOtlpThatIsCalledWithBothKeys) {
  export_to_receiver();
  emit("llm_call", "bull", {{"model", "gpt-4o"}});
  flush();
  ASSERT_EQ(receiver_.heads().size(), 1u);
  const std::string head = receiver_.heads().front();
  EXPECT_THAT(head, ::testing::StartsWith("POST /api/public/otel/v1/traces HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Authorization: Basic cGstbGYtMTpzay1sZi0y\r\n"));
  EXPECT_THAT(head, HasSubstr("x-langfuse-ingestion-version: 4\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/x-protobuf\r\n"));
}

// Langfuse refuses a whole request for one span whose ids are missing or zero.
TEST_F(LangfuseExporterTest, UsersAsk27_SpansWithoutIdsAreCountedAndTheirNeighboursArrive) {
  export_to_receiver();
  const auto span_with = [&](EventIds ids, std::string_view name) {
    emit("llm_call_end", "bull",
         {{"span.kind", "LLM"}, {"span.status", "ok"}, {"duration_ms", 1.0}, {"span.name", name}},
         ids);
  };
  const EventIds whole = {{}, id_of<TraceId>(1), id_of<SpanId>(1), {}};
  span_with(whole, "before");
  span_with({}, "none at all");
  span_with({{}, {}, id_of<SpanId>(1), {}}, "no trace");
  span_with({{}, id_of<TraceId>(1), {}, {}}, "no span");
  span_with(whole, "after");
  const SubscriptionStats stats = flush();
  EXPECT_EQ(count(stats.dropped, DropReason::kProcessor), 3u);
  EXPECT_THAT(
      (std::multiset<std::string>{receiver_.spans().at(0).name(), receiver_.spans().at(1).name()}),
      UnorderedElementsAre("chat before", "chat after"));
  for (const otlp::Span& span : receiver_.spans()) {
    EXPECT_EQ(span.trace_id().size(), 16u);
    EXPECT_EQ(span.span_id().size(), 8u);
    EXPECT_NE(span.trace_id(), std::string(16, '\0'));
    EXPECT_NE(span.span_id(), std::string(8, '\0'));
    EXPECT_EQ(span.parent_span_id(), "") << "a parent of zeros is none";
  }
}

TEST(LangfuseExporterJson, IdsAre32And16LowerCaseHexadecimalDigits) {
  std::string body;  // read once the export has ended
  ScriptedServer server([&](Connection& connection, const RequestHead& head) {
    body = connection.read_body(head);
    connection.answer("200 OK", "Content-Type: application/json\r\n", "{}");
  });
  LangfuseOptions options;
  options.otlp.http.url = langfuse_traces_url(server.url());
  options.otlp.http.direct = true;
  options.otlp.json = true;
  auto exporter = make_langfuse_exporter(std::move(options));
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  TraceEventBus bus;
  ASSERT_TRUE(bus.add_exporter(*std::move(exporter)).ok());
  bus.emit({.event_type = "llm_call",
            .agent_name = "bull",
            .ids = {{}, id_of<TraceId>(0xA0), id_of<SpanId>(0xF0), id_of<SpanId>(0xC8)}});
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_THAT(body, HasSubstr(R"("traceId":"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")"));
  EXPECT_THAT(body, HasSubstr(R"("spanId":"f0f1f2f3f4f5f6f7")"));
  EXPECT_THAT(body, HasSubstr(R"("parentSpanId":"c8c9cacbcccdcecf")"));
  EXPECT_THAT(body, HasSubstr(R"({"stringValue":"generation"})"));
}

TEST_F(LangfuseExporterTest, IdsThatAreNoHexadecimalDigitsBecomeSuchAndStayBesideThem) {
  export_to_receiver();
  ASSERT_EQ(
      bus_.emit(
          {.event_type = "llm_call",
           .agent_name = "bull",
           .payload = {{"model", "m"}},
           .foreign_ids = {.run_id = "run_1", .trace_id = "trace_TEST", .span_id = "span_1"}}),
      EmitResult::kAccepted);
  flush();
  const otlp::Span span = receiver_.span("chat m");
  EXPECT_EQ(span.trace_id().size(), 16u);
  EXPECT_EQ(span.span_id().size(), 8u);
  EXPECT_EQ(at(span, "tracebus.trace_id"), "trace_TEST");
}

TEST_F(LangfuseExporterTest, EventsThatAreNoSpansAreLeftOutAndCounted) {
  export_to_receiver();
  emit("cost_record", "bull", {{"cost_usd", 0.5}});
  emit("llm_token", "bull");
  emit("llm_call", "bull", {{"model", "m"}});
  const SubscriptionStats stats = flush();
  EXPECT_EQ(stats.delivered, 1u);
  EXPECT_EQ(count(stats.dropped, DropReason::kProcessor), 2u);
}

TEST(LangfuseExporterFaults, AWrongKeyIsSaidAndEverySpanCountsAsFailed) {
  const TraceReceiver receiver("401 Unauthorized");
  TraceEventBus bus;
  auto exporter = make_langfuse_exporter(options_for(receiver));
  ASSERT_TRUE(exporter.ok());
  const auto id = bus.add_exporter(*std::move(exporter));
  ASSERT_TRUE(id.ok());
  bus.emit({.event_type = "llm_call", .agent_name = "bull"});
  bus.flush(kLong).IgnoreError();
  ASSERT_TRUE(eventually([&] { return stats_of(bus, *id).in_flight == 0; }));
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(count(stats.dropped, DropReason::kExportFailed), 1u);
  EXPECT_THAT(stats.last_error, HasSubstr("answered 401"));
  EXPECT_THAT(stats.last_error, Not(HasSubstr("lf-")));
  EXPECT_THAT(stats.last_error, Not(HasSubstr("cGst")));
}

TEST(LangfuseSpec, TheEnvironmentSaysKeysAddressEnvironmentAndRelease) {
  const TraceReceiver receiver;
  const TemporaryVariables variables{
      {"LANGFUSE_PUBLIC_KEY", "pk-lf-1"},          {"LANGFUSE_SECRET_KEY", "sk-lf-2"},
      {"LANGFUSE_HOST", "http://127.0.0.1:1"},     {"LANGFUSE_BASE_URL", receiver.url()},
      {"LANGFUSE_TRACING_ENVIRONMENT", "staging"}, {"LANGFUSE_RELEASE", "v2.1"}};
  TraceEventBus bus;
  ExporterFactory factory = ExporterFactory::with_builtin();
  add_otlp_backends(factory);
  auto exporter = factory.make("langfuse");
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  ASSERT_TRUE(bus.add_exporter(*std::move(exporter)).ok());
  bus.emit({.event_type = "llm_call", .agent_name = "bull", .payload = {{"model", "m"}}});
  ASSERT_TRUE(bus.flush(kLong).ok());
  const otlp::Span span = receiver.span("chat m");
  EXPECT_EQ(at(span, "langfuse.environment"), "staging");
  EXPECT_EQ(at(span, "langfuse.release"), "v2.1");
  EXPECT_THAT(receiver.heads().front(), HasSubstr("cGstbGYtMTpzay1sZi0y"));
}

TEST(LangfuseSpec, AnEnvironmentThatLangfuseDoesNotTakeIsRefused) {
  const TraceReceiver receiver;
  for (const char* const name : {"Production", "langfuse-x", "a b", "a\nb"}) {
    LangfuseOptions options = options_for(receiver);
    options.spans.environment = name;
    EXPECT_THAT(std::string(make_langfuse_exporter(options).status().message()),
                HasSubstr("LANGFUSE_TRACING_ENVIRONMENT"));
  }
  LangfuseOptions options = options_for(receiver);
  options.spans.environment = std::string(41, 'a');
  EXPECT_FALSE(make_langfuse_exporter(options).ok());
}

}  // namespace
}  // namespace tracebus::testing
