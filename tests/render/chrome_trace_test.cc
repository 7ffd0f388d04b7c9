// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/chrome_trace.h"

#include <absl/strings/str_join.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/utf8.h"
#include "tracebus/tests/render/random_forest.h"
#include "tracebus/tests/trace/made_trace.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::made_trace;

TEST(ChromeTrace, IsWhatViewersOpen) {
  const Value events = Value::array({Value::object({{"name", "token"}, {"offset_ns", 1}})});
  const std::string json = to_chrome_trace(made_trace(
      {{.id = 1, .name = "run", .duration_ms = 1.5, .attributes = {{"service.name", "shop"}}},
       {.id = 2,
        .parent = 1,
        .kind = SpanKind::kLlm,
        .name = "chat",
        .start_ms = 1,
        .duration_ms = 0.000002,
        .attributes = {{"input_tokens", 7}, {"cost_usd", 0.25}, {"span.events", events}}}}));
  const std::vector<std::string> lines = {
      R"x({"displayTimeUnit":"ns","otherData":{"start_unix_ns":"1781600400000000000"},)x"
      R"x("traceEvents":[)x",
      R"x({"ph":"M","name":"process_name","pid":1,"args":{"name":"shop"}},)x",
      R"x({"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"run"}},)x",
      R"x({"ph":"M","name":"thread_sort_index","pid":1,"tid":1,"args":{"sort_index":1}},)x",
      R"x({"ph":"B","pid":1,"tid":1,"ts":0.000,"name":"run","cat":"AGENT",)x"
      R"x("args":{"service.name":"shop","tracebus.span_id":"0000000000000001",)x"
      R"x("tracebus.agent":"run","tracebus.status":"ok"}},)x",
      R"x({"ph":"B","pid":1,"tid":1,"ts":1000.000,"name":"chat","cat":"LLM",)x"
      R"x("args":{"input_tokens":7,"cost_usd":0.25,"tracebus.span_id":"0000000000000002",)x"
      R"x("tracebus.parent_span_id":"0000000000000001","tracebus.status":"ok"}},)x",
      R"x({"ph":"i","pid":1,"tid":1,"ts":1000.001,"name":"token","s":"t","args":{}},)x",
      R"x({"ph":"E","pid":1,"tid":1,"ts":1000.002},)x",
      R"x({"ph":"E","pid":1,"tid":1,"ts":1500.000},)x",
      R"x({"ph":"C","pid":1,"ts":0.000,"name":"cost (USD)","args":{"cost (USD)":0.0}},)x",
      R"x({"ph":"C","pid":1,"ts":1000.002,"name":"cost (USD)","args":{"cost (USD)":0.25}},)x",
      R"x({"ph":"C","pid":1,"ts":0.000,"name":"tokens","args":{"tokens":0.0}},)x",
      R"x({"ph":"C","pid":1,"ts":1000.002,"name":"tokens","args":{"tokens":7.0}})x",
      "]}",
      ""};
  EXPECT_EQ(json, absl::StrJoin(lines, "\n"));
}

TEST(ChromeTrace, ArrowsLeadToOtherLanesAndAlongLinks) {
  const std::string own = testing::trace_id(0xab).hex();
  const std::string second = testing::span_id(2).hex();
  const Value links = Value::array({Value::object({{"trace_id", own}, {"span_id", second}}),
                                    Value::object({{"trace_id", own}, {"span_id", "nobody"}})});
  const std::string json = to_chrome_trace(
      made_trace({{.id = 1, .name = "run", .duration_ms = 9},
                  {.id = 2, .parent = 1, .name = "a", .start_ms = 1, .duration_ms = 4},
                  {.id = 3,
                   .parent = 1,
                   .name = "b",
                   .start_ms = 2,
                   .duration_ms = 4,
                   .attributes = {{"span.links", links}}}}));
  const auto arrow = [](std::string_view phase, int lane, std::string_view time, int id) {
    return "{\"ph\":\"" + std::string(phase) + "\",\"pid\":1,\"tid\":" + std::to_string(lane) +
           ",\"ts\":" + std::string(time) + R"(,"name":"calls","cat":"arrow","id":)" +
           std::to_string(id);
  };
  // Of the run to b, and of a, to which b links.
  EXPECT_THAT(json, HasSubstr(arrow("s", 1, "0.000", 1) + "}"));
  EXPECT_THAT(json, HasSubstr(arrow("s", 1, "1000.000", 2) + "}"));
  EXPECT_THAT(json, HasSubstr(arrow("f", 2, "2000.000", 1) + R"(,"bp":"e"})"));
  EXPECT_THAT(json, HasSubstr(arrow("f", 2, "2000.000", 2) + R"(,"bp":"e"})"));
  EXPECT_EQ(json.find(R"("id":3)"), std::string::npos);
}

TEST(ChromeTrace, ALinkNamesTheFirstOfSpansWithOneId) {
  const std::string own = testing::trace_id(0xab).hex();
  const std::string first = testing::span_id(1).hex();
  const Value links = Value::array({Value::object({{"trace_id", own}, {"span_id", first}})});
  const std::string json =
      to_chrome_trace(made_trace({{.id = 1, .name = "first", .duration_ms = 9},
                                  {.id = 1, .name = "again", .start_ms = 1, .duration_ms = 9},
                                  {.id = 3,
                                   .name = "linked",
                                   .start_ms = 2,
                                   .duration_ms = 4,
                                   .attributes = {{"span.links", links}}}}));
  EXPECT_THAT(json, HasSubstr(R"("ph":"s","pid":1,"tid":1,"ts":0.000)"));
  EXPECT_EQ(json.find(R"("id":2)"), std::string::npos);
}

TEST(ChromeTrace, SeveralTracesAreProcessesApartAndLinksCrossThem) {
  const std::string trace = testing::trace_id(1).hex();
  const std::string span = testing::span_id(1).hex();
  const Value links = Value::array({Value::object({{"trace_id", trace}, {"span_id", span}})});
  TraceCollector collector;
  collector.add(
      testing::event_of({.id = 1, .name = "first", .duration_ms = 1}, testing::trace_id(1)));
  collector.add(testing::event_of({.id = 1,
                                   .name = "second",
                                   .start_ms = 5,
                                   .duration_ms = 1,
                                   .attributes = {{"span.links", links}}},
                                  testing::trace_id(2)));
  const std::string json = to_chrome_trace(collector.traces());
  for (const int number : {1, 2}) {
    const std::string id = testing::trace_id(static_cast<std::uint8_t>(number)).hex();
    EXPECT_THAT(json, HasSubstr("\"pid\":" + std::to_string(number) +
                                R"(,"args":{"name":"unknown ()" + id + ")\"}}"));
  }
  EXPECT_THAT(json, HasSubstr(R"({"ph":"s","pid":1,"tid":1,"ts":0.000,)"));
  EXPECT_THAT(json, HasSubstr(R"({"ph":"f","pid":2,"tid":2,"ts":5000.000,)"));
}

TEST(ChromeTrace, WithoutTracesIsStillAFile) {
  EXPECT_EQ(to_chrome_trace(std::span<const Trace>()),
            "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"start_unix_ns\":\"0\"},"
            "\"traceEvents\":[\n]}\n");
}

// As a viewer does: begins and ends of a thread are a stack, whose times never fall.
TEST(ChromeTrace, BeginsAndEndsNestOnEveryThread) {
  simdjson::dom::parser parser;
  testing::each_forest([&](const Trace& trace) {
    const std::string json = to_chrome_trace(trace);
    ASSERT_TRUE(is_valid_utf8(json));
    const simdjson::dom::element document = parser.parse(json).value();
    std::map<std::int64_t, std::vector<double>> open;  // by thread: when each began
    std::size_t begun = 0;
    for (const simdjson::dom::element event : document["traceEvents"]) {
      const std::string_view phase = event["ph"];
      if (phase != "B" && phase != "E") continue;
      std::vector<double>& stack = open[event["tid"].get_int64().value()];
      const double time = event["ts"];
      if (phase == "B") {
        ASSERT_TRUE(stack.empty() || time >= stack.back());
        stack.push_back(time);
        ++begun;
      } else {
        ASSERT_FALSE(stack.empty());
        ASSERT_GE(time, stack.back());
        stack.pop_back();
      }
    }
    ASSERT_EQ(begun, trace.spans().size());
    for (const auto& [thread, stack] : open) ASSERT_TRUE(stack.empty()) << thread;
    for (std::size_t i = 0; i < trace.spans().size(); ++i) {
      ASSERT_THAT(json, HasSubstr(testing::token_of(i)));
    }
  });
}

}  // namespace
}  // namespace tracebus
