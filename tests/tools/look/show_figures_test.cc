// SPDX-License-Identifier: Apache-2.0
//
// What show and timeline say of runs: once, the same in text and JSON, and only what was said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "tracebus/render/text_parts.h"
#include "tracebus/tests/tools/look/look_fixture.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::json_of;
using testing::kSample;
using testing::lines_of;
using ::testing::Not;
using testing::output_of;
using testing::run_program;
using testing::TemporaryFolder;
using testing::write_file;

const std::string kTraces = TRACEBUS_TEST_DATA "/traces/";

class ShowFiguresTest : public ::testing::Test {
 protected:
  void SetUp() override { setenv("COLUMNS", "1000", 1); }
  void TearDown() override { unsetenv("COLUMNS"); }

  std::string file_of(const std::string& lines) const {
    write_file(folder_.file("a.jsonl"), lines);
    return folder_.file("a.jsonl");
  }

  const TemporaryFolder folder_;
};

std::vector<std::string> headings_of(const std::string& text) {
  std::vector<std::string> headings;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("Run #")) headings.push_back(line);
  }
  return headings;
}

// Each heading of the text says what the JSON of its run does.
void expect_agreement(const std::string& path) {
  const auto headings = headings_of(output_of({"show", "--limit", "0", path}));
  simdjson::dom::parser parser;
  const auto all = json_of(parser, {"show", "--limit", "0", "--json", path});
  const simdjson::dom::array runs = all["list"];
  ASSERT_EQ(headings.size(), runs.size());
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const auto run = runs.at(i).value();
    const auto steps = testing::count_at(run, "/steps");
    EXPECT_THAT(headings[i], HasSubstr("   " + std::to_string(steps) +
                                       (steps == 1 ? " step" : " steps")));
    const double ms = testing::number_at(run, "/duration_ms");
    std::string duration;
    append_duration(duration, std::llround(ms * 1e6));
    EXPECT_THAT(headings[i], HasSubstr(ms > 0 ? "   " + duration : std::string()));
    std::string cost;
    double usd = 0;
    if (!run.at_key("cost_usd").get(usd)) {
      append_dollars(cost, NanoDollars(std::llround(usd * 1e9)), 4);
      EXPECT_THAT(headings[i], HasSubstr("   " + cost));
    } else {
      EXPECT_THAT(headings[i], Not(HasSubstr("$")));
    }
    const bool failed = testing::text_at(run, "/status") == "failed";
    EXPECT_EQ(headings[i].find(" [error") != std::string::npos ||
                  headings[i].find(" [failed]") != std::string::npos,
              failed)
        << headings[i];
  }
}

TEST_F(ShowFiguresTest, Row76TextAndJsonSayTheSameOfEachRun) {
  expect_agreement(kSample);
  expect_agreement(kTraces + "pyagent_jsonl_exporter_format.jsonl");
  expect_agreement(kTraces + "pyagent_recorder_format.jsonl");
  const std::string demo = folder_.file("demo.jsonl");
  ASSERT_EQ(run_program({"demo", "--agents", "50", "--threads", "1", "--runs", "100", "--rate",
                         "20000", "--jsonl", demo})
                .status,
            0);
  expect_agreement(demo);
}

// A call and its record, without any ids of spans.
TEST_F(ShowFiguresTest, Row76ACallAndItsRecordAreToldOnceInTheHeading) {
  const std::string path = file_of(
      R"({"event_type":"llm_call","run_id":"r","agent_name":"a","model":"m","input_tokens":10,)"
      R"("output_tokens":5,"cost_usd":0.5,"duration_ms":10,"timestamp":1749479521})"
      "\n"
      R"({"event_type":"cost_record","run_id":"r","agent_name":"a","model":"m","input_tokens":10,)"
      R"("output_tokens":5,"cost_usd":0.5,"timestamp":1749479521})"
      "\n");
  EXPECT_THAT(output_of({"show", path}), HasSubstr("   1 step   10.0ms   $0.5000\n"));
  expect_agreement(path);
}

// What is said of the run beside its spans counts: an event of no span says how long it took.
TEST_F(ShowFiguresTest, Row76TheRunLastsAsLongAsItsEvents) {
  const std::string path = file_of(
      R"({"event_type":"llm_call","timestamp":"2025-06-09T14:32:01Z","run_id":"arg-1",)"
      R"("payload":{"model":"gpt-4o","input_tokens":10,"output_tokens":5,"cost_usd":0.002}})"
      "\n"
      R"({"event_type":"state_transition","timestamp":"2025-06-09T14:32:02Z","run_id":"arg-1",)"
      R"("payload":{"state":"DONE"}})"
      "\n");
  EXPECT_THAT(output_of({"show", path}), HasSubstr("Run #arg-1   1 step   1.0s   $0.0020\n"));
  EXPECT_THAT(output_of({"show", path}), HasSubstr("└── gpt-4o  10→5 tok $0.00200\n"));
}

TEST_F(ShowFiguresTest, Row76CallsThatNobodyPricedAreSaidInTheHeading) {
  const std::string call = R"({"event_type":"llm_call","run_id":"r","model":"m","input_tokens":1,)"
                           R"("output_tokens":2,"duration_ms":5,"timestamp":1750000000)";
  EXPECT_THAT(output_of({"show", file_of(call + "}\n")}), HasSubstr("   1 call unpriced\n"));
  EXPECT_THAT(output_of({"show", file_of(call + "}\n" + call + ",\"cost_usd\":0.25}\n")}),
              HasSubstr("   $0.2500 + 1 call unpriced\n"));
}

TEST_F(ShowFiguresTest, WhatNobodySaidIsNoNumber) {
  const std::string path = file_of(
      R"({"event_type":"pattern_start","run_id":"r","pattern_type":"p","span_id":"top",)"
      R"("timestamp":1750000000})"
      "\n"
      R"({"event_type":"tool_call","run_id":"r","span.name":"quiet","span_id":"quiet",)"
      R"("parent_span_id":"top","timestamp":1750000001})"
      "\n"
      R"({"event_type":"tool_end","run_id":"r","span.name":"brief","span_id":"brief",)"
      R"("parent_span_id":"top","duration_ms":0,"timestamp":1750000002})"
      "\n");
  const std::string tree = output_of({"show", path});
  EXPECT_THAT(tree, HasSubstr("├── quiet\n"));
  EXPECT_THAT(tree, HasSubstr("└── brief  0.0us\n")) << "that it took no time was said";
  const std::string bars = output_of({"timeline", path, "--width", "20"});
  EXPECT_THAT(bars, HasSubstr("? p [2000.0ms] [open]\n |====================|\n"));
  EXPECT_THAT(bars, HasSubstr("? quiet\n"));
  EXPECT_THAT(bars, HasSubstr("? brief [0.0ms]\n"));
  simdjson::dom::parser parser;
  const auto all = json_of(parser, {"show", path, "--json"});
  EXPECT_EQ(testing::text_at(all, "/list/0/spans/1/name"), "quiet");
  for (const char* const absent :
       {"/list/0/spans/0/duration_ms", "/list/0/spans/1/duration_ms",
        "/list/0/spans/1/cost_usd", "/list/0/spans/1/input_tokens",
        "/list/0/spans/1/output_tokens", "/list/0/cost_usd"}) {
    EXPECT_TRUE(all.at_pointer(absent).is_null()) << absent;
  }
  EXPECT_DOUBLE_EQ(testing::number_at(all, "/list/0/spans/2/duration_ms"), 0);
}

TEST_F(ShowFiguresTest, AnOpenSpanLastsUntilTheLastThatIsKnownOfIt) {
  const std::string path = file_of(
      R"({"event_type":"pattern_start","run_id":"r","pattern_type":"p","timestamp":1750000000})"
      "\n"
      R"({"event_type":"agent_start","run_id":"r","agent_name":"a","timestamp":1750000000})"
      "\n"
      R"({"event_type":"llm_call","run_id":"r","agent_name":"a","model":"m","duration_ms":500,)"
      R"("timestamp":1750000002})"
      "\n"
      R"({"event_type":"agent_start","run_id":"r","agent_name":"b","timestamp":1750000004})"
      "\n");
  const std::string tree = output_of({"show", path});
  EXPECT_THAT(tree, HasSubstr("   4.0s   1 call unpriced [stale, 3 spans open]\n"));
  EXPECT_THAT(tree, HasSubstr("├── a  2.0s  m [open]\n"));
  EXPECT_THAT(tree, HasSubstr("└── b [open]\n"));
  EXPECT_THAT(output_of({"timeline", path, "--width", "20"}),
              HasSubstr(" ? a [2000.0ms] [open]\n  |==========|\n"));
}

TEST_F(ShowFiguresTest, AnEndWithoutItsStartIsMarked) {
  const std::string end = R"({"event_type":"agent_end","run_id":"z","agent_name":"alone",)"
                          R"("timestamp":1750000000)";
  const std::string unmarked = output_of({"show", file_of(end + ",\"duration_ms\":5}\n")});
  EXPECT_THAT(unmarked, HasSubstr("└── alone  5.0ms\n"));
  const std::string marked = output_of({"show", file_of(end + "}\n")});
  EXPECT_THAT(marked, HasSubstr("Run #z   1 step\n└── alone [start is missing]\n"));
}

TEST_F(ShowFiguresTest, OrphansCyclesAndDuplicatesAreNamedByTheIdsOfTheFile) {
  const auto span = [](const std::string& id, const std::string& parent) {
    return R"({"trace_id":"T","span_id":")" + id + R"(","parent_span_id":")" + parent +
           R"(","name":")" + id + R"(","start_time":"2026-01-01T00:00:03Z",)" +
           R"("end_time":"2026-01-01T00:00:04Z"})" + "\n";
  };
  const std::string path = file_of(span("lost", "nowhere\\u001b[2J") + span("one", "two") +
                                   span("two", "one") + span("lost", "nowhere"));
  const std::string tree = output_of({"show", path});
  EXPECT_THAT(tree, HasSubstr("[orphan: nowhere\\x1b[2J is missing]"));
  EXPECT_THAT(tree, HasSubstr("[cycle: two is below]"));
  EXPECT_THAT(tree, HasSubstr("[duplicate: lost is there twice]"));
  const std::string bars = output_of({"timeline", path});
  EXPECT_THAT(bars, HasSubstr("\nNo root span\n"));
  EXPECT_THAT(bars, HasSubstr("[orphan: nowhere\\x1b[2J is missing]"));
}

// Of spans with one id one counts.
TEST_F(ShowFiguresTest, DuplicatesAreNotAddedToWhatLiesAboveThem) {
  const std::string top = R"({"trace_id":"T","span_id":"t","name":"top","kind":"CHAIN",)"
                          R"("start_time":"2026-01-01T00:00:00Z",)"
                          R"("end_time":"2026-01-01T00:00:09Z"})"
                          "\n";
  const std::string mid = R"({"trace_id":"T","span_id":"m","parent_span_id":"t","name":"mid",)"
                          R"("kind":"CHAIN","start_time":"2026-01-01T00:00:00Z",)"
                          R"("end_time":"2026-01-01T00:00:09Z"})"
                          "\n";
  const std::string call = R"({"trace_id":"T","span_id":"d1","parent_span_id":"m","name":"chat",)"
                           R"("kind":"LLM","model":"gpt-4o","cost_usd":1.0,"input_tokens":10,)"
                           R"("output_tokens":5,"start_time":"2026-01-01T00:00:03Z",)"
                           R"("end_time":"2026-01-01T00:00:04Z"})"
                           "\n";
  const std::string tree = output_of({"show", file_of(top + mid + call + call)});
  EXPECT_THAT(tree, HasSubstr("└── mid       9.0s  gpt-4o  10→5 tok $1.00000\n"));
  EXPECT_THAT(tree, HasSubstr("    └── chat  1.0s  gpt-4o [duplicate: d1 is there twice]\n"));
}

}  // namespace
}  // namespace tracebus
