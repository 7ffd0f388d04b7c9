// SPDX-License-Identifier: Apache-2.0
//
// From a recorded file to lines for people: readers, collector and renderers together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/render/timeline.h"
#include "tracebus/render/tree_text.h"
#include "tracebus/tests/source_folder.h"
#include "tracebus/trace/trace_collector.h"

namespace tracebus {
namespace {

std::vector<Trace> traces_of(const std::string& file) {
  auto reader = open_jsonl(std::string(TRACEBUS_TEST_DATA) + "/traces/" + file);
  EXPECT_TRUE(reader.ok()) << reader.status();
  return reader.ok() ? collect_traces(**reader) : std::vector<Trace>();
}

// Without ids but for the runs', and with the figures in records apart.
TEST(FileTrace, TheSeedsFixtureIsTwoRuns) {
  const std::vector<Trace> traces = traces_of("pyagent_sample_trace.jsonl");
  ASSERT_EQ(traces.size(), 2u);
  EXPECT_EQ(to_run_text(traces[0], {.fold_calls = true}),
            "Run #fixture_1   customer-support   2 steps   6.0s   $0.0206\n"
            "├── Classifier     2.0s  gpt-4o-mini        200→120 tok $0.00210\n"
            "└── Billing Agent  3.0s  claude-3-5-sonnet  600→380 tok $0.01850\n");
  EXPECT_EQ(to_tree_text(traces[1]),
            "Trace: refund-processor (4.0s total, $0.00420) [error]\n"
            "└── Policy Checker      3.0s  300→240 tok  $0.00420\n"
            "    └── gemini-1.5-pro  2.1s\n"
            "─────────────────────────────────────────\n"
            "Total: $0.00420\n");
  EXPECT_EQ(to_timeline(traces[1], {.width = 20}),
            "x refund-processor [4000.0ms]\n |====================|\n"
            " ? Policy Checker [3000.0ms]\n  |     ===============|\n"
            "  ? gemini-1.5-pro [2100.0ms]\n   |    ===========|");
}

TEST(FileTrace, TheDocumentsSpanIsARunOfOneStep) {
  const std::vector<Trace> traces = traces_of("studio_span.jsonl");
  ASSERT_EQ(traces.size(), 1u);
  EXPECT_EQ(to_run_text(traces[0]),
            "Run #174   supervisor   1 step   2.4s   $0.0084\n"
            "└── billing_agent  2.4s  claude-sonnet-4  180→140 tok $0.00840\n");
}

TEST(FileTrace, ARecorderFileIsOneRun) {
  const std::vector<Trace> traces = traces_of("pyagent_recorder_format.jsonl");
  ASSERT_EQ(traces.size(), 1u);
  EXPECT_EQ(to_tree_text(traces[0]),
            "Trace: debate (3.0s total, $0.00094)\n"
            "├── bull  gemini-2.5-flash  450→380 tok  $0.00094\n"
            "└── bear\n"
            "─────────────────────────────────────────\n"
            "Total: $0.00094\n");
}

TEST(FileTrace, AnExportersFileIsOneRun) {
  const std::vector<Trace> traces = traces_of("pyagent_jsonl_exporter_format.jsonl");
  ASSERT_GE(traces.size(), 1u);
  EXPECT_EQ(to_tree_text(traces[0]),
            "Trace: supervisor (3.4s total, $0.00000)\n"
            "├── classifier     0.3s                   12→1 tok  $0.00000\n"
            "└── billing_agent        claude-sonnet-4\n"
            "─────────────────────────────────────────\n"
            "Total: $0.00000\n");
}

}  // namespace
}  // namespace tracebus
