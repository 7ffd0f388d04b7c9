// SPDX-License-Identifier: Apache-2.0
//
// Rows of the seeds' features that take several parts of the library together, and what their
// documents say beyond their sources.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/profile.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/exporters/processing_exporter.h"
#include "tracebus/exporters/redacting_processor.h"
#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/trace/mock_llm.h"
#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/budget.h"
#include "tracebus/trace/cost_tracker.h"
#include "tracebus/trace/head_sampler.h"
#include "tracebus/trace/pattern_span_emitter.h"
#include "tracebus/trace/traced.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::MockLlm;
using ::testing::Not;
using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

// The seed says nothing of a pattern that throws, and gives the figures of the others.
TEST(SeedRows, Row26_PatternSaysItsStartItsEndAndItsFigures) {
  SpanRig rig;
  const PatternSpanEmitter emitter(rig.tracer);
  {
    auto run = rig.tracer.pattern("debate");
    emitter.set_pattern_result(run, {.output_len = 830, .token_estimate = 207});
  }
  std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].type, "pattern_start");
  EXPECT_EQ(seen[0].pattern, "debate");
  EXPECT_EQ(seen[1].type, "pattern_end");
  EXPECT_GE(seen[1].duration_ms(), 0);
  EXPECT_EQ(seen[1]["token_estimate"], "207");
  EXPECT_EQ(seen[1]["output_length"], "830");
  const auto fail = [&] {
    auto run = rig.tracer.pattern("debate");
    throw std::runtime_error("no judge");
  };
  EXPECT_THROW(fail(), std::runtime_error);
  seen = rig.take();
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[1].type, "error");
  EXPECT_EQ(seen[2].type, "pattern_end");
  EXPECT_EQ(seen[2]["span.status"], "\"error\"");
}

// The seed's wrapper says neither tokens nor model nor cost.
TEST(SeedRows, Row29_TracedAgentIsASpanWithTheModelItCalls) {
  SpanRig rig;
  MockLlm model({"Buy"});
  auto bull = traced_function(
      rig.tracer, {.name = "bull", .kind = SpanKind::kAgent}, [&](const std::string& question) {
        auto call = rig.tracer.llm_call({.model = "mock"});
        call.usage({.input_tokens = 2, .output_tokens = 1, .cost = NanoDollars(5)});
        return model.complete({{"user", question}});
      });
  EXPECT_EQ(bull("Nvidia?"), "Buy");
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(4));
  EXPECT_EQ(seen[2].type, "llm_call_end");
  EXPECT_EQ(seen[2].agent, "bull");
  EXPECT_EQ(seen[2]["model"], "\"mock\"");
  EXPECT_EQ(seen[2]["input_tokens"], "2");
  EXPECT_EQ(seen[2]["cost_usd"], "5e-09");
  EXPECT_EQ(seen[3].type, "agent_end");
  EXPECT_EQ(seen[3].ids.span_id, seen[2].ids.parent_span_id);
}

TEST(SeedRows, Row32_ScopesEndWithTheirBlockAndCostNothingWhereNobodyLooks) {
  SpanRig rig;
  {
    auto outer = rig.tracer.chain("outer", {{"step", 1}});
    auto inner = rig.tracer.chain("inner");
  }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(4));
  EXPECT_EQ(seen[2]["span.name"], "\"inner\"");
  EXPECT_EQ(seen[3]["step"], "1");
  SpanRig nobody(Filter::types({}));
  auto span = nobody.tracer.chain("unseen");
  EXPECT_FALSE(span.is_recording());
}

TEST(SeedRows, Row50_MockModelCyclesEchoesCountsAndLogs) {
  MockLlm two({"a", "b"});
  std::string answers;
  for (int i = 0; i < 3; ++i) answers += two.complete({{"user", std::to_string(i)}});
  EXPECT_EQ(answers, "aba");
  ASSERT_THAT(two.calls(), SizeIs(3));
  EXPECT_EQ(two.calls()[2][0].content, "2");
  int waits = 0;
  MockLlm echo({}, [&] { ++waits; });
  EXPECT_EQ(echo.complete({{"user", "x"}, {"user", "y"}, {"assistant", "z"}}), "[MockLLM] Echo: y");
  EXPECT_EQ(waits, 1);
}

// What the seed's TraceConfig says and nothing reads: service, rate, whether at all.
TEST(SeedRows, Row63_ConfigurationIsCheckedAndUsed) {
  EXPECT_FALSE(HeadSampler::create({.share = 1.5}).ok());
  EXPECT_FALSE(HeadSampler::create({.share = -0.1}).ok());
  SpanRig rig(Filter(), {.service_name = "my-agent-app"});
  { auto span = rig.tracer.chain("c"); }
  EXPECT_EQ(rig.take_end()["service.name"], "\"my-agent-app\"");
  setenv("TRACEBUS_DISPATCHERS", "two", 1);
  EXPECT_FALSE(BusOptions::from_env().ok());
  unsetenv("TRACEBUS_DISPATCHERS");
}

// Redaction stands before one exporter; content comes to no exporter that was not granted it.
TEST(SeedRows, Row66_SecretsOfSpansReachNoFile) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("redacted.jsonl");
  TraceEventBus bus;
  std::vector<std::unique_ptr<Processor>> chain;
  chain.push_back(std::make_unique<RedactingProcessor>());
  auto file = JsonlExporter::open(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(
      bus.add_exporter(std::make_unique<ProcessingExporter>(std::move(chain), *std::move(file)))
          .ok());
  const Tracer tracer(bus);
  auto search =
      traced_function(tracer, {.name = "search", .kind = SpanKind::kTool, .capture = true},
                      [](const std::string& query) { return "what was found for " + query; });
  {
    auto span = tracer.agent("bull");
    span.set("api_key", "a thing to hide").set("note", "write to ann@example.org");
    span.add_event("asked", {{"password", "hunter2"}});
    search(std::string("what nobody may read"));
  }
  ASSERT_TRUE(bus.shutdown(testing::kLong).ok());
  const std::string text = testing::read_file(path);
  EXPECT_THAT(text, HasSubstr("tool_end"));
  EXPECT_THAT(text, HasSubstr("api_key"));
  for (const char* const secret :
       {"a thing to hide", "ann@example.org", "hunter2", "nobody may read", "was found"}) {
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
}

// --- What the documents say and the sources do not ---

TEST(DocumentsBeyondSources, CostsAreRecordedByTheDocumentsNames) {
  CostTracker tracker;
  tracker.record({.pattern = "debate", .agent = "bull", .model = "m", .cost = NanoDollars(3)});
  tracker.record("debate", "bull", "m", 1, 2, 4e-9);
  EXPECT_EQ(tracker.total_cost(), NanoDollars(7));
}

TEST(DocumentsBeyondSources, EmitterIsOfAServiceAndItsMethodsHaveTheDocumentsNames) {
  SpanRig rig(Filter(), {.service_name = "investment-analysis"});
  const PatternSpanEmitter emitter(rig.tracer);
  auto span = emitter.pattern_span("debate");
  emitter.set_pattern_result(span, {.output_len = 5});
  span.end();
  Seen end = rig.take_end();
  EXPECT_EQ(end["service.name"], "\"investment-analysis\"");
  EXPECT_EQ(end["output_length"], "5");
  auto failed = emitter.pattern_span("debate");
  emitter.record_error(failed, std::runtime_error("late"));
  failed.end();
  EXPECT_EQ(rig.take_end()["span.status_message"], "\"late\"");
}

TEST(DocumentsBeyondSources, ModelCallsAreStartEndAndErrorWithFlatFields) {
  SpanRig rig;
  { rig.tracer.llm_call({.model = "m", .provider = "p"}).usage({.input_tokens = 1}); }
  { rig.tracer.llm_call({.model = "m"}).set_status(SpanStatus::kFailed, "quota"); }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(4));
  EXPECT_EQ(seen[0].type, "llm_call_start");
  EXPECT_EQ(seen[1].type, "llm_call_end");
  EXPECT_EQ(seen[1]["provider"], "\"p\"");
  EXPECT_EQ(seen[1]["input_tokens"], "1");
  EXPECT_EQ(seen[3].type, "llm_call_error");
}

TEST(DocumentsBeyondSources, EventsOfTypeCostAreCosts) {
  CostTracker tracker;
  SpanRig rig;
  const auto watching = tracker.watch(rig.bus);
  ASSERT_TRUE(watching.ok());
  rig.bus.emit({.event_type = "cost", .payload = {{"cost_usd", 0.25}}});
  (void)rig.take();
  EXPECT_EQ(tracker.total_cost(), NanoDollars(250'000'000));
}

TEST(DocumentsBeyondSources, AttributesOfTheDocumentsHaveNames) {
  EXPECT_EQ(attribute_name(Profile::kPyagent, "early_stop"), "pyagent.early_stop");
  EXPECT_EQ(attribute_name(Profile::kPyagent, "agent_model"), "pyagent.agent.model");
  EXPECT_EQ(attribute_name(Profile::kTutorial, "span.status_message"), "status_description");
}

}  // namespace
}  // namespace tracebus
