// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/latency_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

MeasuredSpec measured(const std::string& spec) {
  MeasuredSpec one{spec, {}};
  for (std::uint64_t ns = 100; ns < 2000; ++ns) {
    one.overhead.without.emits.ticks.add(ns);
    one.overhead.with.emits.ticks.add(2 * ns);
    one.overhead.empties.ticks.add(20);
  }
  return one;
}

TEST(LatencyPlotTest, EachExporterHasAPanelWithThreeCurves) {
  const std::string svg = latency_plot({measured("null"), measured("jsonl:a")});
  EXPECT_THAT(svg, HasSubstr("Emits beside null"));
  EXPECT_THAT(svg, HasSubstr("Emits beside jsonl:a"));
  for (const char* colour : {"#0072b2", "#d55e00", "#999999"}) {
    EXPECT_EQ(count_of(svg, colour), 4u) << "a curve and its sign in the legend, twice";
  }
  EXPECT_EQ(count_of(svg, ">1 \u00b5s<"), 2u);
  EXPECT_EQ(count_of(svg, ">0.1 %<"), 2u);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(LatencyPlotTest, TimesOfNothingAndOneTimeAloneCanBeDrawn) {
  MeasuredSpec one{"null", {}};
  EXPECT_THAT(latency_plot({one}), HasSubstr("nothing was measured"));
  one.overhead.with.emits.ticks.add(0);
  const std::string svg = latency_plot({one});
  EXPECT_THAT(svg, Not(HasSubstr("nothing was measured")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(LatencyPlotTest, OfALongSpecTheEndIsShown) {
  const std::string svg = latency_plot({measured("jsonl:" + std::string(300, 'x') + "/end.jsonl")});
  EXPECT_THAT(svg, HasSubstr("/end.jsonl<"));
  EXPECT_THAT(svg, Not(HasSubstr(std::string(100, 'x'))));
}

}  // namespace
}  // namespace tracebus
