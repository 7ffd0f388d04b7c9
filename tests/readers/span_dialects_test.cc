// SPDX-License-Identifier: Apache-2.0
//
// Spans as others write them: what becomes of each, in our words.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tracebus/core/profile.h"
#include "tracebus/readers/read_span.h"
#include "tracebus/tests/readers/read_events.h"

namespace tracebus::test {
namespace {

constexpr std::string_view kTrace = "5b8efff798038103d269b633813fc60c";
constexpr std::string_view kSpan = "eee19b7ec3c1b174";
constexpr std::string_view kParent = "eee19b7ec3c1b173";

bool says(const SeenEvent& event, std::string_view part) {
  return event.payload.find(part) != std::string::npos;
}

std::string otlp_line(std::string_view span) {
  return R"({"resourceSpans":[{"resource":{"attributes":[)"
         R"({"key":"service.name","value":{"stringValue":"shop"}},)"
         R"({"key":"host.name","value":{"stringValue":"h1"}},)"
         R"({"key":"telemetry.sdk.name","value":{"stringValue":"x"}}]},)"
         R"("scopeSpans":[{"scope":{"name":"lib","version":"1.2"},"spans":[)" +
         std::string(span) + "]}]}]}";
}

TEST(OtlpJson, SpanWithAllThatItCanSay) {
  const SeenEvent event = read_one(otlp_line(
      R"({"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",)"
      R"("parentSpanId":"EEE19B7EC3C1B173","name":"chat gpt-4o","kind":3,"traceState":"a=b",)"
      R"("startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661500000001,)"
      R"("attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},)"
      R"({"key":"gen_ai.request.model","value":{"stringValue":"gpt-4o"}},)"
      R"({"key":"gen_ai.usage.input_tokens","value":{"intValue":"450"}},)"
      R"({"key":"gen_ai.usage.output_tokens","value":{"intValue":380}},)"
      R"({"key":"gen_ai.request.temperature","value":{"doubleValue":0.5}},)"
      R"({"key":"gen_ai.response.finish_reasons",)"
      R"("value":{"arrayValue":{"values":[{"stringValue":"stop"}]}}},)"
      R"({"key":"gen_ai.agent.name","value":{"stringValue":"analyst"}},)"
      R"({"key":"mine","value":{"kvlistValue":{"values":[{"key":"deep",)"
      R"("value":{"boolValue":true}}]}}}],)"
      R"("droppedAttributesCount":2,"events":[{"timeUnixNano":"1544712660000000500",)"
      R"("name":"first",)"
      R"("attributes":[{"key":"n","value":{"intValue":"1"}}]}],)"
      R"("links":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"}],)"
      R"("status":{"code":1}})"));
  EXPECT_EQ(event.type, "llm_call_end");
  EXPECT_EQ(event.agent, "analyst");
  EXPECT_EQ(event.trace, kTrace);
  EXPECT_EQ(event.run, kTrace) << "a trace without a run is one";
  EXPECT_EQ(event.span, kSpan);
  EXPECT_EQ(event.parent, kParent);
  EXPECT_EQ(event.time, "2018-12-13T14:51:01.500000001Z");
  EXPECT_EQ(
      event.payload,
      R"({"span.kind":"LLM","span.status":"ok","duration_ms":1500.000001,"span.name":"gpt-4o",)"
      R"("operation":"chat","model":"gpt-4o","input_tokens":450,"output_tokens":380,)"
      R"("temperature":0.5,"finish_reason":"stop","mine":{"deep":true},"otel.span_kind":"client",)"
      R"("otel.trace_state":"a=b","service.name":"shop","resource":{"host.name":"h1"},)"
      R"("otel.scope.name":"lib","otel.scope.version":"1.2",)"
      R"("span.events":[{"offset_ns":500,"name":"first","attributes":{"n":1}}],)"
      R"("span.links":[{"trace_id":"00000000000000000000000000000001",)"
      R"("span_id":"0000000000000002"}],)"
      R"("span.dropped_attributes":2})");
}

TEST(OtlpJson, EnumsByNameAndTheFailureOfAnException) {
  const SeenEvent event = read_one(otlp_line(
      R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"fetch",)"
      R"("kind":"SPAN_KIND_CLIENT","startTimeUnixNano":"1000","endTimeUnixNano":"2000000",)"
      R"("attributes":[{"key":"openinference.span.kind","value":{"stringValue":"TOOL"}}],)"
      R"("events":[{"name":"exception","attributes":[)"
      R"({"key":"exception.type","value":{"stringValue":"TimeoutError"}},)"
      R"({"key":"exception.message","value":{"stringValue":"too slow"}}]}],)"
      R"("status":{"code":"STATUS_CODE_ERROR"}})"));
  EXPECT_EQ(event.type, "tool_error");
  EXPECT_TRUE(says(event, R"("span.status":"error")"));
  EXPECT_TRUE(says(event, R"("span.status_message":"too slow")"));
  EXPECT_TRUE(says(event, R"("error_type":"TimeoutError")"));
  EXPECT_TRUE(says(event, R"("otel.span_kind":"client")"));
}

TEST(OtlpJson, OpenSpansHaveNoEnd) {
  const SeenEvent event = read_one(
      otlp_line(R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",)"
                R"("name":"invoke_agent writer","startTimeUnixNano":"1544712660000000000",)"
                R"("endTimeUnixNano":"0"})"));
  EXPECT_EQ(event.type, "agent_start");
  EXPECT_EQ(event.agent, "writer");
  EXPECT_EQ(event.time, "2018-12-13T14:51:00.000000000Z");
  EXPECT_FALSE(says(event, "duration_ms"));
}

TEST(OtlpJson, WhatIsNoSpanIsABadPartAndItsNeighboursAreRead) {
  const ReadEvents read = read_text(otlp_line(
      R"(7,{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"n",)"
      R"("startTimeUnixNano":"1","endTimeUnixNano":"2"})"));
  EXPECT_EQ(read.events.size(), 1u);
  ASSERT_EQ(read.account.problems.size(), 1u);
  EXPECT_NE(read.account.problems[0].message.find("span"), std::string::npos);
}

TEST(OtlpJson, LogRecordsAreEventsByTheirName) {
  const SeenEvent event = read_one(
      R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1544712660000000000",)"
      R"("severityText":"WARN","body":{"stringValue":"careful"},"eventName":"budget_alert",)"
      R"("traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",)"
      R"("attributes":[{"key":"share","value":{"doubleValue":0.5}}]}]}]}]})");
  EXPECT_EQ(event.type, "budget_alert");
  EXPECT_EQ(event.trace, kTrace);
  EXPECT_EQ(event.time, "2018-12-13T14:51:00.000000000Z");
  EXPECT_EQ(event.payload, R"({"share":0.5,"severity":"WARN","message":"careful"})");
}

TEST(JaegerJson, IdsOfAnyLengthTagsLogsAndProcesses) {
  const ReadEvents read = read_text(
      R"({"data":[{"traceID":"abc","spans":[)"
      R"({"traceID":"abc","spanID":"1","operationName":"agent_run","references":[],)"
      R"("startTime":1544712660000000,"duration":2500000,"processID":"p1",)"
      R"("tags":[{"key":"task.length","value":"3","type":"string"}],"logs":[]},)"
      R"({"traceID":"abc","spanID":"2","operationName":"llm_call",)"
      R"("references":[{"refType":"CHILD_OF","traceID":"abc","spanID":"1"}],)"
      R"("startTime":1544712660000100,"duration":1000,"processID":"p1",)"
      R"("tags":[{"key":"llm.model","value":"gpt-4"},{"key":"llm.prompt_tokens","value":"120"},)"
      R"({"key":"error","value":true},{"key":"span.kind","value":"client"}],)"
      R"("logs":[{"timestamp":1544712660000200,"fields":[{"key":"event","value":"retry"},)"
      R"({"key":"n","value":"1"}]}]}],)"
      R"("processes":{"p1":{"serviceName":"agents","tags":[]}}}]})");
  ASSERT_EQ(read.events.size(), 2u);
  const SeenEvent& agent = read.events[0];
  EXPECT_EQ(agent.type, "agent_end");
  EXPECT_EQ(agent.trace, "00000000000000000000000000000abc");
  EXPECT_EQ(agent.span, "0000000000000001");
  EXPECT_EQ(agent.time, "2018-12-13T14:51:02.500000000Z");
  EXPECT_TRUE(says(agent, R"("service.name":"agents")"));
  const SeenEvent& call = read.events[1];
  EXPECT_EQ(call.type, "llm_call_error");
  EXPECT_EQ(call.parent, agent.span);
  EXPECT_TRUE(says(call, R"("model":"gpt-4","input_tokens":120)")) << call.payload;
  EXPECT_TRUE(says(call, R"("otel.span_kind":"client")"));
  EXPECT_TRUE(says(call, R"([{"offset_ns":100000,"name":"retry","attributes":{"n":"1"}}])"));
}

TEST(TutorialJson, TraceWithItsSpans) {
  const ReadEvents read = read_text(
      R"({"trace_id":"5b8efff798038103d269b633813fc60c","spans":[)"
      R"({"span_id":"eee19b7ec3c1b173","parent_id":null,"name":"agent_run",)"
      R"("start_time":"2026-06-16T09:00:00.000001","end_time":"2026-06-16T09:00:02.000001",)"
      R"("duration_ms":2000.0,"status":"error","attributes":{"agent_type":"x"},)"
      R"("events":[{"name":"exception","timestamp":"2026-06-16T09:00:01.000001",)"
      R"("attributes":{"exception.type":"ValueError","exception.message":"bad"}}]},)"
      R"({"span_id":"eee19b7ec3c1b174","parent_id":"eee19b7ec3c1b173","name":"tool:search",)"
      R"("start_time":"2026-06-16T09:00:00.5","end_time":null,"duration_ms":null,"status":"unset",)"
      R"("attributes":{"tool.name":"search"},"events":[]}]})");
  ASSERT_EQ(read.events.size(), 2u);
  EXPECT_EQ(read.events[0].type, "agent_end");
  EXPECT_EQ(read.events[0].trace, kTrace);
  EXPECT_EQ(read.events[0].parent, "");
  EXPECT_TRUE(says(read.events[0], R"("span.status":"error","duration_ms":2000.0)"));
  EXPECT_TRUE(says(read.events[0], R"("span.status_message":"bad")"));
  EXPECT_TRUE(says(read.events[0], R"("offset_ns":1000000000)"));
  EXPECT_EQ(read.events[1].type, "tool_start") << "it has not ended";
  EXPECT_EQ(read.events[1].trace, kTrace);
  EXPECT_TRUE(says(read.events[1], R"("span.name":"search","tool_name":"search")"))
      << read.events[1].payload;
}

TEST(AgentInspect, Version01HasStartsAndCompletions) {
  const ReadEvents read = read_text(
      R"({"schemaVersion":"0.1","event":"step_started","timestamp":1781600400000,"runId":"r1",)"
      R"("stepId":"s1","name":"ask","type":"llm","startTime":1781600400000,"durationMs":0,)"
      R"("endTime":1781600400000,"status":"running"})"
      "\n"
      R"({"schemaVersion":"0.1","event":"step_completed","timestamp":1781600401500,"runId":"r1",)"
      R"("stepId":"s1","parentId":"s0","name":"ask","type":"llm","startTime":1781600400000,)"
      R"("endTime":1781600401500,"durationMs":1500,"status":"success",)"
      R"("metadata":{"model":"gpt-4o","tokens":{"input":10,"output":20,"total":30,"cached":5}}})");
  ASSERT_EQ(read.events.size(), 2u);
  EXPECT_EQ(read.events[0].type, "llm_call_start");
  EXPECT_EQ(read.events[0].run, "r1");
  EXPECT_EQ(read.events[0].span, "s1");
  EXPECT_EQ(read.events[1].type, "llm_call_end");
  EXPECT_EQ(read.events[1].parent, "s0");
  EXPECT_TRUE(says(read.events[1], R"("span.status":"ok","duration_ms":1500.0,"span.name":"ask")"));
  EXPECT_TRUE(says(read.events[1],
                   R"("model":"gpt-4o","input_tokens":10,"output_tokens":20,"total_tokens":30,)"
                   R"("cache_read_input_tokens":5)"))
      << read.events[1].payload;
}

TEST(AgentInspect, Version10IsAStepALine) {
  const SeenEvent event = read_one(
      R"({"eventId":"e1","runId":"r1","parentId":"e0","kind":"TOOL","name":"search",)"
      R"("status":"failed","startedAt":"2026-06-16T09:00:00Z",)"
      R"("endedAt":"2026-06-16T09:00:00.250Z",)"
      R"("durationMs":250,"confidence":0.9,"attributes":{"query":"x"},"error":{"type":"E",)"
      R"("message":"no"},)"
      R"("tokenUsage":{"prompt":1,"completion":2}})");
  EXPECT_EQ(event.type, "tool_error");
  EXPECT_EQ(event.span, "e1");
  EXPECT_EQ(event.parent, "e0");
  EXPECT_TRUE(says(event, R"("duration_ms":250.0)"));
  EXPECT_TRUE(says(event, R"("span.status_message":"no","error_type":"E")")) << event.payload;
  EXPECT_TRUE(says(event, R"("confidence":0.9)"));
  EXPECT_TRUE(says(event, R"("input_tokens":1,"output_tokens":2)"));
  EXPECT_TRUE(says(event, R"("query":"x")"));
}

TEST(Durations, WithoutAUnitAreSecondsOrManyNanoseconds) {
  const auto duration_of = [](const std::string& duration) {
    return read_one(R"({"span_id":"s","name":"n","start":1781600400,"duration":)" + duration + "}")
        .payload;
  };
  EXPECT_NE(duration_of("2").find(R"("duration_ms":2000.0)"), std::string::npos);
  EXPECT_NE(duration_of("0.25").find(R"("duration_ms":250.0)"), std::string::npos);
  EXPECT_NE(duration_of("1500000").find(R"("duration_ms":1.5)"), std::string::npos);
}

TEST(Raaf, SpansThatStartAndEnd) {
  const ReadEvents read = read_text(
      R"({"event":"start","timestamp":"2026-06-16T09:00:00Z","span":{"span_id":"span_1",)"
      R"("trace_id":"trace_1","name":"run","kind":"agent","start_time":"2026-06-16T09:00:00Z"}})"
      "\n"
      R"({"event":"end","timestamp":"2026-06-16T09:00:01Z","span":{"span_id":"span_1",)"
      R"("trace_id":"trace_1","parent_id":null,"name":"run","kind":"agent",)"
      R"("start_time":"2026-06-16T09:00:00Z","end_time":"2026-06-16T09:00:01Z","duration_ms":1000,)"
      R"("attributes":{"model":"m"},"events":[],"status":"ok"}})");
  ASSERT_EQ(read.events.size(), 2u);
  EXPECT_EQ(read.events[0].type, "agent_start");
  EXPECT_EQ(read.events[1].type, "agent_end");
  for (const SeenEvent& event : read.events) {
    EXPECT_EQ(event.trace, "trace_1");
    EXPECT_EQ(event.run, "trace_1");
    EXPECT_EQ(event.span, "span_1");
    EXPECT_EQ(event.agent, "run");
  }
  EXPECT_TRUE(says(read.events[1], R"("duration_ms":1000.0)"));
}

TEST(OrderAgent, TraceALineWithSecondsAndWithoutIdsOfSpans) {
  const ReadEvents read = read_text(
      R"({"trace_id":"order-7","spans":[{"name":"plan","start_time":1781600400.25,)"
      R"("end_time":1781600401.0,"metadata":{"model":"m","cost":0.002}},)"
      R"({"name":"tool:mail","start_time":1781600401.0,"end_time":1781600401.5,"metadata":{}}]})");
  ASSERT_EQ(read.events.size(), 2u);
  EXPECT_EQ(read.events[0].run, "order-7");
  EXPECT_TRUE(says(read.events[0], R"("duration_ms":750.0,"span.name":"plan")"));
  EXPECT_TRUE(says(read.events[0], R"("cost_usd":0.002)"));
  EXPECT_EQ(read.events[1].type, "tool_end");
}

TEST(Argus, IsOurEventAlready) {
  const SeenEvent event =
      read_one(R"({"event_type":"llm_call","timestamp":"2026-06-16T09:00:00Z","run_id":"r",)"
               R"("payload":{"model":"m","state":"done","input_tokens":1,"output_tokens":2,)"
               R"("cost_usd":0.5}})");
  EXPECT_EQ(event.type, "llm_call");
  EXPECT_EQ(event.payload,
            R"({"model":"m","state":"done","input_tokens":1,"output_tokens":2,"cost_usd":0.5})");
}

TEST(FlatEvents, OtherWordsForTimesAndIds) {
  const SeenEvent event = read_one(
      R"({"event":"tool_call","ts":1781600400,"runId":"r1","spanId":"s1","parentId":"p1","x":1})");
  EXPECT_EQ(event.type, "tool_call");
  EXPECT_EQ(event.time, "2026-06-16T09:00:00.000000000Z");
  EXPECT_EQ(event.run, "r1");
  EXPECT_EQ(event.span, "s1");
  EXPECT_EQ(event.parent, "p1");
  EXPECT_EQ(event.payload, R"({"x":1})");
}

TEST(OpenTelemetryConsole, IdsInAContextWithAPrefix) {
  const SeenEvent event =
      read_one(R"({"name":"work","context":{"trace_id":"0x5b8efff798038103d269b633813fc60c",)"
               R"("span_id":"0xeee19b7ec3c1b174","trace_state":"[]"},"kind":"SpanKind.INTERNAL",)"
               R"("parent_id":"0xeee19b7ec3c1b173","start_time":"2026-06-16T09:00:00.000000Z",)"
               R"("end_time":"2026-06-16T09:00:01.000000Z","status":{"status_code":"ERROR",)"
               R"("description":"why"},)"
               R"("links":[{"context":{"trace_id":"0x01","span_id":"0x02"},"attributes":{"a":1}}],)"
               R"("attributes":{"llm.model_name":"m"},"events":[]})");
  EXPECT_EQ(event.type, "llm_call_error");
  EXPECT_EQ(event.trace, kTrace);
  EXPECT_EQ(event.span, kSpan);
  EXPECT_EQ(event.parent, kParent);
  EXPECT_TRUE(says(event, R"("span.status_message":"why","model":"m")")) << event.payload;
  EXPECT_TRUE(says(event, R"([{"trace_id":"01","span_id":"02","attributes":{"a":1}}])"));
}

TEST(AttributeNames, EachProfilesWordIsOurs) {
  EXPECT_EQ(own_attribute_name("gen_ai.request.model"), "model");
  EXPECT_EQ(own_attribute_name("llm.model_name"), "model");
  EXPECT_EQ(own_attribute_name("pyagent.cost.total_usd"), "cost_usd");
  EXPECT_EQ(own_attribute_name("gen_ai.system"), "provider");
  EXPECT_EQ(own_attribute_name("traceloop.entity.input"), "input.value");
  EXPECT_EQ(own_attribute_name("exo.session.id"), "session.id");
  EXPECT_EQ(own_attribute_name("gen_ai.input.messages"), "input.value");
  EXPECT_EQ(own_attribute_name("model"), "") << "a word without a dot may mean anything";
  EXPECT_EQ(own_attribute_name("model.name"), "");
  EXPECT_EQ(own_attribute_name(""), "");
}

TEST(AttributeNames, OfTwoThatMeanTheSameTheFirstIsOurs) {
  const SeenEvent event = read_one(otlp_line(
      R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"n",)"
      R"("startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[)"
      R"({"key":"llm.model_name","value":{"stringValue":"a"}},)"
      R"({"key":"gen_ai.request.model","value":{"stringValue":"b"}}]})"));
  EXPECT_TRUE(says(event, R"("model":"a","gen_ai.request.model":"b")")) << event.payload;
}

TEST(Kinds, InEverybodysWords) {
  EXPECT_EQ(span_kind_told("GUARDRAIL"), SpanKind::kGuard);
  EXPECT_EQ(span_kind_told("execute_tool"), SpanKind::kTool);
  EXPECT_EQ(span_kind_told("Agent"), SpanKind::kAgent);
  EXPECT_EQ(span_kind_told("generation"), SpanKind::kLlm);
  EXPECT_EQ(span_kind_told("RERANKER"), SpanKind::kRetriever);
  EXPECT_EQ(span_kind_told("SERVER"), std::nullopt);
}

}  // namespace
}  // namespace tracebus::test
