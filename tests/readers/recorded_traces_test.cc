// SPDX-License-Identifier: Apache-2.0
//
// The traces under tests/data/traces, read field by field.
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tests/readers/read_events.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::test {
namespace {

ReadEvents read_file(const std::string& name) {
  auto reader = open_jsonl(std::string(TRACEBUS_TEST_DATA "/traces/") + name);
  EXPECT_TRUE(reader.ok()) << reader.status();
  return reader.ok() ? read_all(**reader) : ReadEvents{};
}

struct Expected {
  std::string_view time, type, agent, pattern, run, payload;
};

void expect_events(const ReadEvents& read, std::span<const Expected> expected) {
  EXPECT_EQ(read.account.lines, expected.size());
  EXPECT_EQ(read.account.bad_lines, 0u);
  EXPECT_EQ(read.account.repaired, 0u);
  ASSERT_EQ(read.events.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE("line " + std::to_string(i + 1));
    const SeenEvent& event = read.events[i];
    EXPECT_EQ(event.time, expected[i].time);
    EXPECT_EQ(event.type, expected[i].type);
    EXPECT_EQ(event.agent, expected[i].agent);
    EXPECT_EQ(event.pattern, expected[i].pattern);
    EXPECT_EQ(event.run, expected[i].run);
    EXPECT_EQ(event.payload, expected[i].payload);
    EXPECT_EQ(event.trace + event.span + event.parent, "");
    EXPECT_FALSE(event.origin.has_value());
  }
}

TEST(RecordedTraces, StudioFixtureHasSeventeenEventsOfTwoRuns) {
  constexpr std::string_view kSupport = "customer-support", kRefund = "refund-processor";
  constexpr std::string_view kBilling = "Billing Agent", kPolicy = "Policy Checker";
  const std::array<Expected, 17> expected = {{
      {"2026-06-16T09:00:00.000000000Z", "pattern_start", "", kSupport, "run_fixture_1",
       R"({"workflow":"customer-support"})"},
      {"2026-06-16T09:00:01.000000000Z", "agent_start", "Classifier", "", "",
       R"({"kind":"agent"})"},
      {"2026-06-16T09:00:02.000000000Z", "llm_call", "Classifier", "", "",
       R"({"model":"gpt-4o-mini","duration_ms":850,"tokens":320})"},
      {"2026-06-16T09:00:02.000000000Z", "cost_record", "Classifier", kSupport, "",
       R"({"model":"gpt-4o-mini","input_tokens":200,"output_tokens":120,"cost_usd":0.0021})"},
      {"2026-06-16T09:00:03.000000000Z", "agent_end", "Classifier", "", "", "{}"},
      {"2026-06-16T09:00:03.000000000Z", "agent_start", kBilling, "", "", R"({"kind":"agent"})"},
      {"2026-06-16T09:00:05.000000000Z", "llm_call", kBilling, "", "",
       R"({"model":"claude-3-5-sonnet","duration_ms":1800,"tokens":980})"},
      {"2026-06-16T09:00:05.000000000Z", "cost_record", kBilling, kSupport, "",
       R"({"model":"claude-3-5-sonnet","input_tokens":600,"output_tokens":380,"cost_usd":0.0185})"},
      {"2026-06-16T09:00:06.000000000Z", "agent_end", kBilling, "", "", "{}"},
      {"2026-06-16T09:00:06.000000000Z", "pattern_end", "", kSupport, "run_fixture_1",
       R"({"status":"success"})"},
      {"2026-06-16T09:01:00.000000000Z", "pattern_start", "", kRefund, "run_fixture_2",
       R"({"workflow":"refund-processor"})"},
      {"2026-06-16T09:01:01.000000000Z", "agent_start", kPolicy, "", "", R"({"kind":"tool"})"},
      {"2026-06-16T09:01:03.000000000Z", "llm_call", kPolicy, "", "",
       R"({"model":"gemini-1.5-pro","duration_ms":2100,"tokens":540})"},
      {"2026-06-16T09:01:03.000000000Z", "cost_record", kPolicy, kRefund, "",
       R"({"model":"gemini-1.5-pro","input_tokens":300,"output_tokens":240,"cost_usd":0.0042})"},
      {"2026-06-16T09:01:04.000000000Z", "error", kPolicy, "", "",
       R"({"model":"gemini-1.5-pro","message":"policy violation detected"})"},
      {"2026-06-16T09:01:04.000000000Z", "agent_end", kPolicy, "", "", "{}"},
      {"2026-06-16T09:01:04.000000000Z", "pattern_end", "", kRefund, "run_fixture_2",
       R"({"status":"failed"})"},
  }};
  const ReadEvents read = read_file("pyagent_sample_trace.jsonl");
  expect_events(read, expected);
  for (const SeenEvent& event : read.events) EXPECT_EQ(event.run_is_foreign, !event.run.empty());
}

TEST(RecordedTraces, StudioSpanOfTheDocument) {
  const std::array<Expected, 1> expected = {{
      {"2025-06-09T14:32:01.243000000Z", "llm_call_end", "billing_agent", "supervisor", "run-174",
       R"({"workflow":"main","provider":"anthropic","model":"claude-sonnet-4-20250514",)"
       R"("input_tokens":180,"output_tokens":140,"duration_ms":2401.3,"cost_estimate":0.0084})"},
  }};
  expect_events(read_file("studio_span.jsonl"), expected);
}

TEST(RecordedTraces, RecorderKeepsMessagesResponseAndMetadata) {
  const std::array<Expected, 4> expected = {{
      {"2025-06-09T14:32:01.243439700Z", "pattern_start", "", "debate", "",
       R"({"messages_in":[],"response":"","metadata":{"pattern_type":"debate"}})"},
      {"2025-06-09T14:32:02.243439700Z", "llm_call", "bull", "", "",
       R"({"messages_in":[{"role":"user","content":"Argue the bull case","name":null}],)"
       R"("response":"Strong demand\nand \"quotes\" €",)"
       R"("metadata":{"round":1,"model":"gemini-2.5-flash","input_tokens":450,)"
       R"("output_tokens":380,"cost_usd":0.00094}})"},
      {"2025-06-09T14:32:03.243439700Z", "llm_call", "bear", "", "",
       R"({"messages_in":[{"role":"system","content":"s","name":null},)"
       R"({"role":"assistant","content":"x","name":"bull"}],)"
       R"("response":"Valuation stretched","metadata":{}})"},
      {"2025-06-09T14:32:04.243439700Z", "pattern_end", "", "", "",
       R"({"messages_in":[],"response":"Buy","metadata":{"duration_seconds":3.0}})"},
  }};
  expect_events(read_file("pyagent_recorder_format.jsonl"), expected);
}

TEST(RecordedTraces, JsonlExporterLinesAreTheSeedsFiveFields) {
  const ReadEvents read = read_file("pyagent_jsonl_exporter_format.jsonl");
  EXPECT_EQ(read.account.bad_lines, 0u);
  ASSERT_EQ(read.events.size(), 12u);
  EXPECT_EQ(read.events[0].time, "2025-06-09T14:32:01.243439700Z");
  EXPECT_EQ(read.events[0].pattern, "supervisor");
  EXPECT_EQ(read.events[0].payload, "{}");
  EXPECT_EQ(read.events[2].payload,
            R"({"model":"unknown","input_tokens":12,"output_tokens":1,"cost_usd":0.0})");
  EXPECT_EQ(read.events[6].payload,
            R"({"provider":"openai",)"
            R"("error":"429 rate limited — réessayer","duration_seconds":0.1})");
  EXPECT_EQ(read.events[11].type, "pattern_end");
  EXPECT_EQ(read.events[11].payload,
            R"({"duration_seconds":3.4,"token_estimate":96,"output_length":384})");
}

}  // namespace
}  // namespace tracebus::test
