// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/trace_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/tests/trace/made_trace.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::made_trace;

Value span_events() {
  return Value::array({Value::object({{"name", "validation_passed"},
                                      {"offset_ns", 1'500'000},
                                      {"attributes", Value::object({{"rule", "r1"}})}})});
}

TEST(TraceJson, Row78_IsTheTutorialsObject) {
  const Trace trace = made_trace(
      {{.id = 1, .name = "process_query", .duration_ms = 12.5, .status = "unset"},
       {.id = 2,
        .parent = 1,
        .name = "validate",
        .start_ms = 1,
        .duration_ms = 2,
        .attributes = {{"model", "gpt-4"}, {"tokens", 500}, {"span.events", span_events()}}},
       {.id = 3,
        .parent = 2,
        .kind = SpanKind::kLlm,
        .name = "llm",
        .status = "error",
        .message = "no \"luck\""},
       {.id = 4, .parent = 1, .name = "running", .open = true}});
  EXPECT_EQ(
      to_json(trace),
      R"({"trace_id":"abababababababababababababababab","spans":[)"
      R"({"span_id":"0000000000000001","parent_span_id":null,"name":"process_query",)"
      R"("start_time":"2026-06-16T09:00:00","end_time":"2026-06-16T09:00:00.012500",)"
      R"("duration_ms":12.5,"status":"unset","attributes":{},"events":[]},)"
      R"({"span_id":"0000000000000002","parent_span_id":"0000000000000001","name":"validate",)"
      R"("start_time":"2026-06-16T09:00:00.001000","end_time":"2026-06-16T09:00:00.003000",)"
      R"("duration_ms":2.0,"status":"ok","attributes":{"model":"gpt-4","tokens":500},)"
      R"("events":[{"name":"validation_passed","timestamp":"2026-06-16T09:00:00.002500",)"
      R"("attributes":{"rule":"r1"}}]},)"
      R"({"span_id":"0000000000000003","parent_span_id":"0000000000000002","name":"llm",)"
      R"("start_time":"2026-06-16T09:00:00","end_time":"2026-06-16T09:00:00",)"
      R"("duration_ms":0.0,"status":"error",)"
      R"("attributes":{"status_description":"no \"luck\""},"events":[]},)"
      R"({"span_id":"0000000000000004","parent_span_id":"0000000000000001","name":"running",)"
      R"("start_time":"2026-06-16T09:00:00","end_time":null,"duration_ms":null,)"
      R"("status":"unset","attributes":{},"events":[]}]})");
}

TEST(TraceJson, Row78_ForeignIdsAreAsTheyWere) {
  TraceCollector collector;
  TraceEvent event = testing::event_of({.id = 0, .name = "a"});
  event.ids = {};
  event.foreign_ids = {
      .run_id = "", .trace_id = "trace-é", .span_id = "s 1", .parent_span_id = "s 0"};
  collector.add(event);
  EXPECT_THAT(
      to_json(collector.latest()),
      HasSubstr(R"({"trace_id":"trace-é","spans":[{"span_id":"s 1","parent_span_id":"s 0")"));
}

TEST(TraceJson, Row78_ATraceWithoutSpansIsAnObjectToo) {
  EXPECT_EQ(to_json(Trace()), R"({"trace_id":"","spans":[]})");
}

}  // namespace
}  // namespace tracebus
