// SPDX-License-Identifier: Apache-2.0
//
// Spans of traces that a head sampler leaves out: what is emitted, travels on, and is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tracebus/tests/trace/span_rig.h"
#include "tracebus/trace/head_sampler.h"
#include "tracebus/trace/propagation.h"

namespace tracebus {
namespace {

using ::testing::IsEmpty;
using testing::Seen;
using ::testing::SizeIs;
using testing::SpanRig;

using Headers = std::map<std::string, std::string>;

TracerOptions sampled(double share, bool parent_based = true) {
  return {.sampler = std::make_shared<const HeadSampler>(
              *HeadSampler::create({.share = share, .parent_based = parent_based}))};
}

std::uint64_t left_out(SpanRig& rig) {
  return rig.bus.stats().rejected[static_cast<std::size_t>(DropReason::kSampledOut)];
}

Headers sent_from_here() {
  Headers headers;
  inject(Context::current(), headers);
  return headers;
}

std::string parent_header(bool is_sampled) {
  return std::string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0") +
         (is_sampled ? "1" : "0");
}

TEST(SampledSpan, TraceThatIsLeftOutEmitsNothingButTellsWhomItCalls) {
  SpanRig rig(Filter(), sampled(0));
  {
    auto run = rig.tracer.pattern("debate");
    auto call = rig.tracer.llm_call({.model = "m"});
    EXPECT_FALSE(run.is_recording() || call.is_recording());
    EXPECT_EQ(call.ids().parent_span_id, run.ids().span_id);
    EXPECT_EQ(call.ids().trace_id, run.ids().trace_id);
    const Headers headers = sent_from_here();
    EXPECT_EQ(headers.at("traceparent"),
              "00-" + call.ids().trace_id.hex() + "-" + call.ids().span_id.hex() + "-02");
    EXPECT_EQ(headers.count("tracestate"), 0u) << "no threshold kept it";
  }
  EXPECT_THAT(rig.take(), IsEmpty());
}

TEST(SampledSpan, TraceThatIsKeptSaysByWhichThreshold) {
  SpanRig rig(Filter(), sampled(1));
  {
    auto run = rig.tracer.agent("bull");
    const Headers headers = sent_from_here();
    EXPECT_EQ(headers.at("traceparent").substr(53), "03");
    EXPECT_EQ(headers.at("tracestate"), "ot=th:0");
    auto call = rig.tracer.tool("fetch");
    EXPECT_EQ(sent_from_here().at("tracestate"), "ot=th:0");
  }
  EXPECT_THAT(rig.take(), SizeIs(4));
  EXPECT_EQ(left_out(rig), 0u);
}

TEST(SampledSpan, ShareIsDecidedByTheTraceIdForAllSpansOfATrace) {
  SpanRig rig(Filter(), sampled(0.5));
  int kept = 0;
  for (int i = 0; i < 400; ++i) {
    auto run = rig.tracer.chain("run");
    auto step = rig.tracer.tool("step");
    // The last 56 bits, of which the larger half is kept (core/sampling_threshold.h).
    const bool expected = run.ids().trace_id.bytes[9] >= 0x80;
    EXPECT_EQ(run.is_recording(), expected);
    EXPECT_EQ(step.is_recording(), expected);
    kept += expected;
  }
  EXPECT_THAT(rig.take(), SizeIs(4 * kept));
  EXPECT_EQ(left_out(rig), 4u * (400 - kept));
  EXPECT_GT(kept, 100);
  EXPECT_LT(kept, 300);
}

TEST(SampledSpan, ParentsDecisionIsFollowedWhereverItWasMade) {
  for (const bool is_sampled : {false, true}) {
    SpanRig rig(Filter(), sampled(is_sampled ? 0 : 1));
    {
      const ContinuedTrace trace = continue_trace(extract(
          Headers{{"traceparent", parent_header(is_sampled)}, {"tracestate", "a=b,ot=th:c"}}));
      auto span = rig.tracer.tool("fetch");
      EXPECT_EQ(span.is_recording(), is_sampled);
      const Headers headers = sent_from_here();
      EXPECT_EQ(headers.at("traceparent").substr(53), is_sampled ? "01" : "00");
      EXPECT_EQ(headers.at("tracestate"), "a=b,ot=th:c") << "as it came";
    }
    EXPECT_THAT(rig.take(), SizeIs(is_sampled ? 2 : 0));
  }
}

TEST(SampledSpan, WithoutParentsItIsDecidedAgainForEachSpan) {
  // Its last 56 bits are 0x48eb211c80319c: more than a quarter of the range, less than a half.
  for (const double share : {0.75, 0.5}) {
    SpanRig rig(Filter(), sampled(share, /*parent_based=*/false));
    const ContinuedTrace trace =
        continue_trace(extract(Headers{{"traceparent", parent_header(share == 0.5)}}));
    auto span = rig.tracer.tool("fetch");
    EXPECT_EQ(span.is_recording(), share == 0.75);
    EXPECT_EQ(sent_from_here().at("traceparent").substr(53), share == 0.75 ? "01" : "00");
  }
}

TEST(SampledSpan, TracerWithoutASamplerRecordsWhatTheCallerDidNot) {
  SpanRig rig;
  {
    const ContinuedTrace trace =
        continue_trace(extract(Headers{{"traceparent", parent_header(false)}}));
    auto span = rig.tracer.tool("fetch");
    EXPECT_TRUE(span.is_recording());
    EXPECT_EQ(sent_from_here().at("traceparent").substr(53), "00") << "the flag travels on";
  }
  EXPECT_THAT(rig.take(), SizeIs(2));
}

// --- The account ---

TEST(SampledSpan, EveryEventThatIsLeftOutIsAnAttemptAndARejection) {
  SpanRig rig(Filter(), sampled(0));
  { auto tool = rig.tracer.tool("fetch"); }  // start and end
  EXPECT_EQ(left_out(rig), 2u);
  { rig.tracer.tool("fetch").set_status(SpanStatus::kFailed, "gone"); }  // start and tool_error
  EXPECT_EQ(left_out(rig), 4u);
  try {
    auto run = rig.tracer.chain("run");  // start, error and end
    throw std::runtime_error("out");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(left_out(rig), 7u);
  const BusStats stats = rig.bus.stats();
  EXPECT_EQ(stats.emitted, 7u);
  EXPECT_EQ(stats.accepted, 0u);
  EXPECT_EQ(stats.emitted, stats.accepted + total(stats.rejected));
}

TEST(SampledSpan, EndTwiceIsCountedOnce) {
  SpanRig rig(Filter(), sampled(0));
  auto span = rig.tracer.tool("fetch");
  span.end();
  span.end();
  EXPECT_EQ(left_out(rig), 2u);
}

TEST(SampledSpan, WhatNobodyWantsIsNotCounted) {
  SpanRig none(Filter::types({"handoff"}), sampled(0));
  { auto span = none.tracer.tool("fetch"); }
  EXPECT_EQ(none.bus.stats().emitted, 0u);
  SpanRig ends(Filter::types({"tool_end"}), sampled(0));
  { auto span = ends.tracer.tool("fetch"); }
  EXPECT_EQ(left_out(ends), 1u);
}

TEST(SampledSpan, CountsOfThreadsThatAreGoneStay) {
  SpanRig rig(Filter(), sampled(0));
  for (int i = 0; i < 3; ++i) {
    std::thread([&] { auto span = rig.tracer.tool("fetch"); }).join();
    (void)rig.bus.poll();  // takes the thread's ring back, for the next one
    EXPECT_EQ(left_out(rig), 2u * static_cast<unsigned>(i + 1));
  }
}

TEST(SampledSpan, GapInTheSequenceShowsWhatWasLeftOut) {
  SpanRig rig;
  const Tracer half(rig.bus, sampled(0));
  std::vector<std::uint64_t> sequences;
  CallbackOptions on_dispatcher;
  on_dispatcher.run_on = RunOn::kDispatcher;
  const auto note = [&](const EventView& event) { sequences.push_back(event.origin().sequence); };
  ASSERT_TRUE(rig.bus.subscribe_filter(Filter(), note, on_dispatcher).ok());
  { auto span = rig.tracer.tool("fetch"); }
  { auto span = half.tool("fetch"); }
  { auto span = rig.tracer.tool("fetch"); }
  (void)rig.bus.poll();
  EXPECT_THAT(sequences, ::testing::ElementsAre(1, 2, 5, 6));
}

}  // namespace
}  // namespace tracebus
