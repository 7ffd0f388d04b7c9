// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/trace/made_trace.h"

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using testing::made_trace;
using testing::MadeSpan;
using ::testing::Not;

std::string bar(std::size_t spaces, std::size_t length) {
  return "|" + std::string(spaces, ' ') + std::string(length, '=') + "|";
}

// The trace of the tutorial's example, with times of our own. What is expected is what its code
// prints for them.
TEST(Timeline, Row77_IsLaidOutAsInTheTutorial) {
  const Trace trace =
      made_trace({{.id = 1, .name = "process_query", .duration_ms = 200, .status = "unset"},
                  {.id = 2, .parent = 1, .name = "validate", .start_ms = 10, .duration_ms = 20},
                  {.id = 3, .parent = 1, .name = "llm_call", .start_ms = 40, .duration_ms = 150.06},
                  {.id = 4,
                   .parent = 3,
                   .name = "generate",
                   .start_ms = 60,
                   .duration_ms = 100,
                   .status = "error"}});
  EXPECT_EQ(to_timeline(trace), "? process_query [200.0ms]\n "  //
                                    + bar(0, 50) + "\n + validate [20.0ms]\n  " + bar(2, 5) +
                                    "\n + llm_call [150.1ms]\n  " + bar(10, 37) +
                                    "\n  x generate [100.0ms]\n   " + bar(15, 25));
}

TEST(Timeline, Row77_ATraceWithoutSpansSaysSo) { EXPECT_EQ(to_timeline(Trace()), "Empty trace"); }

TEST(Timeline, Row77_ABarIsAtLeastOneLongAndATraceOfNoLengthBeginsAtTheLeft) {
  EXPECT_EQ(to_timeline(made_trace({{.id = 1, .name = "a"}})), "+ a [0.0ms]\n |=|");
  EXPECT_THAT(to_timeline(made_trace({{.id = 1, .name = "a", .duration_ms = 100},
                                      {.id = 2, .parent = 1, .name = "b", .start_ms = 100}})),
              HasSubstr("b [0.0ms]\n  " + bar(50, 1)));
}

TEST(Timeline, Row77_WidthIsAChoice) {
  const Trace trace =
      made_trace({{.id = 1, .name = "a", .duration_ms = 100},
                  {.id = 2, .parent = 1, .name = "b", .start_ms = 50, .duration_ms = 50}});
  EXPECT_THAT(to_timeline(trace, {.width = 10}), HasSubstr(" " + bar(0, 10) + "\n"));
  EXPECT_THAT(to_timeline(trace, {.width = 10}), HasSubstr(" " + bar(5, 5)));
  EXPECT_THAT(to_timeline(trace, {.width = 0}), HasSubstr(" " + bar(0, 1)));
}

TEST(Timeline, Row77_AllRootsAndOrphansAreShownAndNamed) {
  const std::string text = to_timeline(
      made_trace({{.id = 1, .name = "first"},
                  {.id = 2, .name = "second", .start_ms = 1},
                  {.id = 3, .parent = 99, .name = "third", .start_ms = 2},
                  {.id = 4, .parent = 4, .name = "fourth", .start_ms = 3},
                  {.id = 1, .name = "fifth", .start_ms = 4},
                  {.id = 5, .parent = 3, .name = "sixth", .start_ms = 5, .open = true}}));
  EXPECT_THAT(text, HasSubstr("+ first [0.0ms]\n"));
  EXPECT_THAT(text, HasSubstr("\n+ second [0.0ms]\n"));
  EXPECT_THAT(text, HasSubstr("\n+ third [0.0ms] [orphan: 0000000000000063 is missing]\n"));
  EXPECT_THAT(text, HasSubstr("\n+ fourth [0.0ms] [cycle: 0000000000000004 is below]\n"));
  EXPECT_THAT(text, HasSubstr("\n+ fifth [0.0ms] [duplicate: 0000000000000001 is there twice]\n"));
  EXPECT_THAT(text, HasSubstr("\n ? sixth [open]\n"));
}

TEST(Timeline, Row77_NamesAreEscapedAndCutByCodePoints) {
  const Trace trace = made_trace({{.id = 1, .name = "ünïcödé\x1b[2J\nforged"}});
  EXPECT_EQ(to_timeline(trace), "+ ünïcödé\\x1b[2J\\nforged [0.0ms]\n |=|");
  EXPECT_EQ(to_timeline(trace, {.name_max = 5}), "+ ünïc… [0.0ms]\n |=|");
  EXPECT_EQ(to_timeline(trace, {.name_max = 1}), "+ … [0.0ms]\n |=|");
  EXPECT_THAT(to_timeline(made_trace({{.id = 1, .name = "a\xff\xfe z"}})),
              HasSubstr("a\\xff\\xfe z"));
}

TEST(Timeline, DeepTracesStayNarrow) {
  std::vector<MadeSpan> spans;
  for (std::uint64_t i = 1; i <= 20'000; ++i) spans.push_back({.id = i, .parent = i - 1});
  const std::string text = to_timeline(made_trace(spans));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2 * 20'000 - 1);
  EXPECT_LT(text.size(), 20'000u * 250);
  EXPECT_THAT(text, HasSubstr("[depth 19999]"));
}

TEST(Timeline, TimesAtTheEndsOfTheirRangeAreDrawn) {
  TraceCollector collector;
  for (const std::int64_t ns : {INT64_MIN, INT64_MAX}) {
    TraceEvent event = testing::event_of({.id = ns < 0 ? 1u : 2u, .name = "a"});
    event.timestamp = Timestamp::from_unix_ns(ns);
    collector.add(event);
  }
  EXPECT_THAT(to_timeline(collector.latest()), HasSubstr(bar(50, 1)));
}

}  // namespace
}  // namespace tracebus
