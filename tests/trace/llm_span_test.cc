// SPDX-License-Identifier: Apache-2.0
//
// What model calls say of their use, and what a CostTracker makes of it; and what spans cost in
// memory.
#include "tracebus/trace/llm_span.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tracebus/tests/core/allocation_count.h"
#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/cost_tracker.h"

namespace tracebus {
namespace {

using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

CostTrackerOptions priced() {
  CostTrackerOptions options;
  PriceTable prices;
  EXPECT_TRUE(prices.add("gemini-2.5-flash", {.input = 300'000, .output = 2'500'000}).ok());
  options.prices = std::make_shared<const PriceTable>(std::move(prices));
  return options;
}

TEST(LlmSpanTest, UsageSaysAllClassesOfTokens) {
  SpanRig rig;
  {
    auto call = rig.tracer.llm_call({.model = "m", .temperature = 0.5, .max_tokens = 100});
    call.usage({.input_tokens = 5,
                .output_tokens = 4,
                .cache_read_tokens = 3,
                .cache_write_tokens = 2,
                .reasoning_tokens = 1,
                .cost = NanoDollars(7'050'000)});
  }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0]["model"], "\"m\"") << "known from the start";
  EXPECT_EQ(seen[0]["temperature"], "0.5");
  EXPECT_EQ(seen[1]["max_tokens"], "100");
  EXPECT_EQ(seen[1]["input_tokens"], "5");
  EXPECT_EQ(seen[1]["output_tokens"], "4");
  EXPECT_EQ(seen[1]["cache_read_input_tokens"], "3");
  EXPECT_EQ(seen[1]["cache_creation_input_tokens"], "2");
  EXPECT_EQ(seen[1]["reasoning_tokens"], "1");
  EXPECT_EQ(seen[1]["cost_usd"], "0.00705");
}

TEST(LlmSpanTest, CostsAreRecordedOnceWithWhoseTheyAre) {
  CostTracker tracker(priced());
  SpanRig rig(Filter(), {.costs = &tracker});
  {
    auto run = rig.tracer.pattern("debate");
    auto bull = rig.tracer.agent("bull");
    auto call = rig.tracer.llm_call({.model = "gemini-2.5-flash", .provider = "gcp.gemini"});
    call.usage({.input_tokens = 10});
    call.usage({.input_tokens = 450, .output_tokens = 380, .cache_read_tokens = 200});
    call.end();
    call.end();
  }
  EXPECT_EQ(tracker.total().calls(), 1);
  ASSERT_THAT(tracker.by_agent(), SizeIs(1));
  EXPECT_EQ(tracker.by_agent()[0].name, "bull");
  EXPECT_EQ(tracker.by_pattern()[0].name, "debate");
  EXPECT_EQ(tracker.by_model()[0].name, "gemini-2.5-flash");
  EXPECT_EQ(tracker.by(CostDimension::kProvider)[0].name, "gcp.gemini");
  EXPECT_GT(tracker.total_cost(), NanoDollars());
  EXPECT_EQ(tracker.total().tokens(), 450 + 380) << "the last usage counts";
}

TEST(LlmSpanTest, CostsOfWhatNobodyWantsAndOfWhatFailsAreRecorded) {
  CostTracker tracker(priced());
  SpanRig rig(Filter::types({"handoff"}), {.costs = &tracker});
  { rig.tracer.llm_call({.model = "gemini-2.5-flash"}).usage({.output_tokens = 1}); }
  EXPECT_EQ(tracker.total().calls(), 1);
  try {
    auto call = rig.tracer.llm_call({.model = "gemini-2.5-flash"});
    call.usage({.output_tokens = 1});
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(tracker.total().calls(), 2);
  { auto silent = rig.tracer.llm_call({.model = "gemini-2.5-flash"}); }
  EXPECT_EQ(tracker.total().calls(), 2) << "a call that says nothing of its use has no costs";
}

TEST(LlmSpanTest, CallWithoutAModelIsNamedForWhatItIs) {
  SpanRig rig;
  { auto call = rig.tracer.llm_call({.operation = "chat"}); }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["span.name"], "\"llm_call\"");
  EXPECT_EQ(end["operation"], "\"chat\"");
  EXPECT_EQ(end["model"] + end["provider"] + end["temperature"] + end["max_tokens"], "");
}

TEST(LlmSpanTest, ClassesWithoutTokensAreNotSaid) {
  SpanRig rig;
  { rig.tracer.llm_call({.model = "m"}).usage({.input_tokens = 1, .cache_read_tokens = 1}); }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["cache_read_input_tokens"], "1");
  EXPECT_EQ(end["output_tokens"], "0");
  EXPECT_EQ(end["cache_creation_input_tokens"] + end["reasoning_tokens"], "");
}

TEST(LlmSpanTest, UsageAfterTheEndIsNot) {
  CostTracker tracker(priced());
  SpanRig rig(Filter(), {.costs = &tracker});
  auto call = rig.tracer.llm_call({.model = "gemini-2.5-flash"});
  call.end();
  call.usage({.input_tokens = 1});
  call.end();
  EXPECT_EQ(tracker.total().calls(), 0);
}

TEST(LlmSpanTest, CostRecordSaysWhoseItIsAndOfWhichTokens) {
  SpanRig rig(Filter::types({"cost_record"}));
  CostTrackerOptions options = priced();
  options.bus = &rig.bus;
  CostTracker tracker(std::move(options));
  const Tracer tracer(rig.bus, {.costs = &tracker});
  const ContextScope scope =
      Context().with({.session_id = "s-17", .user_id = "ann", .workflow = "w"}).attach();
  EventIds ids;
  {
    auto call = tracer.llm_call({.model = "gemini-2.5-flash"});
    call.usage({.input_tokens = 50,
                .output_tokens = 4,
                .cache_read_tokens = 3,
                .cache_write_tokens = 2,
                .reasoning_tokens = 1});
    ids = call.ids();
  }
  const std::vector<Seen> seen = rig.take();
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].ids, ids);
  EXPECT_EQ(seen[0]["session_id"], "\"s-17\"");
  EXPECT_EQ(seen[0]["user_id"], "\"ann\"");
  EXPECT_EQ(seen[0]["workflow"], "\"w\"");
  EXPECT_EQ(seen[0]["cache_read_input_tokens"], "3");
  EXPECT_EQ(seen[0]["cache_creation_input_tokens"], "2");
  EXPECT_EQ(seen[0]["reasoning_tokens"], "1");
}

TEST(LlmSpanTest, EndSaysWhatThePricesCameTo) {
  CostTracker tracker(priced());
  SpanRig rig(Filter(), {.costs = &tracker});
  {
    rig.tracer.llm_call({.model = "gemini-2.5-flash"})
        .usage({.input_tokens = 450, .output_tokens = 380});
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["cost_usd"], "0.001085");  // 450 * 0.3 + 380 * 2.5 millionths
  EXPECT_EQ(end["unpriced"], "");
  EXPECT_EQ(tracker.total_cost().to_text(), "0.001085");
}

TEST(LlmSpanTest, CostThatIsGivenComesBeforeThePrices) {
  CostTracker tracker(priced());
  SpanRig rig(Filter(), {.costs = &tracker});
  {
    rig.tracer.llm_call({.model = "gemini-2.5-flash"})
        .usage({.input_tokens = 450, .cost = NanoDollars(1'000'000)});
  }
  EXPECT_EQ(rig.take_end()["cost_usd"], "0.001");
  EXPECT_EQ(tracker.total_cost(), NanoDollars(1'000'000));
}

TEST(LlmSpanTest, EndOfAModelWithoutAPriceSaysSo) {
  CostTracker tracker(priced());
  SpanRig rig(Filter(), {.costs = &tracker});
  { rig.tracer.llm_call({.model = "unheard-of"}).usage({.input_tokens = 1}); }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["cost_usd"], "") << "never 0 in silence";
  EXPECT_EQ(end["unpriced"], "true");
  { rig.tracer.llm_call({.model = "gemini-2.5-flash"}).usage({.input_tokens = -1}); }
  const Seen refused = rig.take_end();
  EXPECT_EQ(refused["cost_usd"] + refused["unpriced"], "") << "it was not counted";
}

TEST(LlmSpanTest, WithoutATrackerTheEndSaysWhatItWasGiven) {
  SpanRig rig;
  { rig.tracer.llm_call({.model = "unheard-of"}).usage({.input_tokens = 1}); }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["cost_usd"] + end["unpriced"], "");
}

TEST(LlmSpanTest, ProviderOfTheContextIsTheDefault) {
  SpanRig rig;
  const ContextScope scope = Context().with({.provider = "anthropic"}).attach();
  { auto call = rig.tracer.llm_call({.model = "m"}); }
  EXPECT_EQ(rig.take_end()["provider"], "\"anthropic\"");
  { auto call = rig.tracer.llm_call({.model = "m", .provider = "openai"}); }
  EXPECT_EQ(rig.take_end()["provider"], "\"openai\"");
}

// Each of these keys is used here alone: it gets its number between the two.
TEST(SpanKeys, KeyThatGetsItsNumberWhileTheSpanIsOpenIsStillOne) {
  SpanRig rig;
  {
    auto span = rig.tracer.tool("fetch");
    span.set("numbered late", 1).set("other", 2);
    span.set(attr<"numbered late">(3));
    const SpanAttribute early("numbered later", 4);
    span.set(attr<"numbered later">(5)).set(early);
  }
  const Seen end = rig.take_end();
  EXPECT_EQ(end["numbered late"], "3");
  EXPECT_EQ(end["numbered later"], "4");
  EXPECT_EQ(end["other"], "2");
}

TEST(SpanMemory, OrdinarySpansTakeNoHeap) {
  SpanRig rig;
  const auto make = [&] {
    auto agent = rig.tracer.agent("research-analyst-007", {attr<"rounds">(2)});
    auto span = rig.tracer.tool("fetch");
    span.set(attr<"model">("claude-sonnet-4-20250514"))
        .set(attr<"input_tokens">(450))
        .set(attr<"output_tokens">(380))
        .set(attr<"cost_usd">(0.00705))
        .set("a key of the caller's", "some text")
        .set_status(SpanStatus::kOk);
  };
  make();  // the thread's ring, its context nodes, the keys and the agent's name
  const std::uint64_t before = testing::allocation_count();
  make();
  EXPECT_EQ(testing::allocation_count(), before);
  EXPECT_THAT(rig.take(), SizeIs(8));
}

TEST(SpanMemory, EightAttributesAndTheirTextsAreKeptInTheSpanItself) {
  SpanAttributes attributes("fetch");
  const std::string text((SpanAttributes::kInlineBytes - 5) / 8, 'x');
  const auto is_inside = [&](const void* at) {
    const auto* const begin = reinterpret_cast<const char*>(&attributes);
    const auto* const byte = static_cast<const char*>(at);
    return byte >= begin && byte < begin + sizeof attributes;
  };
  const auto set = [&](const SpanAttribute& attribute) {
    attributes.set(attribute.key(), attribute.value());
  };
  for (const char* const key : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    AttributeKey::registered(key);
    set({key, text});
  }
  EXPECT_TRUE(is_inside(attributes.bytes()));
  EXPECT_TRUE(is_inside(attributes.items().data()));
  set(attr<"ninth">(text));
  EXPECT_FALSE(is_inside(attributes.bytes()));
  EXPECT_FALSE(is_inside(attributes.items().data()));
  EXPECT_THAT(attributes.items(), SizeIs(9));
  EXPECT_EQ(attributes.text_of(attributes.items()[8]), text);
}

}  // namespace
}  // namespace tracebus
