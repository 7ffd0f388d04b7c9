// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/baggage.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
namespace {

// What is left of a header, and how many members were dropped: "a=1 (0)".
std::string text_of(std::string_view line) {
  const ParsedBaggage parsed = Baggage::parse(line);
  return parsed.baggage.text() + " (" + std::to_string(parsed.dropped_members) + ")";
}

std::string value_of(std::string_view encoded) {
  const ParsedBaggage parsed = Baggage::parse("key=" + std::string(encoded));
  return std::string(parsed.baggage.get("key").value_or("dropped"));
}

std::string list_of(std::size_t members) {
  std::string text;
  for (std::size_t i = 1; i <= members; ++i) {
    text += (i == 1 ? "k" : ",k") + std::to_string(i) + "=1";
  }
  return text;
}

TEST(Row58_BaggageTest, LinesOfOneRequestAreOneList) {
  const std::array<std::string_view, 3> lines = {"userId =   alice", "",
                                                 "serverNode = DF%2028, isProduction = false"};
  const ParsedBaggage parsed = Baggage::parse(lines);
  EXPECT_EQ(parsed.baggage.text(), "userId=alice,serverNode=DF%2028,isProduction=false");
  EXPECT_EQ(parsed.baggage.get("serverNode"), "DF 28");
  EXPECT_EQ(parsed.dropped_members, 0u);
}

TEST(Row58_BaggageTest, APlusIsAPlus) {
  EXPECT_EQ(value_of("a+b%2Bc%20d"), "a+b+c d");
  EXPECT_EQ(Baggage().with("k", "a+b c")->text(), "k=a%2Bb%20c");
}

TEST(Row58_BaggageTest, PropertiesAreNoPartOfTheValue) {
  const Baggage baggage = Baggage::parse("k=v;a=%20x;flag ; a = y=z ,l=w").baggage;
  const std::vector<BaggageProperty> expected = {{"a", " x"}, {"flag", std::nullopt}, {"a", "y=z"}};
  EXPECT_EQ(baggage.get("k"), "v");
  EXPECT_EQ(baggage.members()[0].properties(), expected);
  EXPECT_EQ(baggage.text(), "k=v;a=%20x;flag;a=y=z,l=w");
}

TEST(Row58_BaggageTest, IllFormedMembersAreDroppedAndTheOthersStay) {
  for (const char* bad :
       {"novalue", "=1", "a b=1", "k\xC3\xB6=1", "k=a b", "k=a\"b", "k=a\\b", "k=\x01", "k=a\x7F",
        "k=\xC3\xB6", "k=1;p p=2", "k=1;=2", "k=1;p=a b", "(k)=1", "k[]=1", ";p=1", "k;p=1"}) {
    EXPECT_EQ(text_of("first=1," + std::string(bad) + ",last=2"), "first=1,last=2 (1)") << bad;
  }
}

TEST(Row58_BaggageTest, EmptyMembersAndPropertiesAreNoFault) {
  EXPECT_EQ(text_of(""), " (0)");
  EXPECT_EQ(text_of(" ,\t,, "), " (0)");
  EXPECT_EQ(text_of("a=1,,b=2,"), "a=1,b=2 (0)");
  EXPECT_EQ(text_of("a=1;,b=2; ;p"), "a=1,b=2;p (0)");
  EXPECT_EQ(text_of("a=,b=;p="), "a=,b=;p= (0)");
}

TEST(Row58_BaggageTest, KeyIsAnyTokenAndIsNotDecoded) {
  EXPECT_EQ(text_of("!#$%&'*+-.^_`|~09azAZ=1"), "!#$%&'*+-.^_`|~09azAZ=1 (0)");
  EXPECT_TRUE(Baggage::parse("a%20b=1").baggage.get("a%20b"));
  EXPECT_TRUE(Baggage::parse("Key=1,key=2").baggage.get("Key"));
}

TEST(Row58_BaggageTest, OfAKeyGivenTwiceTheLastWins) {
  EXPECT_EQ(text_of("a=1,b=2,a=3;p"), "a=3;p,b=2 (0)");
}

TEST(Row58_BaggageTest, BytesThatAreNoUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(value_of("%C3%B6"), "\xC3\xB6");
  EXPECT_EQ(value_of("%c3%b6%F0%9F%98%80"), "\xC3\xB6\xF0\x9F\x98\x80");
  EXPECT_EQ(value_of("a%FFb"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(value_of("%C3"), "\xEF\xBF\xBD");
  EXPECT_EQ(value_of("%C0%80"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "overlong";
  EXPECT_EQ(value_of("%ED%A0%80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "surrogate";
  EXPECT_EQ(value_of("%F4%90%80%80").size(), 12u) << "beyond U+10FFFF";
  EXPECT_EQ(value_of("a%00b"), std::string("a\0b", 3));
}

TEST(Row58_BaggageTest, PercentSignWithoutTwoDigitsStandsForItself) {
  EXPECT_EQ(value_of("100%"), "100%");
  EXPECT_EQ(value_of("%4"), "%4");
  EXPECT_EQ(value_of("%zz%4g%41"), "%zz%4gA");
  EXPECT_EQ(value_of("%%41"), "%A");
}

TEST(Row57_BaggageTest, ValuesAreEncodedAndReadBack) {
  const std::string value = "\t \"';=asdf!@#$%^&*(),\\\r\n\xC3\xB6";
  const Baggage baggage = *Baggage().with("k", value);
  EXPECT_EQ(baggage.text(),
            "k=%09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29%2C%5C%0D%0A%C3%B6");
  EXPECT_EQ(baggage.get("k"), value);
  EXPECT_EQ(Baggage::parse(baggage.text()).baggage, baggage);
  EXPECT_EQ(Baggage().with("k", "a\xFFz")->get("k"), "a\xEF\xBF\xBDz");
}

TEST(Row57_BaggageTest, KeysAreCheckedRatherThanEncoded) {
  for (const char* key : {"", "a b", "a=b", "a,b", "a;b", "\xC3\xB6", "a\r\nX: 1"}) {
    EXPECT_FALSE(Baggage().with(key, "1")) << key;
    const std::array<BaggageProperty, 1> property = {{{key, std::nullopt}}};
    EXPECT_FALSE(Baggage().with("k", "1", property)) << key;
  }
}

TEST(Row56_BaggageTest, AChangeLeavesOtherHoldersAlone) {
  const Baggage first = *Baggage().with("a", "1");
  const std::array<BaggageProperty, 2> properties = {{{"p", "x y"}, {"q", std::nullopt}}};
  const Baggage second = *first.with("b", "2", properties);
  EXPECT_EQ(first.text(), "a=1");
  EXPECT_EQ(second.text(), "a=1,b=2;p=x%20y;q");
  EXPECT_EQ(second.with("a", "3")->text(), "a=3,b=2;p=x%20y;q");
  EXPECT_EQ(second.without("a").text(), "b=2;p=x%20y;q");
  EXPECT_EQ(second.without("nonesuch"), second);
  EXPECT_TRUE(first.without("a").empty());
}

TEST(Row57_BaggageTest, WhatIsWithinTheLimitsIsPassedOnWhole) {
  const std::string many = list_of(kBaggageMembersMax);
  EXPECT_EQ(text_of(many), many + " (0)");
  // Every character that may stand unencoded, so that encoding it anew would take three times as
  // much.
  std::string large = "k=";
  while (large.size() < kBaggageBytesMax) large += "!'()*:/?@[]{}"[large.size() % 13];
  EXPECT_EQ(text_of(large), large + " (0)");
  EXPECT_EQ(Baggage::parse(large).baggage.text_bytes(), kBaggageBytesMax);
}

TEST(Row57_BaggageTest, BeyondALimitMembersAreDroppedAndCounted) {
  EXPECT_EQ(text_of(list_of(kBaggageMembersMax + 3)), list_of(kBaggageMembersMax) + " (3)");
  EXPECT_EQ(text_of(list_of(kBaggageMembersMax) + ",more=1,k1=2").substr(0, 8), "k1=2,k2=");
  const std::string large = "k=" + std::string(kBaggageBytesMax - 2, 'x');
  EXPECT_EQ(text_of(large + "x,a=1"), "a=1 (1)");
  EXPECT_EQ(text_of("a=1," + large + ",b=2"), "a=1,b=2 (1)");
  EXPECT_FALSE(Baggage().with("k", std::string(kBaggageBytesMax, 'x')));
  EXPECT_FALSE(Baggage::parse(list_of(kBaggageMembersMax)).baggage.with("more", "1"));
}

TEST(Row58_BaggageTest, TextOfAnyHeaderStaysWithinTheLimits) {
  const std::string member = std::string(100, 'k') + "=" + std::string(100, 'v') + ",";
  std::string header;
  for (int i = 0; i < 5000; ++i) header += std::to_string(i) + member;
  const Baggage baggage = Baggage::parse(header).baggage;
  EXPECT_LE(baggage.text_bytes(), kBaggageBytesMax);
  EXPECT_EQ(baggage.text_bytes(), baggage.text().size());
  EXPECT_GT(baggage.members().size(), 30u);
}

TEST(Row58_BaggageTest, HugeHeadersAreDropped) {
  EXPECT_EQ(text_of(std::string(10 << 20, 'a') + "=1"), " (1)");
  EXPECT_EQ(text_of("k=1" + std::string(10 << 20, ';')), "k=1 (0)");
  std::string properties = "k=1";
  for (int i = 0; i < 1000000; ++i) properties += ";p";
  EXPECT_EQ(text_of(properties), " (1)");
}

}  // namespace
}  // namespace tracebus
