// SPDX-License-Identifier: Apache-2.0
//
// Row 17: what Langfuse is told of a span. The judge is libprotobuf, which reads what becomes of
// the span in OTLP.
#include "tracebus/exporters/langfuse_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/otlp/otlp_encoder.h"
#include "tracebus/exporters/processor_spec.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"
#include "tracebus/tests/otlp/otlp_reader.h"
#include "tracebus/tests/otlp_http/trace_receiver.h"

namespace tracebus::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr std::string_view kType = "langfuse.observation.type";
constexpr std::string_view kUsage = "langfuse.observation.usage_details";

template <class Id>
Id id_of(std::uint8_t first) {
  Id id;
  for (auto& byte : id.bytes) byte = first++;
  return id;
}

EventIds child_ids() {
  return {id_of<RunId>(0x40), id_of<TraceId>(0x40), id_of<SpanId>(0x10), id_of<SpanId>(0x20)};
}
EventIds root_ids() { return {id_of<RunId>(0x40), id_of<TraceId>(0x40), id_of<SpanId>(0x10), {}}; }

// The end of a span, below another one.
TraceEvent end_of(SpanKind kind, Payload payload, std::string_view name = "name") {
  TraceEvent event = {.timestamp = Timestamp{1'749'479'521, 500'000'000},
                      .event_type = entry_of(kind).end.name(),
                      .agent_name = "bull",
                      .pattern_type = "debate",
                      .payload = {{"span.kind", to_string(kind)},
                                  {"span.status", "ok"},
                                  {"duration_ms", 1500.0},
                                  {"span.name", name}},
                      .ids = child_ids()};
  for (const Attribute& attribute : payload) event.payload.add(attribute);
  return event;
}

otlp::Span span_of(const TraceEvent& event, bool with_content = true,
                   LangfuseProcessorOptions options = {}) {
  EventMaker maker;
  maker.add(event, with_content);
  Received received;
  ProcessingExporter exporter(chain_of(std::make_unique<LangfuseProcessor>(std::move(options))),
                              std::make_unique<NotingExporter>(received));
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).lost(), 0u);
  const std::vector<EventView> views = {received.events.at(0).view()};
  OtlpEncoder encoder;
  EXPECT_EQ(encoder.encode({.events = views}).processed, 0u);
  return read_span(encoder.spans().units(0, 1));
}

SpanTexts told(const TraceEvent& event, bool with_content = true,
               LangfuseProcessorOptions options = {}) {
  return texts_of(span_of(event, with_content, std::move(options)).attributes());
}

std::string at(const SpanTexts& texts, std::string_view key) {
  const auto found = texts.find(std::string(key));
  return found == texts.end() ? "(none)" : found->second;
}

TEST(LangfuseProcessor, Row17_EachKindOfSpanIsItsTypeOfObservation) {
  const std::pair<SpanKind, std::string_view> kTypes[] = {
      {SpanKind::kAgent, "agent"},     {SpanKind::kTool, "tool"},
      {SpanKind::kGuard, "guardrail"}, {SpanKind::kLlm, "generation"},
      {SpanKind::kChain, "chain"},     {SpanKind::kRetriever, "retriever"},
      {SpanKind::kRouter, "chain"},    {SpanKind::kEmbedding, "embedding"},
      {SpanKind::kPattern, "chain"},   {SpanKind::kMemory, "span"},
      {SpanKind::kDecision, "span"},
  };
  static_assert(std::size(kTypes) == kSpanKinds);
  for (const auto& [kind, type] : kTypes) {
    EXPECT_EQ(at(told(end_of(kind, {})), kType), type) << to_string(kind);
  }
}

TEST(LangfuseProcessor, Row17_AGenerationHasModelParametersUsageAndCost) {
  const SpanTexts texts = told(end_of(SpanKind::kLlm, {{"model", "gpt-4o"},
                                                       {"provider", "openai"},
                                                       {"temperature", 0.25},
                                                       {"max_tokens", 512},
                                                       {"stop_sequences", Value::array({"END"})},
                                                       {"input_tokens", 450},
                                                       {"output_tokens", 120},
                                                       {"cost_usd", 0.0125}}));
  EXPECT_EQ(at(texts, "langfuse.observation.model.name"), "gpt-4o");
  EXPECT_EQ(at(texts, "langfuse.observation.model.parameters"),
            R"({"temperature":0.25,"max_tokens":512,"stop_sequences":["END"]})");
  EXPECT_EQ(at(texts, kUsage), R"({"input":450,"output":120,"total":570})");
  EXPECT_EQ(at(texts, "langfuse.observation.cost_details"), R"({"total":0.0125})");
  EXPECT_EQ(at(texts, "gen_ai.operation.name"), "chat");
  EXPECT_EQ(at(texts, "gen_ai.provider.name"), "openai");
  // Once, and by its own words.
  EXPECT_THAT(texts, Not(Contains(Key(HasSubstr("gen_ai.usage")))));
  EXPECT_THAT(texts, Not(Contains(Key(HasSubstr("gen_ai.request")))));
}

TEST(LangfuseProcessor, TheModelThatAnsweredIsTheModel) {
  const SpanTexts texts =
      told(end_of(SpanKind::kLlm, {{"model", "gpt-4o"}, {"response_model", "gpt-4o-2024-08-06"}}));
  EXPECT_EQ(at(texts, "langfuse.observation.model.name"), "gpt-4o-2024-08-06");
  EXPECT_EQ(at(texts, "langfuse.observation.metadata.model"), "gpt-4o");
}

// Langfuse adds up what all observations say: sums would count twice.
TEST(LangfuseProcessor, SumsOnSpansThatCallNoModelAreMetadataAndNoUsage) {
  for (const SpanKind kind : {SpanKind::kAgent, SpanKind::kPattern, SpanKind::kTool,
                              SpanKind::kRouter, SpanKind::kChain}) {
    const SpanTexts texts = told(end_of(kind, {{"model", "gpt-4o"},
                                               {"input_tokens", 450},
                                               {"output_tokens", 120},
                                               {"cost_usd", 0.0125}}));
    EXPECT_THAT(texts, Not(Contains(Key(HasSubstr("_details")))));
    EXPECT_THAT(texts, Not(Contains(Key(HasSubstr("gen_ai.usage")))));
    EXPECT_THAT(texts, Not(Contains(Key(HasSubstr("model.name")))));
    EXPECT_THAT(texts, Not(Contains(Key(HasSubstr("request.model")))));
    EXPECT_EQ(at(texts, "langfuse.observation.metadata.input_tokens"), "450");
    EXPECT_EQ(at(texts, "langfuse.observation.metadata.cost_usd"), "0.012500");
    EXPECT_EQ(at(texts, "langfuse.observation.metadata.model"), "gpt-4o");
  }
}

TEST(LangfuseProcessor, UsersAsk16_CachedTokensAndReasoningAreShownAndCountedOnce) {
  EXPECT_EQ(at(told(end_of(SpanKind::kLlm, {{"input_tokens", 48'183},
                                            {"output_tokens", 714},
                                            {"cache_read_input_tokens", 47'105},
                                            {"cache_creation_input_tokens", 1'076},
                                            {"reasoning_tokens", 500}})),
               kUsage),
            R"({"input_cached_tokens":47105,"input_cache_creation":1076,)"
            R"("output_reasoning_tokens":500,"input":2,"output":214,"total":48897})");
  for (const char* const total : {"total_tokens", "tokens", "token_count"}) {
    EXPECT_EQ(at(told(end_of(SpanKind::kLlm, {{total, 42}})), kUsage), R"({"total":42})");
  }
}

// The numbers of a JSON object of numbers.
std::map<std::string, std::int64_t> numbers_of(const std::string& json) {
  std::map<std::string, std::int64_t> numbers;
  for (std::size_t name = json.find('"'); name != json.npos; name = json.find('"', name)) {
    const std::size_t end = json.find('"', name + 1);
    numbers[json.substr(name + 1, end - name - 1)] = std::stoll(json.substr(end + 2));
    name = end + 1;
  }
  return numbers;
}

TEST(LangfuseProcessor, UsersAsk16_ThePartsOfAnyUsageAddUpToItsTotal) {
  std::mt19937_64 random(20261122);
  for (int round = 0; round < 2000; ++round) {
    Payload payload;
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::int64_t cached = 0;
    const auto maybe = [&](std::string_view key) {
      const auto count = static_cast<std::int64_t>(random() % 1000);
      if (random() % 4 == 0) return std::int64_t{0};
      payload.add(key, count);
      return count;
    };
    input = maybe("input_tokens");
    output = maybe("output_tokens");
    cached = maybe("cache_read_input_tokens");
    cached += maybe("cache_creation_input_tokens");
    const std::int64_t reasoning = maybe("reasoning_tokens");
    const std::string usage = at(told(end_of(SpanKind::kLlm, payload)), kUsage);
    if (payload.empty()) continue;
    std::int64_t sum = 0;
    std::int64_t total = -1;
    for (const auto& [name, count] : numbers_of(usage)) {
      EXPECT_GE(count, 0) << usage;
      (name == "total" ? total : sum) += count + (name == "total" ? 1 : 0);
    }
    EXPECT_EQ(sum, total) << usage;
    EXPECT_EQ(total, std::max(input, cached) + std::max(output, reasoning)) << usage;
  }
}

TEST(LangfuseProcessor, NumbersThatLangfuseWouldRefuseAreMetadataAndSinkNothing) {
  const SpanTexts texts =
      told(end_of(SpanKind::kLlm, {{"input_tokens", -1},
                                   {"prompt_tokens", 30},
                                   {"output_tokens", 12.5},
                                   {"reasoning_tokens", std::numeric_limits<double>::infinity()},
                                   {"total_tokens", std::int64_t{1} << 60},
                                   {"cost_usd", std::nan("")},
                                   {"input_cost", -0.5},
                                   {"output_cost", 0.5}}));
  EXPECT_EQ(at(texts, kUsage), R"({"input":30,"total":30})");
  EXPECT_EQ(at(texts, "langfuse.observation.cost_details"), R"({"output":0.5})");
  EXPECT_EQ(at(texts, "langfuse.observation.metadata.input_tokens"), "-1");
  EXPECT_EQ(at(texts, "langfuse.observation.metadata.output_tokens"), "12.500000");
}

TEST(LangfuseProcessor, WhatIsSaidOfTheTraceIsSaidOnEachOfItsSpans) {
  const Payload payload = {{"session.id", "s-1"},
                           {"user.id", "u-1"},
                           {"tag.tags", Value::array({"night", "canary"})},
                           {"metadata", R"({"tenant":"acme"})"},
                           {"workflow", "checkout"}};
  for (const SpanKind kind : {SpanKind::kTool, SpanKind::kLlm, SpanKind::kAgent}) {
    const SpanTexts texts = told(end_of(kind, payload), true,
                                 {.environment = "staging", .release = "v2.1", .version = "7"});
    EXPECT_EQ(at(texts, "langfuse.session.id"), "s-1");
    EXPECT_EQ(at(texts, "langfuse.user.id"), "u-1");
    EXPECT_EQ(at(texts, "langfuse.trace.tags"), "[night, canary]");
    EXPECT_EQ(at(texts, "langfuse.trace.metadata"), R"({"tenant":"acme"})");
    EXPECT_EQ(at(texts, "langfuse.trace.name"), "checkout");
    EXPECT_EQ(at(texts, "langfuse.environment"), "staging");
    EXPECT_EQ(at(texts, "langfuse.release"), "v2.1");
    EXPECT_EQ(at(texts, "langfuse.version"), "7");
    EXPECT_THAT(texts, Not(Contains(Key("gen_ai.conversation.id")))) << "it is said already";
  }
}

TEST(LangfuseProcessor, TextsOfOthersForTheTraceCountAsWell) {
  const SpanTexts texts =
      told(end_of(SpanKind::kTool, {{"session_id", 17},
                                    {"user_id", "u-1"},
                                    {"tags", "night"},
                                    {"metadata", Value::object({{"a", Value::array({1})}})}}));
  EXPECT_EQ(at(texts, "langfuse.session.id"), "17");
  EXPECT_EQ(at(texts, "langfuse.user.id"), "u-1");
  EXPECT_EQ(at(texts, "langfuse.trace.tags"), "night");
  EXPECT_EQ(at(texts, "langfuse.trace.metadata"), R"({"a":[1]})");
  const SpanTexts nothing =
      told(end_of(SpanKind::kTool,
                  {{"session.id", ""}, {"tag.tags", Value::array({})}, {"metadata", "not JSON"}}));
  EXPECT_THAT(nothing, Not(Contains(Key(HasSubstr("session")))));
  EXPECT_THAT(nothing, Not(Contains(Key(HasSubstr("tags")))));
  EXPECT_EQ(at(nothing, "langfuse.observation.metadata.metadata"), "not JSON");
}

TEST(LangfuseProcessor, Row17_TheRootNamesItsTrace) {
  const auto name_of = [](SpanKind kind, std::string_view name, EventIds ids) {
    TraceEvent event = end_of(kind, {}, name);
    event.ids = ids;
    return at(told(event), "langfuse.trace.name");
  };
  EXPECT_EQ(name_of(SpanKind::kPattern, "debate", root_ids()), "debate");
  EXPECT_EQ(name_of(SpanKind::kPattern, "", root_ids()), "unknown_pattern");
  EXPECT_EQ(name_of(SpanKind::kAgent, "bull", root_ids()), "bull");
  EXPECT_EQ(name_of(SpanKind::kAgent, "", root_ids()), "(none)");
  EXPECT_EQ(name_of(SpanKind::kPattern, "debate", child_ids()), "(none)");
}

TEST(LangfuseProcessor, Row17_InputAndOutputAreToldWhereContentWasGranted) {
  const auto io_of = [](SpanKind kind, Payload payload, bool with_content) {
    const SpanTexts texts = told(end_of(kind, std::move(payload)), with_content);
    return at(texts, "langfuse.observation.input") + " > " +
           at(texts, "langfuse.observation.output");
  };
  const Payload call = {
      {"messages", Value::array({Value::object({{"role", "user"}, {"content", "hi"}})})},
      {"response", "hello"}};
  EXPECT_EQ(io_of(SpanKind::kLlm, call, true), R"([{"role":"user","content":"hi"}] > hello)");
  EXPECT_EQ(io_of(SpanKind::kLlm, call, false), "(none) > (none)");
  const Payload tool = {{"tool.arguments", R"({"city":"Rome"})"}, {"tool.result", 21}};
  EXPECT_EQ(io_of(SpanKind::kTool, tool, true), R"({"city":"Rome"} > 21)");
  EXPECT_EQ(io_of(SpanKind::kTool, tool, false), "(none) > (none)");
  EXPECT_EQ(io_of(SpanKind::kAgent, {{"input.value", "in"}, {"output.value", "out"}}, true),
            "in > out");
  EXPECT_EQ(io_of(SpanKind::kAgent, {{"input", "in"}, {"output", "out"}}, true), "in > out");
}

TEST(LangfuseProcessor, NothingThatWasSaidIsToldWithoutAGrant) {
  const TraceEvent event = end_of(SpanKind::kLlm, {{"messages", "secret"},
                                                   {"response", "secret"},
                                                   {"input.value", "secret"},
                                                   {"langfuse.observation.input", "secret"},
                                                   {"langfuse.trace.output", "secret"},
                                                   {"task_preview", "secret"}});
  EXPECT_THAT(span_of(event, false).SerializeAsString(), Not(HasSubstr("secret")));
  EXPECT_THAT(span_of(event, true).SerializeAsString(), HasSubstr("secret"));
}

TEST(LangfuseProcessor, UsersAsk15_AnInputThatIsTooLongIsCutSaysSoAndStaysJson) {
  const std::string text(5000, 'x');
  const LangfuseProcessorOptions options = {.value_bytes_max = 1000};
  const SpanTexts texts =
      told(end_of(SpanKind::kLlm, {{"messages", Value::array({Value::object({{"content", text}})})},
                                   {"response", text}}),
           true, options);
  const std::string input = at(texts, "langfuse.observation.input");
  EXPECT_LE(input.size(), 1000u);
  EXPECT_THAT(input, ::testing::StartsWith(R"([{"content":"xxx)"));
  EXPECT_THAT(input, ::testing::EndsWith(R"(xxx"}])"));
  EXPECT_EQ(at(texts, "langfuse.observation.output"), text.substr(0, 1000));
  EXPECT_EQ(at(texts, "langfuse.observation.metadata.output_truncated_bytes"), "4000");
  EXPECT_THAT(texts, Contains(Key("langfuse.observation.metadata.input_truncated_bytes")));
}

TEST(LangfuseProcessor, HowASpanEndedIsItsLevel) {
  TraceEvent failed = end_of(SpanKind::kTool, {{"span.status_message", "no route"}});
  Payload payload;
  for (const Attribute& attribute : failed.payload) {
    payload.add(attribute.key, attribute.key == "span.status" ? Value("error") : attribute.value);
  }
  failed.payload = payload;
  const otlp::Span span = span_of(failed);
  EXPECT_EQ(span.status().code(), 2);
  const SpanTexts texts = texts_of(span.attributes());
  EXPECT_EQ(at(texts, "langfuse.observation.level"), "ERROR");
  EXPECT_EQ(at(texts, "langfuse.observation.status_message"), "no route");
  const SpanTexts unfinished = told(end_of(SpanKind::kTool, {{"unfinished", true}}));
  EXPECT_EQ(at(unfinished, "langfuse.observation.level"), "WARNING");
  EXPECT_THAT(at(unfinished, "langfuse.observation.status_message"), HasSubstr("unfinished"));
  EXPECT_THAT(told(end_of(SpanKind::kTool, {})), Not(Contains(Key(HasSubstr("level")))));
}

TEST(LangfuseProcessor, WhenAnAnswerBeganIsATime) {
  const auto began = [](const Value& seconds) {
    return at(told(end_of(SpanKind::kLlm, {{"time_to_first_chunk_seconds", seconds}})),
              "langfuse.observation.completion_start_time");
  };
  // It ends at 14:32:01.5 and took 1.5 seconds.
  EXPECT_EQ(began(0.25), "2025-06-09T14:32:00.250000Z");
  EXPECT_EQ(began(0), "2025-06-09T14:32:00.000000Z");
  EXPECT_EQ(began(2.0), "(none)") << "after its end";
  EXPECT_EQ(began(-1), "(none)");
  EXPECT_EQ(began(std::nan("")), "(none)");
  EXPECT_EQ(began("soon"), "(none)");
}

TEST(LangfuseProcessor, WhatCallersSayInLangfusesWordsStays) {
  const SpanTexts texts =
      told(end_of(SpanKind::kLlm, {{"langfuse.observation.type", "evaluator"},
                                   {"langfuse.observation.usage_details", R"({"input":1})"},
                                   {"langfuse.observation.model.name", "mine"},
                                   {"langfuse.trace.name", "named"},
                                   {"langfuse.trace.public", true},
                                   {"langfuse.observation.prompt.name", "greeting"},
                                   {"langfuse.environment", "own"},
                                   {"langfuse.observation.input", "mine"},
                                   {"input.value", "other"},
                                   {"workflow", "checkout"},
                                   {"model", "gpt-4o"},
                                   {"input_tokens", 450}}),
           true, {.environment = "staging"});
  EXPECT_EQ(at(texts, kType), "evaluator");
  EXPECT_EQ(at(texts, kUsage), R"({"input":1})");
  EXPECT_EQ(at(texts, "langfuse.observation.model.name"), "mine");
  EXPECT_EQ(at(texts, "langfuse.trace.name"), "named");
  EXPECT_EQ(at(texts, "langfuse.trace.public"), "true");
  EXPECT_EQ(at(texts, "langfuse.observation.prompt.name"), "greeting");
  EXPECT_EQ(at(texts, "langfuse.environment"), "own");
  EXPECT_EQ(at(texts, "langfuse.observation.input"), "mine");
  EXPECT_EQ(at(texts, "gen_ai.input.messages"), "other") << "nothing is lost by it";
}

TEST(LangfuseProcessor, Row16_WhatHasNoPlaceIsMetadataUnlessAVocabularyHasAWordForIt) {
  const SpanTexts texts =
      told(end_of(SpanKind::kTool, {{"attempt", 3},
                                    {"zero", 0},
                                    {"plan", Value::object({{"steps", Value::array({1, 2})}})},
                                    {"tool_name", "search"},
                                    {"guard.action", "block"},
                                    {"my.own", 1}}));
  EXPECT_EQ(at(texts, "langfuse.observation.metadata.attempt"), "3");
  EXPECT_EQ(at(texts, "langfuse.observation.metadata.zero"), "0");
  EXPECT_EQ(at(texts, "langfuse.observation.metadata.plan"), R"({"steps":[1,2]})");
  EXPECT_EQ(at(texts, "gen_ai.tool.name"), "search");
  EXPECT_EQ(at(texts, "guard.action"), "block");
  EXPECT_EQ(at(texts, "my.own"), "1");
}

TEST(LangfuseProcessor, ItsTimesNameAndIdsAreTheSpansOwn) {
  const otlp::Span span = span_of(end_of(SpanKind::kLlm, {}, "gpt-4o"));
  EXPECT_EQ(span.name(), "chat gpt-4o");
  EXPECT_EQ(span.end_time_unix_nano(), 1'749'479'521'500'000'000u);
  EXPECT_EQ(span.start_time_unix_nano(), 1'749'479'520'000'000'000u);
  EXPECT_EQ(span.trace_id().size(), 16u);
  EXPECT_EQ(span.parent_span_id().front(), '\x20');
}

TEST(LangfuseProcessor, WhatIsNoEndOfASpanPassesAsItIs) {
  const TraceEvent events[] = {
      {.event_type = "agent_start", .payload = {{"span.kind", "AGENT"}, {"model", "gpt-4o"}}},
      {.event_type = "cost_record", .payload = {{"cost_usd", 0.5}}},
      {.event_type = "x", .payload = {{"span.kind", "NONE"}, {"span.status", "ok"}}},
      {.event_type = "x", .payload = {{"span.kind", 5}, {"span.status", "ok"}}}};
  EventMaker maker;
  for (const TraceEvent& event : events) maker.add(event);
  Received received;
  ProcessingExporter exporter(chain_of(std::make_unique<LangfuseProcessor>()),
                              std::make_unique<NotingExporter>(received));
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).lost(), 0u);
  ASSERT_EQ(received.events.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    std::string before;
    std::string after;
    append_json_event(before, maker.batch().events[i]);
    append_json_event(after, received.events[i].view());
    EXPECT_EQ(before, after);
  }
}

TEST(LangfuseProcessor, ItIsAProfileOfProcessorSpecs) {
  EXPECT_TRUE(make_processor("profile=langfuse").ok());
  EXPECT_THAT(std::string(make_processor("profile=langfuze").status().message()),
              HasSubstr("langfuse"));
}

}  // namespace
}  // namespace tracebus::testing
