// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/source_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tracebus::tidy {
namespace {

using testing::ElementsAre;

SourceText split(std::string_view text) { return SourceText("core/a.cc", text); }

TEST(SourceText, LinesAreKeptAsWritten) {
  EXPECT_THAT(split("a\n\n b").lines, ElementsAre("a", "", " b"));
  EXPECT_THAT(split("a\n").lines, ElementsAre("a"));
  EXPECT_THAT(split("").lines, ElementsAre());
}

TEST(SourceText, CommentsAreTakenOutOfCode) {
  const SourceText source = split("int a;  // one {\n/* two\n { */ int b;\n");
  EXPECT_THAT(source.code, ElementsAre("int a;  ", "", " int b;"));
  EXPECT_THAT(source.comments, ElementsAre(" one {", " two", " { "));
}

TEST(SourceText, LiteralsLoseTheirContent) {
  EXPECT_THAT(split("f(\"{ // \\\" }\", '{', '\\'');\n").code, ElementsAre("f(\"\", '', '');"));
}

TEST(SourceText, DigitSeparatorsAreNoLiterals) {
  EXPECT_THAT(split("f(1'000, 0xFF'FF, u8'{');\n").code, ElementsAre("f(1'000, 0xFF'FF, u8'');"));
}

TEST(SourceText, RawStringsMayHoldQuotesAndLines) {
  const SourceText source = split("f(R\"x({ \")\n // } )x\");\ng();\n");
  EXPECT_THAT(source.code, ElementsAre("f(R\"", "\");", "g();"));
  EXPECT_THAT(source.comments, ElementsAre("", "", ""));
}

TEST(SourceText, AnEscapedLineEndStillEndsTheLine) {
  const SourceText source = split("f(\"a\\\nb\");\nint c;\n");
  EXPECT_THAT(source.code, ElementsAre("f(\"", "\");", "int c;"));
}

TEST(SourceText, UnclosedPartsEndWithTheText) {
  EXPECT_THAT(split("a /* b").comments, ElementsAre(" b"));
  EXPECT_THAT(split("a R\"x(b").code, ElementsAre("a R\""));
  EXPECT_THAT(split("\"\\").code, ElementsAre("\""));
}

TEST(SourceText, PathsAreTakenApart) {
  const SourceText header("core/proto/event.h", "");
  EXPECT_TRUE(header.is_header());
  EXPECT_EQ(header.folder(), "core");
  EXPECT_EQ(header.name(), "event.h");
  const SourceText in_root("CMakeLists.txt", "");
  EXPECT_FALSE(in_root.is_header());
  EXPECT_EQ(in_root.folder(), "");
  EXPECT_EQ(in_root.name(), "CMakeLists.txt");
}

}  // namespace
}  // namespace tracebus::tidy
