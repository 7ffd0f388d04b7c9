// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/token_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/agent_hooks.h"
#include "tracebus/trace/head_sampler.h"

namespace tracebus {
namespace {

using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

constexpr LlmCall kCall = {.model = "gpt-4o", .provider = "openai"};

// An answer in three pieces, of which one is no text.
void stream_into(TokenStream& stream) {
  stream.take("");
  stream.take("two ");
  stream.take("pi\u00e8ces");
}

std::vector<Seen> tokens_of(std::vector<Seen> events) {
  std::erase_if(events, [](const Seen& seen) { return seen.type != "llm_token"; });
  return events;
}

std::uint64_t left_out(SpanRig& rig) {
  return rig.bus.stats().rejected[static_cast<std::size_t>(DropReason::kSampledOut)];
}

TEST(TokenStreamTest, EachPieceOfTextIsAnEventOfTheSpan) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  const auto run = rig.tracer.agent("bull");
  auto span = rig.tracer.llm_call(kCall);
  TokenStream stream(rig.tracer, span);
  stream_into(stream);
  const std::vector<Seen> seen = tokens_of(rig.take());
  ASSERT_THAT(seen, SizeIs(2)) << "before the span ends";
  EXPECT_EQ(seen[0]["index"], "0");
  EXPECT_EQ(seen[0]["content"], "\"two \"");
  EXPECT_EQ(seen[1]["index"], "1");
  EXPECT_EQ(seen[1]["content"], "\"pi\u00e8ces\"");
  for (const Seen& token : seen) {
    EXPECT_EQ(token.ids, span.ids());
    EXPECT_EQ(token.agent, "bull");
  }
}

TEST(TokenStreamTest, PiecesAreContent) {
  SpanRig rig(Filter(), {}, /*content=*/false);
  auto span = rig.tracer.llm_call(kCall);
  TokenStream stream(rig.tracer, span);
  stream_into(stream);
  const std::vector<Seen> seen = tokens_of(rig.take());
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0]["content"], "");
  EXPECT_EQ(seen[0]["index"], "0");
}

TEST(TokenStreamTest, TheFirstPieceOfAnyKindSaysHowLongItTook) {
  SpanRig rig;
  auto span = rig.tracer.llm_call(kCall);
  TokenStream stream(rig.tracer, span);
  stream.take("");
  stream.take("late");
  span.end();
  std::vector<Seen> ends = rig.take();
  const Seen& end = ends.back();
  ASSERT_NE(end["time_to_first_chunk_seconds"], "") << end.type;
  const double seconds = std::stod(end["time_to_first_chunk_seconds"]);
  EXPECT_GE(seconds, 0);
  EXPECT_LE(seconds * 1000, end.duration_ms());
}

TEST(TokenStreamTest, WhoWantsNothingButPiecesGetsThem) {
  SpanRig rig(Filter::types({"llm_token"}), {}, /*content=*/true);
  auto span = rig.tracer.llm_call(kCall);
  TokenStream stream(rig.tracer, span);
  stream_into(stream);
  EXPECT_THAT(rig.take(), SizeIs(2));
}

TEST(TokenStreamTest, WhatTheSamplerLeavesOutIsCounted) {
  TracerOptions options;
  options.sampler = std::make_shared<const HeadSampler>(HeadSampler::create({.share = 0}).value());
  SpanRig rig(Filter(), std::move(options));
  auto span = rig.tracer.llm_call(kCall);
  const std::uint64_t before = left_out(rig);
  TokenStream stream(rig.tracer, span);
  stream_into(stream);
  EXPECT_THAT(rig.take(), SizeIs(0));
  EXPECT_EQ(left_out(rig), before + 2);
}

TEST(TokenStreamTest, ModelCallsOfHookedAgentsTakePieces) {
  SpanRig rig;
  const HookSet hooks = {.bus = &rig.bus};
  run_hooked(hooks, {.agent = "bull"}, [](AgentRun& run) {
    return run.call_model({kCall, {}}, [](ModelCall& call) {
      call.take("one ");
      call.take("two");
      return std::string("one two");
    });
  });
  const std::vector<Seen> seen = rig.take();
  EXPECT_THAT(tokens_of(seen), SizeIs(2));
  for (const Seen& end : seen) {
    if (end.type != "llm_call_end") continue;
    EXPECT_NE(end["time_to_first_chunk_seconds"], "");
  }
  // Without a bus there is nobody to tell.
  run_hooked(HookSet(), {.agent = "bull"}, [](AgentRun& run) {
    return run.call_model({kCall, {}}, [](ModelCall& call) {
      call.take("one");
      return std::string("one");
    });
  });
  EXPECT_THAT(rig.take(), SizeIs(0));
}

}  // namespace
}  // namespace tracebus
