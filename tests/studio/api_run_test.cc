// SPDX-License-Identifier: Apache-2.0
//
// UsersAsk14, 17, 18: a run's tree as columns, whole where it is large, with orphans, cycles and
// open spans told apart; and a run as a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tracebus/readers/json_document.h"
#include "tracebus/studio/run_download.h"
#include "tracebus/tests/studio/api_client.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using simdjson::dom::element;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::int64_t> integers(element column) {
  std::vector<std::int64_t> values;
  for (element each : simdjson::dom::array(column)) values.push_back(std::int64_t(each));
  return values;
}
std::vector<double> reals(element column) {
  std::vector<double> values;
  for (element each : simdjson::dom::array(column)) values.push_back(double(each));
  return values;
}
// Of a column of indexes.
std::vector<std::string> texts(element tree, const char* column) {
  const simdjson::dom::array all(tree["texts"]);
  std::vector<std::string> values;
  for (const std::int64_t index : integers(tree["spans"][column])) {
    values.emplace_back(std::string_view(all.at(static_cast<std::size_t>(index))));
  }
  return values;
}

// The end of a span; times in milliseconds. parent: empty for none.
struct Made {
  std::string name, parent;
  int start_ms, end_ms;
};
std::string line_of(const Made& made) {
  const auto id = [](const std::string& name) {
    std::string hex = "00000000000000";
    return hex + "0123456789abcdef"[name[0] & 15] + "0123456789abcdef"[name.back() & 15];
  };
  char time[32];
  std::snprintf(time, sizeof time, "%.3f", 1'000'000 + made.end_ms / 1e3);
  std::string line = R"({"event_type":"agent_end","run_id":"r","trace_id":)"
                     R"("000000000000000000000000000000aa","agent_name":")" +
                     made.name + R"(","span_id":")" + id(made.name) + R"(","timestamp":)" + time +
                     R"(,"duration_ms":)" + std::to_string(made.end_ms - made.start_ms);
  if (!made.parent.empty()) line += R"(,"parent_span_id":")" + id(made.parent) + "\"";
  return line + "}\n";
}
std::string lines_of(const std::vector<Made>& all) {
  std::string lines;
  for (const Made& each : all) lines += line_of(each);
  return lines;
}

std::vector<std::string> critical_of(const std::vector<Made>& all) {
  const auto store = store_of(lines_of(all));
  ApiClient client(*store);
  const element tree = client.json("/api/runs/r/spans");
  const std::vector<std::string> names = texts(tree, "name");
  const std::vector<std::int64_t> on_path = integers(tree["spans"]["critical"]);
  std::vector<std::string> result;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (on_path[i] != 0) result.push_back(names[i]);
  }
  return result;
}

TEST(Row76_RunTree, HasTheFixturesSteps) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store);
  const element tree = client.json("/api/runs/run_fixture_1/spans");
  EXPECT_EQ(std::string_view(tree["run"]["run_id"]), "run_fixture_1");
  EXPECT_EQ(std::string_view(tree["start"]), "2026-06-16T09:00:00.000000000Z");
  EXPECT_EQ(std::int64_t(tree["truncated"]), 0);
  EXPECT_THAT(texts(tree, "name"), ElementsAre("customer-support", "Classifier", "gpt-4o-mini",
                                               "Billing Agent", "claude-3-5-sonnet"));
  EXPECT_THAT(texts(tree, "kind"), ElementsAre("PATTERN", "AGENT", "LLM", "AGENT", "LLM"));
  EXPECT_THAT(texts(tree, "place"), ElementsAre("root", "child", "child", "child", "child"));
  EXPECT_THAT(integers(tree["spans"]["parent"]), ElementsAre(-1, 0, 1, 0, 3));
  EXPECT_THAT(integers(tree["spans"]["depth"]), ElementsAre(0, 1, 2, 1, 2));
  EXPECT_THAT(reals(tree["spans"]["start_ms"]), ElementsAre(0, 1000, 1150, 3000, 3200));
  EXPECT_THAT(reals(tree["spans"]["duration_ms"]), ElementsAre(6000, 2000, 850, 3000, 1800));
  EXPECT_THAT(reals(tree["spans"]["self_ms"]), ElementsAre(1000, 1150, 850, 1200, 1800));
  const simdjson::dom::array costs(tree["spans"]["cost_usd"]);
  EXPECT_DOUBLE_EQ(double(costs.at(1)), 0.0021);
  EXPECT_TRUE(costs.at(0).is_null());
  EXPECT_EQ(std::int64_t(simdjson::dom::array(tree["spans"]["input_tokens"]).at(3)), 600);
}

TEST(Row76_RunTree, ColumnsAreAllAsLong) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store);
  for (const auto& column :
       simdjson::dom::object(client.json("/api/runs/run_fixture_2/spans")["spans"])) {
    EXPECT_EQ(simdjson::dom::array(column.value).size(), 3u) << column.key;
  }
}

TEST(Row76_RunTree, SelfTimeCountsChildrenSideBySideOnce) {
  const auto store = store_of(
      lines_of({{"a", "", 0, 100}, {"b", "a", 10, 50}, {"c", "a", 30, 70}, {"d", "a", 90, 120}}));
  ApiClient client(*store);
  const element tree = client.json("/api/runs/r/spans");
  EXPECT_THAT(texts(tree, "name"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(reals(tree["spans"]["self_ms"]), ElementsAre(30, 40, 40, 30));
}

TEST(Row76_CriticalPath, GoesBackThroughWhatEndedLast) {
  // b and c side by side; d began when c had ended, and f within c.
  EXPECT_THAT(critical_of({{"a", "", 0, 100},
                           {"b", "a", 5, 40},
                           {"c", "a", 0, 50},
                           {"f", "c", 10, 45},
                           {"d", "a", 60, 95}}),
              ElementsAre("a", "c", "f", "d"));
}

TEST(Row76_CriticalPath, WhatOverlapsWhatFollowsDidNotHoldItUp) {
  EXPECT_THAT(critical_of({{"a", "", 0, 100}, {"b", "a", 10, 70}, {"c", "a", 60, 90}}),
              ElementsAre("a", "c"));
  EXPECT_THAT(critical_of({{"a", "", 0, 100}, {"b", "a", 10, 60}, {"c", "a", 60, 90}}),
              ElementsAre("a", "b", "c"));
}

TEST(Row76_CriticalPath, AChildThatOutlivesItsParentCountsUpToItsEnd) {
  EXPECT_THAT(critical_of({{"a", "", 0, 100}, {"b", "a", 10, 180}, {"c", "a", 20, 90}}),
              ElementsAre("a", "b"));
  EXPECT_THAT(critical_of({{"a", "", 0, 100}, {"b", "a", 110, 180}, {"c", "a", 20, 90}}),
              ElementsAre("a", "c"));
}

TEST(UsersAsk17_RunTree, OrphansAndCyclesArePlacedAndTold) {
  const auto store = store_of(lines_of(
      {{"a", "", 0, 100}, {"b", "nobody", 10, 20}, {"c", "d", 30, 40}, {"d", "c", 35, 50}}));
  ApiClient client(*store);
  const element tree = client.json("/api/runs/r/spans");
  EXPECT_THAT(texts(tree, "name"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(texts(tree, "place"), ElementsAre("root", "orphan", "cycle", "child"));
  EXPECT_THAT(integers(tree["spans"]["parent"]), ElementsAre(-1, -1, -1, 2));
}

TEST(UsersAsk18_RunTree, OpenSpansAreMarked) {
  const auto store = store_of(
      R"({"event_type":"agent_start","agent_name":"a","run_id":"r","span_id":"0000000000000001",)"
      R"("timestamp":1000})"
      "\n"
      R"({"event_type":"agent_start","agent_name":"b","run_id":"r","span_id":"0000000000000002",)"
      R"("parent_span_id":"0000000000000001","timestamp":1001})"
      "\n"
      R"({"event_type":"agent_end","agent_name":"b","run_id":"r","span_id":"0000000000000002",)"
      R"("parent_span_id":"0000000000000001","timestamp":1004,"status":"error",)"
      R"("span.status_message":"no luck"})"
      "\n");
  ApiClient client(*store);
  const element tree = client.json("/api/runs/r/spans");
  EXPECT_THAT(integers(tree["spans"]["open"]), ElementsAre(1, 0));
  EXPECT_THAT(reals(tree["spans"]["duration_ms"]), ElementsAre(0, 3000));
  // What is open lasts to the end of the run, and so what it waited for is on the path.
  EXPECT_THAT(integers(tree["spans"]["critical"]), ElementsAre(1, 1));
  EXPECT_THAT(texts(tree, "error"), ElementsAre("", "no luck"));
}

TEST(UsersAsk14_RunTree, AHundredThousandSpansAreAllThere) {
  constexpr int kSpans = 100'000;
  std::string lines;
  char line[300];
  for (int i = 0; i < kSpans; ++i) {
    std::snprintf(line, sizeof line,
                  R"({"event_type":"agent_end","agent_name":"a%d","run_id":"r",)"
                  R"("span_id":"%016x","parent_span_id":"%016x","timestamp":%d,"duration_ms":%d})"
                  "\n",
                  i % 50, i + 1, i == 0 ? 0 : i / 8 + 1, 1'000'000, kSpans - i);
    lines += line;
  }
  const auto store = store_of(lines);
  ApiClient client(*store);
  const element tree = client.json("/api/runs/r/spans");
  EXPECT_EQ(std::int64_t(tree["truncated"]), 0);
  const std::vector<std::int64_t> parents = integers(tree["spans"]["parent"]);
  ASSERT_THAT(parents, SizeIs(kSpans));
  for (std::size_t i = 1; i < parents.size(); ++i) {
    ASSERT_GE(parents[i], 0);
    ASSERT_LT(parents[i], static_cast<std::int64_t>(i));
  }
  EXPECT_LT(client.get("/api/runs/r/spans").body.size(), std::size_t{12} << 20);
}

TEST(UsersAsk14_RunTree, WhatIsBeyondTheBoundIsCounted) {
  const auto store =
      store_of(lines_of({{"a", "", 0, 100}, {"b", "a", 10, 20}, {"c", "a", 30, 40}}));
  ApiClient client(*store, {.tree_spans_max = 2});
  const element tree = client.json("/api/runs/r/spans");
  EXPECT_EQ(std::int64_t(tree["truncated"]), 1);
  EXPECT_THAT(texts(tree, "name"), ElementsAre("a", "b"));
}

TEST(Row78_Download, HasATypeAndANameThatIsSafe) {
  const auto store = store_of(R"({"event_type":"llm_call","run_id":"../a b\"\r\nX: 1/é"})"
                              "\n");
  const ApiClient client(*store);
  const std::string path = "/api/runs/..%2Fa%20b%22%0D%0AX:%201%2F%C3%A9/download";
  for (const DownloadFormat& format : download_formats()) {
    const HttpReply reply = client.get(path + "?format=" + std::string(format.name));
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.content_type, format.content_type);
    ASSERT_THAT(reply.headers, SizeIs(1));
    EXPECT_EQ(reply.headers[0].first, "Content-Disposition");
    EXPECT_EQ(reply.headers[0].second,
              "attachment; filename=\"run-a-b-X-1." + std::string(format.file_ending) + "\"");
  }
  EXPECT_EQ(download_name("///", download_formats()[0]), "run.otlp.json");
  EXPECT_THAT(download_name(std::string(5000, 'x'), download_formats()[0]).size(), 94u);
}

TEST(Row78_Download, JsonLinesAreTheEventsAgain) {
  const auto store = store_of_file(kFixture);
  const ApiClient client(*store);
  const HttpReply reply = client.get("/api/runs/run_fixture_1/download?format=jsonl");
  const auto again = store_of(reply.body);
  ASSERT_EQ(again->summary().count, 10u);
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_EQ(*again->event_json(i), *store->event_json(i));
  EXPECT_EQ(again->run("run_fixture_1")->tokens, 1300);
}

TEST(Row78_Download, OtlpIsTheSameTreeAgain) {
  const auto store = store_of_file(kFixture);
  const ApiClient client(*store);
  const std::string otlp = client.get("/api/runs/run_fixture_1/download").body;
  auto again = empty_store();
  const auto reader = read_document(memory_source(otlp));
  ASSERT_TRUE(again->add(*reader).ok());
  const RunPage runs = again->runs();
  ASSERT_THAT(runs.runs, SizeIs(1));
  ApiClient other(*again);
  const element tree = other.json("/api/runs/" + runs.runs[0].run_id + "/spans");
  EXPECT_THAT(texts(tree, "kind"), ElementsAre("PATTERN", "AGENT", "LLM", "AGENT", "LLM"));
  EXPECT_THAT(integers(tree["spans"]["parent"]), ElementsAre(-1, 0, 1, 0, 3));
  EXPECT_THAT(reals(tree["spans"]["duration_ms"]), ElementsAre(6000, 2000, 850, 3000, 1800));
}

TEST(Row78_Download, OtherFormatsAreThoseOfTheirRenderers) {
  const auto store = store_of_file(kFixture);
  const ApiClient client(*store);
  const auto file = [&client](const std::string& format) {
    return client.get("/api/runs/run_fixture_1/download?format=" + format).body;
  };
  EXPECT_THAT(file("folded"), HasSubstr("customer-support;Classifier;gpt-4o-mini 850000000\n"));
  simdjson::dom::parser parser;
  EXPECT_EQ(simdjson::dom::array(
                parser.parse(simdjson::padded_string(file("jaeger")))["data"].at(0)["spans"])
                .size(),
            5u);
  EXPECT_TRUE(parser.parse(simdjson::padded_string(file("chrome")))["traceEvents"].error() == 0);
  EXPECT_THAT(file("perfetto"), HasSubstr("Billing Agent"));
}

TEST(Row78_Download, AFileThatWouldBeTooLargeIsRefused) {
  const auto store = store_of_file(kFixture);
  ApiClient client(*store, {.answer_bytes_max = 200});
  for (const DownloadFormat& format : download_formats()) {
    EXPECT_THAT(
        client.error("/api/runs/run_fixture_1/download?format=" + std::string(format.name), 413),
        HasSubstr("more than 200 bytes"))
        << format.name;
  }
}

}  // namespace
}  // namespace tracebus::testing
