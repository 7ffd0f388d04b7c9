// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/jaeger_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/studio/event_record.h"
#include "tracebus/tests/trace/made_trace.h"
#include "tracebus/trace/cost_event.h"
#include "tracebus/trace/trace_assembler.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::made_trace;
using ::testing::Not;

TEST(JaegerJson, Row78_IsWhatTheUserInterfaceOpens) {
  const Value events = Value::array({Value::object(
      {{"name", "token"}, {"offset_ns", 1'999}, {"attributes", Value::object({{"n", 7}})}})});
  const Trace trace = made_trace(
      {{.id = 1, .name = "run", .duration_ms = 1.5, .attributes = {{"service.name", "shop"}}},
       {.id = 2,
        .parent = 1,
        .kind = SpanKind::kTool,
        .name = "fetch",
        .start_ms = 1,
        .duration_ms = 0.0006,
        .status = "error",
        .message = "404",
        .attributes = {{"ok", true}, {"n", 3}, {"x", 0.5}, {"s", "t"}, {"span.events", events}}}});
  EXPECT_EQ(
      to_jaeger_format(trace),
      R"({"data":[{"traceID":"abababababababababababababababab","spans":[)"
      R"({"traceID":"abababababababababababababababab","spanID":"0000000000000001",)"
      R"("operationName":"run","references":[],"startTime":1781600400000000,"duration":1500,)"
      R"("tags":[{"key":"service.name","type":"string","value":"shop"},)"
      R"({"key":"tracebus.kind","type":"string","value":"AGENT"},)"
      R"({"key":"tracebus.agent","type":"string","value":"run"},)"
      R"({"key":"otel.status_code","type":"string","value":"OK"}],"logs":[],"processID":"p1"},)"
      R"({"traceID":"abababababababababababababababab","spanID":"0000000000000002",)"
      R"("operationName":"fetch","references":[{"refType":"CHILD_OF",)"
      R"("traceID":"abababababababababababababababab","spanID":"0000000000000001"}],)"
      R"("startTime":1781600400001000,"duration":1,)"
      R"("tags":[{"key":"ok","type":"bool","value":true},{"key":"n","type":"int64","value":3},)"
      R"({"key":"x","type":"float64","value":0.5},{"key":"s","type":"string","value":"t"},)"
      R"({"key":"tracebus.kind","type":"string","value":"TOOL"},)"
      R"({"key":"error","type":"bool","value":true},)"
      R"({"key":"otel.status_code","type":"string","value":"ERROR"},)"
      R"({"key":"otel.status_description","type":"string","value":"404"}],)"
      R"("logs":[{"timestamp":1781600400001001,"fields":[)"
      R"({"key":"event","type":"string","value":"token"},)"
      R"({"key":"n","type":"int64","value":7}]}],"processID":"p1"}],)"
      R"("processes":{"p1":{"serviceName":"shop","tags":[]}}}]})");
}

TEST(JaegerJson, Row78_WhatIsNoTagOfJaegersIsAString) {
  const std::string json = to_jaeger_format(
      made_trace({{.id = 1,
                   .name = "a",
                   .attributes = {{"list", Value::array({1, "two"})},
                                  {"none", nullptr},
                                  {"nan", std::numeric_limits<double>::quiet_NaN()}}}}));
  EXPECT_THAT(json, HasSubstr(R"({"key":"list","type":"string","value":"[1,\"two\"]"})"));
  EXPECT_THAT(json, HasSubstr(R"({"key":"none","type":"string","value":"null"})"));
  EXPECT_THAT(json, HasSubstr(R"({"key":"nan","type":"string","value":"null"})"));
}

TEST(JaegerJson, Row78_WhatWasRecordedOfACallIsATag) {
  CostEventReader reader;
  TraceAssembler assembler(TraceId(), "t", reader);
  EventIds ids;
  ids.span_id.bytes.fill(1);
  const auto add = [&](std::string_view type, Payload payload) {
    EventRecord record;
    ASSERT_TRUE(record.write({.event_type = type, .payload = std::move(payload), .ids = ids}));
    assembler.add(record.view());
  };
  add("llm_call_end", {{"model", "m"}, {"duration_ms", 5.0}});
  add("cost_record", {{"model", "m"}, {"cost_usd", 0.25}});
  EXPECT_THAT(to_jaeger_format(assembler.snapshot()),
              HasSubstr(R"({"key":"cost_usd","type":"float64","value":0.25})"));
}

TEST(JaegerJson, Row78_WhatIsOddIsAWarningAndACycleHasNoReference) {
  const std::string json = to_jaeger_format(made_trace({{.id = 1, .parent = 1, .name = "own"},
                                                        {.id = 2, .parent = 9, .name = "orphan"},
                                                        {.id = 3, .name = "on", .open = true}}));
  EXPECT_THAT(json, HasSubstr(R"("operationName":"own","references":[],)"));
  EXPECT_THAT(json, HasSubstr(R"("warnings":["[cycle: 0000000000000001 is below]"])"));
  EXPECT_THAT(json, HasSubstr(R"("operationName":"orphan","references":[{"refType":"CHILD_OF")"));
  EXPECT_THAT(json, HasSubstr(R"("warnings":["[orphan: 0000000000000009 is missing]"])"));
  EXPECT_THAT(json, HasSubstr(R"("warnings":["[open]"])"));
}

TEST(JaegerJson, Row78_LinksFollowAndNeverPassForAParent) {
  const std::string other(32, 'c');
  const std::string own = testing::trace_id(0xab).hex();
  const auto link = [](std::string_view trace, std::string_view span) {
    return Value::object({{"trace_id", trace}, {"span_id", span}});
  };
  const std::string span(16, 'd');
  const std::string same(16, 'e');
  const Value links = Value::array({link(other, span), link(own, same), link("<b>", span)});
  const std::string json = to_jaeger_format(
      made_trace({{.id = 1, .name = "root", .attributes = {{"span.links", links}}},
                  {.id = 2, .parent = 1, .name = "child", .attributes = {{"span.links", links}}}}));
  const std::string foreign =
      R"({"refType":"FOLLOWS_FROM","traceID":")" + other + R"(","spanID":")" + span + R"("})";
  const std::string ours =
      R"({"refType":"FOLLOWS_FROM","traceID":")" + own + R"(","spanID":")" + same + R"("})";
  EXPECT_THAT(json, HasSubstr(R"("operationName":"root","references":[)" + foreign + "]"));
  EXPECT_THAT(json, HasSubstr("}," + foreign + "," + ours + "]"));
  EXPECT_THAT(json, Not(HasSubstr("<b>")));
}

TEST(JaegerJson, Row78_EachServiceIsAProcess) {
  const std::string json = to_jaeger_format(
      made_trace({{.id = 1, .name = "front", .attributes = {{"service.name", "shop"}}},
                  {.id = 2, .parent = 1, .name = "a"},
                  {.id = 3, .parent = 2, .name = "b", .attributes = {{"service.name", "stock"}}},
                  {.id = 4, .parent = 3, .name = "c"}}));
  EXPECT_THAT(json, HasSubstr(R"("processes":{"p1":{"serviceName":"shop","tags":[]},)"
                              R"("p2":{"serviceName":"stock","tags":[]}})"));
  for (const std::string name : {"front", "a"}) {
    const std::size_t at = json.find(R"("operationName":")" + name);
    EXPECT_EQ(json.substr(json.find("processID", at), 14), R"(processID":"p1)") << name;
  }
  for (const std::string name : {"b", "c"}) {
    const std::size_t at = json.find(R"("operationName":")" + name + "\"");
    EXPECT_EQ(json.substr(json.find("processID", at), 14), R"(processID":"p2)") << name;
  }
}

TEST(JaegerJson, Row78_WithoutAServiceItIsUnknownAndSeveralTracesAreOneFile) {
  const std::vector<Trace> traces = {made_trace({{.id = 1}}), made_trace({{.id = 2}})};
  const std::string json = to_jaeger_format(traces);
  EXPECT_THAT(json, HasSubstr(R"("serviceName":"unknown")"));
  EXPECT_THAT(json, HasSubstr(R"(}}},{"traceID")"));
  EXPECT_EQ(to_jaeger_format(std::vector<Trace>()), R"({"data":[]})");
}

}  // namespace
}  // namespace tracebus
