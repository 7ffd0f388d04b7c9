// SPDX-License-Identifier: Apache-2.0
//
// An exporter's receiver is told events in the vocabulary that was chosen for it.
#include "tracebus/exporters/profile_processor.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/exporters/processor_spec.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

OwnedEvent told(Profile profile, const TraceEvent& event, bool with_content = true) {
  EventMaker maker;
  maker.add(event, with_content);
  Received received;
  ProcessingExporter exporter(chain_of(std::make_unique<ProfileProcessor>(profile)),
                              std::make_unique<NotingExporter>(received));
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).lost(), 0u);
  return std::move(received.events.at(0));
}

std::string payload_told(Profile profile, const TraceEvent& event, bool with_content = true) {
  std::string json;
  append_json_payload(json, told(profile, event, with_content).view());
  return json;
}

TraceEvent llm_call() {
  return {.event_type = "llm_call_end",
          .agent_name = "bull",
          .pattern_type = "debate",
          .payload = {{"span.kind", "LLM"},
                      {"span.status", "ok"},
                      {"duration_ms", 1.5},
                      {"span.name", "gpt-4o"},
                      {"model", "gpt-4o"},
                      {"provider", "openai"},
                      {"input_tokens", 450},
                      {"finish_reason", "stop"},
                      {"cost_usd", 0.25},
                      {"color", "blue"}}};
}

TEST(ProfileProcessorTest, ACallInTheWordsOfOpenTelemetry) {
  EXPECT_EQ(payload_told(Profile::kGenAi, llm_call()),
            R"({"span.kind":"LLM","span.status":"ok","duration_ms":1.5,)"
            R"("span.name":"chat gpt-4o","gen_ai.request.model":"gpt-4o",)"
            R"("gen_ai.provider.name":"openai","gen_ai.usage.input_tokens":450,)"
            R"("gen_ai.response.finish_reasons":["stop"],"cost_usd":0.25,"color":"blue",)"
            R"("gen_ai.agent.name":"bull","gen_ai.workflow.name":"debate",)"
            R"("gen_ai.operation.name":"chat"})");
}

TEST(ProfileProcessorTest, ACallInTheWordsOfOpenInference) {
  EXPECT_EQ(payload_told(Profile::kPlyra, llm_call()),
            R"({"span.kind":"LLM","span.status":"ok","duration_ms":1.5,"span.name":"gpt-4o",)"
            R"("llm.model_name":"gpt-4o","llm.provider":"openai","llm.token_count.prompt":450,)"
            R"("llm.finish_reason":"stop","llm.cost.total":0.25,"color":"blue",)"
            R"("agent.name":"bull","agent.pattern":"debate","plyra.span.kind":"LLM",)"
            R"("openinference.span.kind":"LLM"})");
}

TEST(ProfileProcessorTest, FieldsOfASpanAreSaidTwiceSoThatOurReadersKnowItStill) {
  EXPECT_EQ(payload_told(Profile::kPyagent, llm_call()),
            R"({"span.kind":"LLM","span.status":"ok","duration_ms":1.5,)"
            R"("pyagent.exec.duration_ms":1.5,"span.name":"pyagent.llm_call",)"
            R"("pyagent.cost.model":"gpt-4o","provider":"openai",)"
            R"("pyagent.cost.input_tokens":450,"finish_reason":"stop",)"
            R"("pyagent.cost.total_usd":0.25,"color":"blue","pyagent.agent.name":"bull",)"
            R"("pyagent.pattern.type":"debate"})");
}

// Row 35: OpenInference has no guards of the seed's name, and no routers.
TEST(ProfileProcessorTest, Row35_KindsThatOpenInferenceDoesNotHave) {
  EXPECT_EQ(payload_told(Profile::kPlyra, {.payload = {{"span.kind", "GUARD"}}}),
            R"({"span.kind":"GUARD","plyra.span.kind":"GUARD",)"
            R"("openinference.span.kind":"GUARDRAIL"})");
  EXPECT_EQ(payload_told(Profile::kPlyra, {.payload = {{"span.kind", "ROUTER"}}}),
            R"({"span.kind":"ROUTER","plyra.span.kind":"ROUTER",)"
            R"("openinference.span.kind":"CHAIN"})");
}

TEST(ProfileProcessorTest, WhatIsThereAlreadyIsNeverOverwritten) {
  EXPECT_EQ(payload_told(Profile::kGenAi, {.agent_name = "bull",
                                           .payload = {{"model", "a"},
                                                       {"gen_ai.request.model", "b"},
                                                       {"span.kind", "AGENT"},
                                                       {"gen_ai.agent.name", "own"},
                                                       {"operation", "create_agent"}}}),
            R"({"model":"a","gen_ai.request.model":"b","span.kind":"AGENT",)"
            R"("gen_ai.agent.name":"own","gen_ai.operation.name":"create_agent"})");
}

TEST(ProfileProcessorTest, OfTwoThatBecomeOneTheFirstDoes) {
  EXPECT_EQ(payload_told(Profile::kPyagent, {.payload = {{"execution_ms", 1}, {"duration_ms", 2}}}),
            R"({"pyagent.exec.duration_ms":1,"duration_ms":2})");
}

TEST(ProfileProcessorTest, EventsThatAreNoSpansHaveTheirAttributesTold) {
  const OwnedEvent event = told(Profile::kExo, {.event_type = "cost_record",
                                                .agent_name = "bull",
                                                .payload = {{"cost_usd", 0.5}, {"color", 1}}});
  EXPECT_EQ(event.view().event_type(), "cost_record");
  EXPECT_EQ(event.view().agent_name(), "bull");
  std::string json;
  append_json_payload(json, event.view());
  EXPECT_EQ(json, R"({"exo.cost.total_usd":0.5,"color":1})");
}

TEST(ProfileProcessorTest, NoContentWithoutItsGrant) {
  AttributeKey::registered_content("input.value");
  const TraceEvent event = {.payload = {{"input.value", "secret"}, {"span.kind", "LLM"}}};
  EXPECT_EQ(payload_told(Profile::kGenAi, event, false),
            R"({"span.kind":"LLM","gen_ai.operation.name":"chat"})");
  EXPECT_NE(payload_told(Profile::kGenAi, event).find("secret"), std::string::npos);
}

TEST(ProfileProcessorTest, IsChosenByItsName) {
  for (std::size_t i = 0; i < kProfileCount; ++i) {
    EXPECT_TRUE(make_processor("profile=" + std::string(to_string(static_cast<Profile>(i)))).ok());
  }
  for (const char* const spec : {"profile", "profile=", "profile=genai"}) {
    const auto made = make_processor(spec);
    ASSERT_FALSE(made.ok());
    EXPECT_NE(made.status().message().find("gen_ai, gen_ai_dev"), absl::string_view::npos)
        << made.status();
  }
  std::string_view spec = "profile=plyra|jsonl:a|b";
  EXPECT_EQ(take_processors(spec)->size(), 1u);
  EXPECT_EQ(spec, "jsonl:a|b");
}

}  // namespace
}  // namespace tracebus::testing
