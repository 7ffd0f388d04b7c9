// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tracebus/render/tree_text.h"
#include "tracebus/studio/trace_store.h"

namespace tracebus::test {
namespace {

constexpr char kFixture[] = TRACEBUS_TEST_DATA "/traces/pyagent_sample_trace.jsonl";

TEST(StoreLoad, Row71RealFixtureGivesTheSeedsNumbers) {
  TraceStore store;
  const auto loaded = store.load(kFixture);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->spans, 17u);
  const StoreSummary summary = store.summary();
  EXPECT_EQ(summary.total_tokens, 1840);
  EXPECT_EQ(summary.total_cost_nanos, 24'800'000);
  EXPECT_EQ(summary.total_duration_ms, 4750);
  EXPECT_EQ(summary.runs, 2u);
  for (const RunSummary& run : store.runs().runs) {
    printf("%s %s %s %g steps=%lu calls=%lu $%g\n", run.run_id.c_str(), run.workflow.c_str(),
           std::string(to_string(run.status)).c_str(), run.duration_s, run.steps, run.calls,
           run.cost_usd.value_or(-1));
    printf("%s", to_run_text(*store.trace(run.run_id)).c_str());
  }
  for (const StoredSpan& span : store.query()) {
    printf("%lu %s %s\n", span.number, std::string(span.run_id).c_str(),
           store.event_json(span.number)->c_str());
  }
}

}  // namespace
}  // namespace tracebus::test
