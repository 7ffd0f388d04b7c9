// SPDX-License-Identifier: Apache-2.0
//
// Row 65: OpenLLMetry's names become OpenInference's.
#include "tracebus/exporters/openllmetry_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tracebus/exporters/openllmetry_names.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

std::string payload_of(const EventView& event) {
  std::string json;
  append_json_payload(json, event);
  return json;
}

std::string normalised(const TraceEvent& event, bool with_content = true) {
  EventMaker maker;
  maker.add(event, with_content);
  Received received;
  ProcessingExporter exporter(chain_of(std::make_unique<OpenLlmetryProcessor>()),
                              std::make_unique<NotingExporter>(received));
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).lost(), 0u);
  return payload_of(received.events.at(0).view());
}

TEST(OpenLlmetryProcessor, Row65_AnLlmSpanAsItsInstrumentationWritesIt) {
  const TraceEvent event = {.payload = {{"gen_ai.system", "OpenAI"},
                                        {"gen_ai.request.model", "gpt-4o"},
                                        {"llm.request.type", "chat"},
                                        {"gen_ai.prompt.0.role", "user"},
                                        {"gen_ai.prompt.0.content", "Tell me a joke"},
                                        {"gen_ai.completion.0.role", "assistant"},
                                        {"gen_ai.completion.0.tool_calls.1.name", "search"},
                                        {"gen_ai.completion.0.tool_calls.1.arguments", "{}"},
                                        {"gen_ai.completion.0.tool_calls.1.id", "call_1"},
                                        {"gen_ai.completion.0.finish_reason", "tool_calls"},
                                        {"gen_ai.usage.prompt_tokens", 12},
                                        {"gen_ai.usage.completion_tokens", 30},
                                        {"llm.usage.total_tokens", 42},
                                        {"gen_ai.usage.cache_read_input_tokens", 4},
                                        {"llm.request.functions.0.name", "search"},
                                        {"llm.response.finish_reason", "stop"},
                                        {"gen_ai.request.temperature", 0.5}}};
  EXPECT_EQ(normalised(event),
            R"({"llm.provider":"OpenAI","llm.model_name":"gpt-4o",)"
            R"("openinference.span.kind":"LLM",)"
            R"("llm.input_messages.0.message.role":"user",)"
            R"("llm.input_messages.0.message.content":"Tell me a joke",)"
            R"("llm.output_messages.0.message.role":"assistant",)"
            R"("llm.output_messages.0.message.tool_calls.1.tool_call.function.name":"search",)"
            R"("llm.output_messages.0.message.tool_calls.1.tool_call.function.arguments":"{}",)"
            R"("llm.output_messages.0.message.tool_calls.1.tool_call.id":"call_1",)"
            R"("llm.output_messages.0.message.finish_reason":"tool_calls",)"
            R"("llm.token_count.prompt":12,"llm.token_count.completion":30,)"
            R"("llm.token_count.total":42,"llm.token_count.prompt_details.cache_read":4,)"
            R"("llm.tools.0.tool.name":"search","llm.finish_reason":"stop",)"
            R"("gen_ai.request.temperature":0.5})");
}

TEST(OpenLlmetryProcessor, AnAgentSpanWithItsProperties) {
  const TraceEvent event = {.payload = {{"traceloop.entity.name", "planner"},
                                        {"traceloop.span.kind", "agent"},
                                        {"traceloop.entity.input", R"({"q":1})"},
                                        {"traceloop.entity.output", R"("yes")"},
                                        {"traceloop.association.properties.session_id", "s-1"},
                                        {"traceloop.association.properties.user_id", "u-1"},
                                        {"traceloop.association.properties.team \"x\"", "blue"},
                                        {"traceloop.association.properties.tries", 2},
                                        {"traceloop.prompt.template", "Hi {name}"},
                                        {"traceloop.prompt.template_variables", R"({"name":"Bo"})"},
                                        {"traceloop.prompt.version", 3}}};
  EXPECT_EQ(normalised(event), R"({"agent.name":"planner","openinference.span.kind":"AGENT",)"
                               R"("input.value":"{\"q\":1}","input.mime_type":"application/json",)"
                               R"("output.value":"\"yes\"","output.mime_type":"application/json",)"
                               R"("session.id":"s-1","user.id":"u-1",)"
                               R"("llm.prompt_template.template":"Hi {name}",)"
                               R"("llm.prompt_template.variables":"{\"name\":\"Bo\"}",)"
                               R"("llm.prompt_template.version":3,)"
                               R"("metadata":"{\"team \\\"x\\\"\":\"blue\",\"tries\":2}"})");
}

TEST(OpenLlmetryProcessor, KindsAndNamesOfEntities) {
  const auto of_kind = [](std::string_view kind) {
    return normalised({.payload = {{"traceloop.span.kind", kind}, {"traceloop.entity.name", "e"}}});
  };
  EXPECT_EQ(of_kind("tool"), R"({"openinference.span.kind":"TOOL","tool.name":"e"})");
  EXPECT_EQ(of_kind("task"), R"({"openinference.span.kind":"CHAIN","traceloop.entity.name":"e"})");
  EXPECT_EQ(of_kind("workflow"),
            R"({"openinference.span.kind":"CHAIN","traceloop.entity.name":"e"})");
  EXPECT_EQ(of_kind("new"), R"({"traceloop.span.kind":"new","traceloop.entity.name":"e"})");
  EXPECT_EQ(normalised({.payload = {{"llm.request.type", "embedding"}}}),
            R"({"openinference.span.kind":"EMBEDDING"})");
  EXPECT_EQ(normalised({.payload = {{"llm.request.type", "rerank"}}}),
            R"({"openinference.span.kind":"RERANKER"})");
}

TEST(OpenLlmetryProcessor, WhatIsThereAlreadyIsNeverOverwritten) {
  EXPECT_EQ(normalised({.payload = {{"gen_ai.usage.prompt_tokens", 1},
                                    {"gen_ai.usage.input_tokens", 2},
                                    {"llm.token_count.completion", 3},
                                    {"gen_ai.usage.output_tokens", 4},
                                    {"metadata", "{}"},
                                    {"traceloop.association.properties.a", "b"},
                                    {"gen_ai.prompt.0.role", "user"},
                                    {"llm.input_messages.0.message.role", "human"}}}),
            R"({"llm.token_count.prompt":1,"gen_ai.usage.input_tokens":2,)"
            R"("llm.token_count.completion":3,"gen_ai.usage.output_tokens":4,)"
            R"("metadata":"{}","traceloop.association.properties.a":"b",)"
            R"("gen_ai.prompt.0.role":"user","llm.input_messages.0.message.role":"human"})");
}

TEST(OpenLlmetryProcessor, EveryRowOfTheTableIsFollowed) {
  for (const openllmetry::Row& row : openllmetry::kRows) {
    if (row.kind != openllmetry::Kind::kRename && row.kind != openllmetry::Kind::kJson) continue;
    const std::string json = normalised({.payload = {{row.from, "v"}}});
    EXPECT_THAT(json, ::testing::StartsWith("{\"" + std::string(row.to) + "\":\"v\"")) << row.from;
  }
}

TEST(OpenLlmetryProcessor, MessagesNeedTheGrantOfContent) {
  EXPECT_EQ(normalised({.payload = {{"gen_ai.prompt.0.content", "secret"},
                                    {"traceloop.entity.input", "secret"},
                                    {"gen_ai.system", "OpenAI"}}},
                       false),
            R"({"llm.provider":"OpenAI"})");
}

TEST(OpenLlmetryProcessor, OddNamesAndOtherEventsStayAsTheyAre) {
  const TraceEvent odd = {.payload = {{"gen_ai.prompt.x.role", 1},
                                      {"gen_ai.prompt.0", 2},
                                      {"gen_ai.prompt.", 3},
                                      {"gen_ai.promptly", 4}}};
  EXPECT_EQ(normalised(odd), R"({"gen_ai.prompt.x.role":1,"gen_ai.prompt.0":2,"gen_ai.prompt.":3,)"
                             R"("gen_ai.promptly":4})");
  EventMaker maker = numbered_events(1);
  const char* const record = maker.batch().events[0].record();
  Received received;
  bool same = false;
  ProcessingExporter exporter(chain_of(std::make_unique<OpenLlmetryProcessor>(),
                                       stub([&](const EventView& event, ProcessorOutput&) {
                                         same = event.record() == record;
                                       })),
                              std::make_unique<NotingExporter>(received));
  exporter.export_batch(maker.batch(), in_a_second());
  EXPECT_TRUE(same);
}

}  // namespace
}  // namespace tracebus::testing
