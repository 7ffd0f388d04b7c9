// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/prompt_tokens.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace tracebus {
namespace {

Value part(std::vector<Attribute> members) { return Value::object(std::move(members)); }

std::int64_t tokens_of(const Value& content) {
  const PromptMessage messages[] = {{.role = "user", .content = content}};
  return compute_token_breakdown(messages).user;
}

std::int64_t tokens_of_calls(const Value& calls) {
  const PromptMessage messages[] = {{.role = "assistant", .tool_calls = calls}};
  return compute_token_breakdown(messages).assistant;
}

TEST(TokenBreakdown, Row52_IsByRole) {
  const PromptMessage messages[] = {{"system", std::string_view("12345678")},
                                    {"user", std::string_view("1234")},
                                    {"assistant", std::string_view("123456789012")},
                                    {"tool", std::string_view("x")},
                                    {"developer", std::string_view("12345678901234567890")},
                                    {"", std::string_view("y")},
                                    {"user", std::string_view("12345678")}};
  const TokenBreakdown breakdown = compute_token_breakdown(messages);
  EXPECT_EQ(breakdown, (TokenBreakdown{2, 3, 3, 1, 6}));
  EXPECT_EQ(breakdown.total(), 15);
  EXPECT_EQ(compute_token_breakdown({}), TokenBreakdown());
}

TEST(TokenBreakdown, Section0_HasTheNamesOfTheDocumentToo) {
  const TokenBreakdown breakdown{1, 2, 3, 4, 5};
  EXPECT_EQ(breakdown.system_tokens(), 1);
  EXPECT_EQ(breakdown.user_tokens(), 2);
  EXPECT_EQ(breakdown.assistant_tokens(), 3);
  EXPECT_EQ(breakdown.tool_tokens(), 4);
  EXPECT_EQ(breakdown.other_tokens(), 5);
  EXPECT_EQ(breakdown.total_tokens(), 15);
}

TEST(TokenBreakdown, Row52_ContentMayBeNoneATextOrParts) {
  EXPECT_EQ(tokens_of(nullptr), 0);
  EXPECT_EQ(tokens_of(""), 0);
  EXPECT_EQ(tokens_of(Value::array({})), 0);
  EXPECT_EQ(tokens_of(part({{"type", "image_url"}, {"image_url", "data:..."}})), 11)
      << "an object alone is no part: its text counts";
  EXPECT_EQ(tokens_of(1234567890), 2) << "any other type counts as its text";
  EXPECT_EQ(tokens_of(true), 1);
}

// The expected numbers are those of Python's str() of the same values.
TEST(TokenBreakdown, Row52_EachKindOfPartCountsInItsWay) {
  const Value text = part({{"type", "text"}, {"text", "Describe this picture, please"}});
  const Value image = part({{"type", "image_url"}, {"image_url", std::string_view("data:")}});
  // {'name': 'search', 'input': {'q': "it's", 'n': 3}}
  const Value tool_use =
      part({{"type", "tool_use"},
            {"tool_use", part({{"name", "search"}, {"input", part({{"q", "it's"}, {"n", 3}})}})}});
  // {'type': 'audio', 'seconds': 1.5, 'ok': True, 'none': None, 'tags': ['a\n', 2]}
  const Value audio = part({{"type", "audio"},
                            {"seconds", 1.5},
                            {"ok", true},
                            {"none", nullptr},
                            {"tags", Value::array({"a\n", 2})}});
  EXPECT_EQ(tokens_of(Value::array({text})), 7);
  EXPECT_EQ(tokens_of(Value::array({image})), 85);
  EXPECT_EQ(tokens_of(Value::array({tool_use})), 12);
  EXPECT_EQ(tokens_of(Value::array({audio})), 19);
  EXPECT_EQ(tokens_of(Value::array({"plain str", 17})), 2 + 1);
  EXPECT_EQ(tokens_of(Value::array({text, image, tool_use, audio, "plain str", 17})),
            7 + 85 + 12 + 19 + 2 + 1);
  EXPECT_EQ(tokens_of(Value::array({part({{"type", "text"}})})), 0) << "a text part without text";
}

TEST(TokenBreakdown, Row52_ToolCallsCountNameAndArgumentsEachByItself) {
  const auto call = [](std::string_view name, const Value& arguments) {
    return part({{"id", "call_1234567890"},
                 {"function", part({{"name", name}, {"arguments", arguments}})}});
  };
  EXPECT_EQ(tokens_of_calls(Value::array({call("f", "{}")})), 2) << "each at least 1";
  EXPECT_EQ(tokens_of_calls(Value::array({call("web_search", R"({"q": "weather"})")})), 2 + 4);
  EXPECT_EQ(tokens_of_calls(Value::array({call("f", "{}"), call("g", "{}")})), 4);
  EXPECT_EQ(tokens_of_calls(Value::array({part({{"id", "call"}})})), 0);
  EXPECT_EQ(tokens_of_calls(Value::array({"12345678"})), 2);
  EXPECT_EQ(tokens_of_calls("12345678"), 2) << "no array at all";
  for (const Value& none : {Value(), Value(""), Value::array({}), Value(0), Value(false)}) {
    EXPECT_EQ(tokens_of_calls(none), 0);
  }
}

TEST(TokenBreakdown, Row52_ContentAndToolCallsOfOneMessageAddUp) {
  const PromptMessage messages[] = {
      {"assistant", std::string_view("12345678"), Value::array({std::string_view("12345678")})}};
  EXPECT_EQ(compute_token_breakdown(messages).assistant, 4);
}

TEST(TokenBreakdown, Row52_PercentagesAreOfTheWindow) {
  const TokenBreakdown breakdown{10, 20, 30, 5, 15};
  const TokenPercentages percent = breakdown.percentages(200);
  EXPECT_DOUBLE_EQ(percent["system"], 5.0);
  EXPECT_DOUBLE_EQ(percent["user"], 10.0);
  EXPECT_DOUBLE_EQ(percent["assistant"], 15.0);
  EXPECT_DOUBLE_EQ(percent["tool"], 2.5);
  EXPECT_DOUBLE_EQ(percent["other"], 7.5);
  EXPECT_DOUBLE_EQ(percent["free"], 60.0);
  EXPECT_EQ(percent["unknown"], 0.0);
  EXPECT_EQ(breakdown.percentages(40).free, 0.0) << "more than fits";
  EXPECT_DOUBLE_EQ(breakdown.percentages(40).assistant, 75.0);
  for (const std::int64_t window : {std::int64_t{0}, std::int64_t{-1}}) {
    const TokenPercentages none = breakdown.percentages(window);
    for (const char* key : {"system", "user", "assistant", "tool", "other", "free"}) {
      EXPECT_EQ(none[key], 0.0) << key;
    }
  }
}

TEST(TokenBreakdown, Row51_TheTokenizerCanBeReplaced) {
  const PromptMessage messages[] = {{"user", std::string_view("one two three")},
                                    {"tool", std::string_view("four")}};
  EXPECT_EQ(compute_token_breakdown(messages, 1.0), (TokenBreakdown{0, 13, 0, 4, 0}));
  const Tokenizer words = [](std::string_view text) {
    std::int64_t count = 1;
    for (const char c : text) count += c == ' ' ? 1 : 0;
    return count;
  };
  EXPECT_EQ(compute_token_breakdown(messages, words), (TokenBreakdown{0, 3, 0, 1, 0}));
  const Tokenizer broken = [](std::string_view) { return std::int64_t{-5}; };
  EXPECT_EQ(compute_token_breakdown(messages, broken), TokenBreakdown());
  const Tokenizer huge = [](std::string_view) { return std::numeric_limits<std::int64_t>::max(); };
  EXPECT_EQ(compute_token_breakdown(messages, huge).total(),
            std::numeric_limits<std::int64_t>::max());
}

TEST(TokenBreakdown, Row52_WhatIsNestedTooDeeplyCountsAsOneToken) {
  Value deep = "leaf";
  for (int i = 0; i < 1000; ++i) deep = Value::array({deep});
  EXPECT_EQ(tokens_of(Value::array({deep})), 1);
}

}  // namespace
}  // namespace tracebus
