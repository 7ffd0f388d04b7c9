// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_parent.h"

#include <gtest/gtest.h>

#include <string>

namespace tracebus {
namespace {

const std::string kTraceId = "0af7651916cd43dd8448eb211c80319c";
const std::string kSpanId = "b7ad6b7169203331";

std::string header(const std::string& version, const std::string& flags) {
  return version + "-" + kTraceId + "-" + kSpanId + "-" + flags;
}

TEST(TraceParentTest, ReadsTheExampleOfTheSpecification) {
  const auto parent = TraceParent::parse(header("00", "01"));
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id.hex(), kTraceId);
  EXPECT_EQ(parent->span_id.hex(), kSpanId);
  EXPECT_TRUE(parent->sampled);
  EXPECT_FALSE(parent->random);
  EXPECT_EQ(parent->text(), header("00", "01"));
}

TEST(TraceParentTest, FlagsAreBitsAndUnknownOnesAreNotPassedOn) {
  EXPECT_EQ(TraceParent::parse(header("00", "00"))->text(), header("00", "00"));
  EXPECT_EQ(TraceParent::parse(header("00", "09"))->text(), header("00", "01"));
  EXPECT_EQ(TraceParent::parse(header("00", "ff"))->text(), header("00", "03"));
  EXPECT_EQ(TraceParent::parse(header("00", "fc"))->text(), header("00", "00"));
  EXPECT_EQ(TraceParent::parse(header("00", "02"))->text(), header("00", "02"));
}

TEST(TraceParentTest, OfAHigherVersionOnlyTheSampledFlagIsKnown) {
  for (const char* version : {"01", "cc", "fe"}) {
    const auto parent = TraceParent::parse(header(version, "ff"));
    ASSERT_TRUE(parent) << version;
    EXPECT_EQ(parent->text(), header("00", "01"));
  }
}

TEST(TraceParentTest, OnlyAHigherVersionMayHaveMoreBehindADash) {
  EXPECT_TRUE(TraceParent::parse(header("cc", "01-what-the-future-will-be-like")));
  EXPECT_TRUE(TraceParent::parse(header("cc", "01-")));
  EXPECT_FALSE(TraceParent::parse(header("cc", "01.what-the-future-will-be-like")));
  EXPECT_FALSE(TraceParent::parse(header("cc", "011")));
  EXPECT_FALSE(TraceParent::parse(header("00", "01-")));
  EXPECT_FALSE(TraceParent::parse(header("00", "01-what-the-future-will-be-like")));
  EXPECT_FALSE(TraceParent::parse(header("cc", "0")));
}

TEST(TraceParentTest, VersionIsTwoLowerCaseDigitsAndNotFf) {
  for (const char* version : {"ff", "FF", "0", "000", "", ".0", "0.", "0A", "CC", "g0", "-0"}) {
    EXPECT_FALSE(TraceParent::parse(header(version, "01"))) << version;
  }
}

TEST(TraceParentTest, IdsAreLowerCaseDigitsAndNotAllZero) {
  const std::string good = header("00", "01");
  for (std::size_t at = 3; at < good.size(); ++at) {
    for (const char c : {'A', 'F', 'g', '.', ' ', '\0', '-', '\x80'}) {
      std::string bad = good;
      if (bad[at] == c) continue;
      bad[at] = c;
      EXPECT_FALSE(TraceParent::parse(bad)) << bad;
    }
  }
  const std::string zeros(32, '0');
  EXPECT_FALSE(TraceParent::parse("00-" + zeros + "-" + kSpanId + "-01"));
  EXPECT_FALSE(TraceParent::parse("00-" + kTraceId + "-" + zeros.substr(16) + "-01"));
  EXPECT_TRUE(TraceParent::parse("00-" + zeros.substr(1) + "1-" + kSpanId + "-01"));
}

TEST(TraceParentTest, FieldsOfAnotherLengthAreRefused) {
  EXPECT_FALSE(TraceParent::parse(""));
  EXPECT_FALSE(TraceParent::parse(" \t "));
  EXPECT_FALSE(TraceParent::parse("00-" + kTraceId + "0-" + kSpanId + "-01"));
  EXPECT_FALSE(TraceParent::parse("00-" + kTraceId.substr(1) + "-" + kSpanId + "-01"));
  EXPECT_FALSE(TraceParent::parse("00-" + kTraceId + "-" + kSpanId + "0-01"));
  EXPECT_FALSE(TraceParent::parse("00-" + kTraceId + "-" + kSpanId.substr(1) + "-01"));
  const std::string good = header("00", "01");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(TraceParent::parse(good.substr(0, size))) << size;
  }
}

// What a proxy makes of two header lines is no version 00.
TEST(TraceParentTest, TwoJoinedHeadersAreRefused) {
  EXPECT_FALSE(TraceParent::parse(header("00", "01") + "," + header("00", "01")));
  EXPECT_FALSE(TraceParent::parse(header("01", "01") + "," + header("01", "01")));
}

TEST(TraceParentTest, WhitespaceAroundItIsIgnoredAndOtherBlanksAreNot) {
  EXPECT_TRUE(TraceParent::parse(" \t" + header("00", "01") + "\t "));
  EXPECT_FALSE(TraceParent::parse(header("00", "01") + "\n"));
  EXPECT_FALSE(TraceParent::parse(header("00", "01") + "\r"));
  EXPECT_FALSE(TraceParent::parse(header("00", "01") + std::string(1, '\0')));
}

}  // namespace
}  // namespace tracebus
