// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_state.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
namespace {

// "k1=1,k2=1,..."
std::string list_of(std::size_t members) {
  std::string text;
  for (std::size_t i = 1; i <= members; ++i) {
    text += (i == 1 ? "k" : ",k") + std::to_string(i) + "=1";
  }
  return text;
}

std::string text_of(std::string_view line) {
  const auto state = TraceState::parse(line);
  return state ? state->text() : "refused";
}

TEST(TraceStateTest, KeepsTheOrderAndTheText) {
  EXPECT_EQ(text_of("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  EXPECT_EQ(TraceState::parse("rojo=1,congo=2")->get("congo"), "2");
  EXPECT_EQ(TraceState::parse("rojo=1,congo=2")->get("con"), std::nullopt);
}

TEST(TraceStateTest, EmptyMembersAndWhitespaceAroundMembersAreIgnored) {
  EXPECT_EQ(text_of("foo=1 \t , \t bar=2, \t baz=3"), "foo=1,bar=2,baz=3");
  EXPECT_EQ(text_of(" , ,foo=1,,\t,bar=2,"), "foo=1,bar=2");
  EXPECT_EQ(text_of(""), "");
  EXPECT_EQ(text_of(" \t,,, "), "");
  EXPECT_TRUE(TraceState::parse(",")->empty());
}

TEST(TraceStateTest, LinesOfOneRequestAreOneList) {
  const std::array<std::string_view, 4> lines = {"foo=1", "", "bar=2,baz=3", "\t"};
  EXPECT_EQ(TraceState::parse(lines)->text(), "foo=1,bar=2,baz=3");
  const std::array<std::string_view, 2> bad = {"foo=1", "BAR=2"};
  EXPECT_FALSE(TraceState::parse(bad));
}

TEST(TraceStateTest, KeysOfSeveralTenantsHoldAtSigns) {
  for (const char* key : {"a", "0", "foo@bar", "foo@", "foo@@bar", "t@v0*/-_", "0_-*/@a"}) {
    EXPECT_EQ(text_of(std::string(key) + "=1"), std::string(key) + "=1");
  }
  for (const char* key : {"", "@foo", "_a", "-a", "*a", "/a", "Foo", "foO", "foo.bar", "foo bar",
                          "foo ", "foo\t", "f\xC3\xB6", "a\x7F"}) {
    EXPECT_EQ(text_of(std::string(key) + "=1,bar=2"), "refused") << key;
  }
}

TEST(TraceStateTest, ValueIsPrintableWithoutCommaAndEqualsSign) {
  EXPECT_EQ(text_of("foo=  two leading spaces "), "foo=  two leading spaces");
  EXPECT_EQ(text_of("foo=a b\t"), "foo=a b");
  for (const char* member : {"foo=", "foo= ", "foo", "=", "=1", "foo=1=2", "foo=bar=", "foo==",
                             "foo=a\tb", "foo=\x01z", "foo=a\x7F", "foo=\xC3\xB6", "foo =1"}) {
    EXPECT_EQ(text_of(std::string(member) + ",bar=3"), "refused") << member;
  }
  EXPECT_EQ(text_of(std::string("foo=a\0b", 7)), "refused");
}

TEST(TraceStateTest, LengthsEndAtTheirLimits) {
  const std::string key(256, 'z');
  const std::string value(256, 'v');
  EXPECT_EQ(text_of(key + "=" + value), key + "=" + value);
  EXPECT_EQ(text_of(key + "z=1"), "refused");
  EXPECT_EQ(text_of("foo=" + value + "v"), "refused");
}

TEST(TraceStateTest, ThirtyTwoMembersAreTheMost) {
  EXPECT_EQ(TraceState::parse(list_of(32))->members().size(), 32u);
  EXPECT_FALSE(TraceState::parse(list_of(33)));
  EXPECT_TRUE(TraceState::parse(list_of(32) + ",,, ,")) << "empty members do not count";
  const std::string half = list_of(16);
  const std::array<std::string_view, 3> lines = {half, half, "more=1"};
  EXPECT_FALSE(TraceState::parse(lines)) << "keys given twice do";
}

TEST(TraceStateTest, OfAKeyGivenTwiceTheFirstStays) {
  EXPECT_EQ(text_of("foo=1,foo=1"), "foo=1");
  EXPECT_EQ(text_of("congo=second,rojo=1,congo=first"), "congo=second,rojo=1");
}

TEST(TraceStateTest, WhoWritesAMemberPutsItFirst) {
  const TraceState state = *TraceState::parse("rojo=1,congo=2,other=3");
  EXPECT_EQ(state.with("congo", "new")->text(), "congo=new,rojo=1,other=3");
  EXPECT_EQ(state.with("mine", "x")->text(), "mine=x,rojo=1,congo=2,other=3");
  EXPECT_EQ(state.text(), "rojo=1,congo=2,other=3") << "what others hold does not change";
  EXPECT_EQ(state.without("congo").text(), "rojo=1,other=3");
  EXPECT_EQ(state.without("nonesuch"), state);
  EXPECT_TRUE(TraceState::parse("a=1")->without("a").empty());
  EXPECT_FALSE(state.with("Congo", "1"));
  EXPECT_FALSE(state.with("congo", "a,b=c"));
  EXPECT_FALSE(state.with("congo", "a "));
  EXPECT_FALSE(state.with("congo", "a\r\nX-Injected: 1"));
}

TEST(TraceStateTest, WriteIntoAFullListPushesOutTheLast) {
  const TraceState full = *TraceState::parse(list_of(32));
  const TraceState written = *full.with("mine", "1");
  EXPECT_EQ(written.members().size(), 32u);
  EXPECT_EQ(written.members()[0].key, "mine");
  EXPECT_FALSE(written.get("k32"));
  EXPECT_EQ(full.with("k32", "2")->members().size(), 32u);
  EXPECT_EQ(full.with("k32", "2")->get("k31"), "1");
}

TEST(TraceStateTest, TruncationTakesLargeMembersFirstAndThenFromTheEnd) {
  const std::string large(127, 'x');  // with its key and equals sign, 129 bytes
  const TraceState state = *TraceState::parse("a=1,big1=" + large + ",b=2,big2=" + large + ",c=3");
  EXPECT_EQ(state.truncated(state.text_bytes()), state);
  EXPECT_EQ(state.truncated(state.text_bytes() - 1).text(), "a=1,big1=" + large + ",b=2,c=3");
  EXPECT_EQ(state.truncated(11).text(), "a=1,b=2,c=3");
  EXPECT_EQ(state.truncated(10).text(), "a=1,b=2");
  EXPECT_EQ(state.truncated(3).text(), "a=1");
  EXPECT_TRUE(state.truncated(2).empty());
  EXPECT_TRUE(TraceState().truncated(0).empty());
}

TEST(TraceStateTest, MemberOf128BytesIsNotLarge) {
  const std::string value(126, 'x');
  const TraceState state = *TraceState::parse("a=" + value + ",b=2");
  EXPECT_EQ(state.truncated(128).text(), "a=" + value);
  const TraceState larger = *TraceState::parse("a=x" + value + ",b=2");
  EXPECT_EQ(larger.truncated(129).text(), "b=2");
}

// A header that is refused costs time in proportion to its size, and no more memory than others.
TEST(TraceStateTest, HugeHeadersAreRefused) {
  EXPECT_FALSE(TraceState::parse(list_of(200000)));
  EXPECT_FALSE(TraceState::parse(std::string(10 << 20, 'a') + "=1"));
  EXPECT_TRUE(TraceState::parse(std::string(10 << 20, ','))->empty());
}

}  // namespace
}  // namespace tracebus
