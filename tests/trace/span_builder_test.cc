// SPDX-License-Identifier: Apache-2.0
//
// What is built on spans: guards' results, SpanBuilder and PatternSpanEmitter.
#include "tracebus/trace/span_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/guard_result.h"
#include "tracebus/trace/pattern_span_emitter.h"
#include "tracebus/trace/traced.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::Seen;
using testing::SpanRig;

TEST(Row37GuardResult, FillsTheAttributesOfItsSpan) {
  SpanRig rig;
  const GuardResult result = traced(rig.tracer, {.name = "pii", .kind = SpanKind::kGuard}, [] {
    return GuardResult{.policy = "no pii",
                       .action = GuardAction::kRedact,
                       .triggered = true,
                       .confidence = 1.5,
                       .details = {{"kind", "email"}, {"found", 2}, {"score", 0.5}, {"ok", false}}};
  });
  EXPECT_TRUE(result.triggered);
  const Seen end = rig.take_end();
  EXPECT_EQ(end.type, "guard_end");
  EXPECT_EQ(end["guard.policy"], "\"no pii\"");
  EXPECT_EQ(end["guard.action"], "\"redact\"");
  EXPECT_EQ(end["guard.triggered"], "true");
  EXPECT_EQ(end["guard.confidence"], "1.0");
  EXPECT_EQ(end["guard.details"],
            R"("{\"kind\":\"email\",\"found\":2,\"score\":0.5,\"ok\":false}")");
}

TEST(Row36SpanBuilder, SaysWhatWentInAndCameOut) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  {
    SpanBuilder span(rig.tracer, "answer", SpanKind::kAgent);
    span.set_input("why?").set_output(std::vector{1, 2}).set_agent("bull", "langgraph");
    span.add_event("thought", {{"steps", 3}});
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["input.value"], "\"why?\"");
  EXPECT_EQ(end["input.mime_type"], "\"text/plain\"");
  EXPECT_EQ(end["output.value"], "\"[1,2]\"");
  EXPECT_EQ(end["agent.name"], "\"bull\"");
  EXPECT_EQ(end["agent.framework"], "\"langgraph\"");
  EXPECT_THAT(end["span.events"], HasSubstr("thought"));
}

TEST(Row30PatternSpanEmitter, ParentsAreGivenByHand) {
  SpanRig rig;
  const PatternSpanEmitter emitter(rig.tracer);
  auto run = emitter.pattern_span("debate", {{"rounds", 9}});
  EXPECT_FALSE(Context::current().has_span());
  auto bull = emitter.agent_span("bull", &run);
  auto bear = emitter.agent_span("bear", &run);
  EXPECT_EQ(bull.ids().parent_span_id, run.ids().span_id);
  EXPECT_EQ(bear.ids().parent_span_id, run.ids().span_id);
  bear.end();
  bull.end();
  (void)rig.take();
  emitter.set_pattern_result(run, {.output_len = 830, .rounds = 2, .cost_estimate = 0.25});
  run.end();
  run.end();
  const Seen end = rig.take_end();
  EXPECT_EQ(end["rounds"], "2");
  EXPECT_EQ(end["output_length"], "830") << "which the seed asks for and ignores";
  EXPECT_EQ(end["consensus"], "");
  EXPECT_EQ(end["escalated"], "false");
  EXPECT_EQ(end["cost_usd"], "0.25");
  EXPECT_EQ(end["span.status"], "\"ok\"");
}

TEST(Row30PatternSpanEmitter, ErrorsRoutesAndCompression) {
  SpanRig rig;
  const PatternSpanEmitter emitter(rig.tracer);
  auto span = emitter.pattern_span("supervisor");
  emitter.set_routing_info(span, {.difficulty = 0.7, .selected_model = "m", .category = "hard"});
  emitter.set_compression_info(span, 100, 40, 0.6);
  emitter.record_error(span, std::runtime_error("late"));
  span.end();
  const Seen end = rig.take_end();
  EXPECT_EQ(end["difficulty"], "0.7");
  EXPECT_EQ(end["selected_model"], "\"m\"");
  EXPECT_EQ(end["difficulty_category"], "\"hard\"");
  EXPECT_EQ(end["savings_pct"], "0.6");
  EXPECT_EQ(end["span.status_message"], "\"late\"");
}

}  // namespace
}  // namespace tracebus
