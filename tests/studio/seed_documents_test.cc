// SPDX-License-Identifier: Apache-2.0
//
// Each example of the seeds' documents that uses TraceService or RunsService, in C++.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "tracebus/render/tree_text.h"
#include "tracebus/tests/source_folder.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

template <class... Values>
std::string text(const char* format, Values... values) {
  char line[256];
  std::snprintf(line, sizeof line, format, values...);
  return line;
}

class ProductionRuns : public ::testing::Test {
 protected:
  const std::string path_ = kProductionRuns;
};

// Studio - Traces, "Python API".
TEST_F(ProductionRuns, Row67StudioDocumentPythonApi) {
  TraceStore svc;
  const auto spans = svc.load(path_);
  ASSERT_TRUE(spans.ok()) << spans.status();
  EXPECT_EQ(text("Loaded %d spans", static_cast<int>(spans->spans)), "Loaded 6 spans");

  const SpanPage llm_calls = svc.query({.event_type = "llm_call_end"});
  EXPECT_EQ(llm_calls.size(), 6u);
  const SpanPage billing_spans = svc.query({.agent_name = "billing_agent"});
  EXPECT_EQ(billing_spans.size(), 1u);

  const SpanPage slow = svc.query({.min_duration_ms = 2000});
  std::vector<std::string> lines;
  for (const StoredSpan& s : slow) {
    lines.push_back(text("%s (%s): %.0fms, $%.5f", std::string(s.agent_name).c_str(),
                         std::string(s.model).c_str(), s.duration_ms, s.cost_estimate.value_or(0)));
  }
  EXPECT_THAT(lines, ElementsAre("billing_agent (claude-sonnet-4-20250514): 2401ms, $0.00840"));

  std::map<std::string, double> cost_by_model;
  for (const StoredSpan& s : llm_calls) {
    cost_by_model[std::string(s.model)] += s.cost_estimate.value_or(0);
  }
  EXPECT_EQ(text("%.4f", cost_by_model["claude-sonnet-4-20250514"]), "0.0084");
  EXPECT_EQ(text("%.5f", cost_by_model["claude-haiku-3-5-20241022"]), "0.00093");
}

// pyagent-trace, "Integration with pyagent-studio".
TEST(SeedDocuments, Row68TraceDocumentIntegrationWithStudio) {
  TraceStore svc;
  const auto spans = svc.load(kFixture);
  ASSERT_TRUE(spans.ok()) << spans.status();
  EXPECT_EQ(text("Spans: %d", static_cast<int>(spans->spans)), "Spans: 17");
  std::vector<std::string> lines;
  for (const StoredSpan& span : svc.query({.event_type = "llm_call"})) {
    lines.push_back(text(" [%s] %s: %.0fms, %d tokens", std::string(span.event_type).c_str(),
                         std::string(span.agent_name).c_str(), span.duration_ms,
                         static_cast<int>(span.tokens)));
  }
  EXPECT_THAT(lines, ElementsAre(" [llm_call] Classifier: 850ms, 320 tokens",
                                 " [llm_call] Billing Agent: 1800ms, 980 tokens",
                                 " [llm_call] Policy Checker: 2100ms, 540 tokens"));
  const SpanPage slow_spans = svc.query({.min_duration_ms = 2000});
  lines.clear();
  for (const StoredSpan& span : slow_spans) {
    if (span.event_type == "llm_call") lines.emplace_back(span.agent_name);
  }
  EXPECT_THAT(lines, ElementsAre("Policy Checker"));
  // Ends that leave out how long it took have the time since their start, which the seed's have
  // not: three agents and two patterns.
  EXPECT_EQ(slow_spans.size(), 6u);
}

// "The dashboard shows": the header, the list of runs and their trees.
TEST_F(ProductionRuns, Row76ListOfRunsWithTheirTrees) {
  TraceStore svc;
  ASSERT_TRUE(svc.load(path_).ok());
  const StoreSummary summary = svc.summary();
  EXPECT_EQ(text("%d spans from %d runs", static_cast<int>(summary.count),
                 static_cast<int>(summary.runs)),
            "6 spans from 2 runs");
  const RunPage page = svc.runs();
  ASSERT_EQ(page.runs.size(), 2u);
  const RunSummary& newest = page.runs[0];
  EXPECT_EQ(newest.run_id, "run-174");
  EXPECT_EQ(newest.pattern, "supervisor");
  EXPECT_EQ(newest.workflow, "main");
  EXPECT_EQ(newest.steps, 3u);
  EXPECT_EQ(text("%.1fs $%.4f", newest.duration_s, *newest.cost_usd), "3.4s $0.0089");
  EXPECT_EQ(newest.status, RunStatus::kUnknown) << "nobody said how it ended";
  const auto trace = svc.trace("run-174");
  ASSERT_TRUE(trace.ok()) << trace.status();
  const std::string tree = to_run_text(*trace);
  for (const char* part : {"Run #174", "3 steps", "$0.00892", "classifier", "billing_agent",
                           "formatter", "180→140 tok", "2.4s"}) {
    EXPECT_NE(tree.find(part), std::string::npos) << part << " is not in\n" << tree;
  }
}

TEST(SeedDocuments, Row68SummaryHasTheSeedsKeys) {
  TraceStore svc;
  EXPECT_FALSE(svc.summary().loaded);
  EXPECT_EQ(svc.summary().count, 0u);
  ASSERT_TRUE(svc.load(kFixture).ok());
  const StoreSummary summary = svc.summary();
  EXPECT_TRUE(summary.loaded);
  EXPECT_EQ(summary.count, 17u);
  EXPECT_THAT(summary.event_types, ElementsAre("agent_end", "agent_start", "cost_record", "error",
                                               "llm_call", "pattern_end", "pattern_start"));
  EXPECT_THAT(summary.agents, ElementsAre("Billing Agent", "Classifier", "Policy Checker"));
  EXPECT_EQ(summary.total_tokens, 1840);
  EXPECT_EQ(summary.total_duration_ms, 4750);
  EXPECT_EQ(summary.total_cost_nanos, 24'800'000);
}

TEST(SeedDocuments, Row69RunsOfTheRealFixture) {
  TraceStore svc;
  ASSERT_TRUE(svc.load(kFixture).ok());
  const RunPage page = svc.runs();
  ASSERT_EQ(page.runs.size(), 2u);
  const RunSummary& refund = page.runs[0];
  EXPECT_EQ(refund.run_id, "run_fixture_2");
  EXPECT_EQ(refund.workflow, "refund-processor");
  EXPECT_EQ(refund.status, RunStatus::kFailed);
  EXPECT_EQ(refund.duration_s, 4);
  EXPECT_EQ(refund.cost_nanos, 4'200'000);
  EXPECT_EQ(refund.tokens, 540);
  EXPECT_EQ(refund.errors, 1u);
  const RunSummary& support = page.runs[1];
  EXPECT_EQ(support.status, RunStatus::kSucceeded);
  EXPECT_EQ(support.duration_s, 6);
  EXPECT_EQ(support.cost_nanos, 20'600'000);
  EXPECT_EQ(support.tokens, 1300);
  EXPECT_EQ(support.steps, 2u);
  EXPECT_EQ(support.calls, 2u);
}

TEST(SeedDocuments, Row70NumbersAsTimesAreReadWhereTheSeedCrashes) {
  TraceStore svc;
  for (const char* name :
       {"pyagent_jsonl_exporter_format.jsonl", "pyagent_recorder_format.jsonl"}) {
    ASSERT_TRUE(svc.add(std::string(TRACEBUS_TEST_DATA "/traces/") + name).ok()) << name;
  }
  const RunPage page = svc.runs();
  ASSERT_EQ(page.runs.size(), 2u);
  for (const RunSummary& run : page.runs) {
    EXPECT_EQ(run.status, RunStatus::kSucceeded) << run.run_id;
    EXPECT_NEAR(run.duration_s, run.pattern == "debate" ? 3.0 : 3.4, 0.001);
  }
  // What the recorder keeps in its metadata counts.
  const SpanPage calls = svc.query({.event_type = "llm_call", .agent_name = "bull"});
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].model, "gemini-2.5-flash");
  EXPECT_EQ(calls[0].input_tokens, 450);
  EXPECT_EQ(calls[0].cost_nanos, 940'000);
}

}  // namespace
}  // namespace tracebus::testing
