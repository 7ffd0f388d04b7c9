// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/svg_drawing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tracebus {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SvgDrawingTest, LinesAndTextsStandWhereTheyWerePut) {
  SvgDrawing drawing(100, 50);
  drawing.line({{1, 2}, {3, 4.25}}, {"#0072b2", 2});
  drawing.text({5, 6}, "label", {SvgDrawing::Anchor::kEnd, 10, -90});
  EXPECT_EQ(drawing.to_string(),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100.0\" height=\"50.0\" "
            "viewBox=\"0 0 100.0 50.0\" font-family=\"sans-serif\">\n"
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
            "<path d=\"M1.0 2.0L3.0 4.2\" fill=\"none\" stroke=\"#0072b2\" "
            "stroke-width=\"2.0\"/>\n"
            "<text x=\"5.0\" y=\"6.0\" font-size=\"10\" text-anchor=\"end\" "
            "transform=\"rotate(-90 5.0 6.0)\">label</text>\n"
            "</svg>\n");
}

TEST(SvgDrawingTest, HostileTextStaysText) {
  SvgDrawing drawing(100, 50);
  drawing.text({0, 0}, "<script>&\"'\x1b[2J\xff\x01", {});
  EXPECT_THAT(drawing.to_string(), HasSubstr(">&lt;script&gt;&amp;\"'\\x1b[2J\\xff\\x01<"));
  EXPECT_THAT(drawing.to_string(), Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace tracebus
