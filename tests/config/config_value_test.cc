// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/config_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = ConfigValue::Kind;

std::string error_of(const std::string& json) {
  return std::string(parse_config_value(json, "c.json").status().message());
}

TEST(ConfigValueTest, EachValueKnowsItsLine) {
  const auto value = parse_config_value(
      "{\"a\": 1,\n \"b\": [true,\n  null, \"x\\n\\u00e9\"],\n\n \"c\": {\"d\": -2.50e1}}", "c");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_THAT(value->keys, ElementsAre("a", "b", "c"));
  EXPECT_EQ(value->items[0].text, "1");
  EXPECT_EQ(value->items[0].line, 1u);
  const ConfigValue& list = value->items[1];
  ASSERT_EQ(list.items.size(), 3u);
  EXPECT_EQ(list.line, 2u);
  EXPECT_TRUE(list.items[0].flag);
  EXPECT_EQ(list.items[1].kind, Kind::kNull);
  EXPECT_EQ(list.items[2].text, "x\n\xc3\xa9");
  EXPECT_EQ(list.items[2].line, 3u);
  const ConfigValue& inner = value->items[2].items[0];
  EXPECT_EQ(inner.kind, Kind::kNumber);
  EXPECT_EQ(inner.text, "-2.50e1") << "as it was written";
  EXPECT_EQ(inner.line, 5u);
}

TEST(ConfigValueTest, CommentsAreLeftOut) {
  const auto value = parse_config_value("{\"comment\": [1], \"a\": {\"comment\": \"\"}}", "c");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_THAT(value->keys, ElementsAre("a"));
  EXPECT_TRUE(value->items[0].keys.empty());
}

TEST(ConfigValueTest, WhatIsNoJsonSaysWhere) {
  EXPECT_THAT(error_of("{\"a\": 1,\n\"b\": tru}"), StartsWith("c.json:2: is no JSON"));
  EXPECT_THAT(error_of("[1]"), HasSubstr("begin it with {"));
  EXPECT_THAT(error_of(""), StartsWith("c.json:1: "));
  EXPECT_THAT(error_of("{} {}"), StartsWith("c.json:1: "));
  EXPECT_THAT(error_of("{\"a\": 1,\n\"a\": 2}"),
              StartsWith("c.json:2: \"a\" is there twice, also on line 1"));
  EXPECT_THAT(error_of("{\"a\": \"\\x\"}"), HasSubstr("is no JSON"));
  EXPECT_THAT(error_of("{\"a\": 1e999}"), HasSubstr("is no JSON"));
  EXPECT_THAT(error_of("{\"a\": nul}"), HasSubstr("is no JSON"));
  EXPECT_THAT(error_of("{\"a\": [1, 2}"), HasSubstr("is no JSON"));
}

TEST(ConfigValueTest, NestingAndSizeAreBounded) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\": " + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(parse_config_value(nested(kConfigDepthMax), "c").ok());
  EXPECT_THAT(error_of(nested(kConfigDepthMax + 1)), HasSubstr("nested deeper than 32"));
  const std::string large = "{\"a\": \"" + std::string(kConfigBytesMax, 'x') + "\"}";
  EXPECT_TRUE(absl::IsResourceExhausted(parse_config_value(large, "c").status()));
}

// Any beginning of a text is either whole or an error, and never more.
TEST(ConfigValueTest, EveryBeginningIsAnError) {
  const std::string text = "{\"a\": [1, {\"b\": \"\\u00e9\"}, -1.5e3, true, null]}";
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_NE(error_of(text.substr(0, i)), "") << i;
  EXPECT_EQ(error_of(text), "");
}

}  // namespace
}  // namespace tracebus::testing
