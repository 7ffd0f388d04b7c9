// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/head_sampler.h"

#include <gtest/gtest.h>

namespace tracebus::testing {
namespace {

TraceId id_of(std::string_view last_seven) {
  return *TraceId::from_hex(std::string(18, 'f').append(last_seven));
}
const TraceId kLow = id_of("00000000000001");
const TraceId kHigh = id_of("c0000000000000");

TraceState state_of(std::string_view line) { return *TraceState::parse(line); }

HeadSampler sampler_of(double share, bool parent_based = true) {
  return *HeadSampler::create({.share = share, .parent_based = parent_based});
}

TEST(HeadSampler, Row62_RootsAreDecidedByTheirTraceId) {
  const HeadSampler half = sampler_of(0.5);
  const auto low = half.decide({}, kLow, {});
  EXPECT_FALSE(low.sampled);
  EXPECT_TRUE(low.trace_state.empty());
  const auto high = half.decide({}, kHigh, {});
  EXPECT_TRUE(high.sampled);
  EXPECT_EQ(high.trace_state.text(), "ot=th:8");
  EXPECT_EQ(HeadSampler().decide({}, kLow, {}).trace_state.text(), "ot=th:0");
  EXPECT_FALSE(sampler_of(0).decide({}, kHigh, {}).sampled);
}

TEST(HeadSampler, ExplicitRandomnessComesFirst) {
  const HeadSampler half = sampler_of(0.5);
  const auto kept = half.decide({}, kLow, state_of("a=b,ot=rv:80000000000000;x:y"));
  EXPECT_TRUE(kept.sampled);
  EXPECT_EQ(kept.trace_state.text(), "ot=th:8;rv:80000000000000;x:y,a=b");
  EXPECT_FALSE(half.decide({}, kHigh, state_of("ot=rv:7fffffffffffff")).sampled);
  for (const std::string_view odd : {"ot=rv:8", "ot=rv:8000000000000g", "ot=rv:"}) {
    EXPECT_TRUE(half.decide({}, kHigh, state_of(odd)).sampled) << odd;
  }
}

TEST(HeadSampler, WhatIsNotRecordedTellsNoThreshold) {
  const auto out = sampler_of(0.5).decide({}, kLow, state_of("ot=th:1,a=b"));
  EXPECT_FALSE(out.sampled);
  EXPECT_EQ(out.trace_state.text(), "a=b");
}

TEST(HeadSampler, Row62_ChildrenFollowTheirParent) {
  const SpanId span = *SpanId::from_hex("00000000000000aa");
  const TraceState state = state_of("ot=th:c,a=b");
  for (const bool sampled : {false, true}) {
    const SpanContext parent = {.trace_id = kLow, .span_id = span, .sampled = sampled};
    const auto child = sampler_of(sampled ? 0.0 : 1.0).decide(parent, kLow, state);
    EXPECT_EQ(child.sampled, sampled);
    EXPECT_EQ(child.trace_state, state);
  }
  const SpanContext parent = {.trace_id = kLow, .span_id = span, .sampled = true};
  EXPECT_FALSE(sampler_of(0.5, false).decide(parent, kLow, state).sampled);
}

TEST(HeadSampler, SharesBeyondAllAreRefused) {
  for (const double share : {-0.01, 1.01, 0.0 / 0.0}) {
    EXPECT_EQ(HeadSampler::create({.share = share}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tracebus::testing
