// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/content.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/core/content_names.h"
#include "tracebus/core/content_path.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/record_check.h"
#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/content_keys.h"

namespace tracebus::testing {
namespace {

constexpr ViewContext kGranted{.instance = 1, .clock = nullptr, .content = true};
constexpr ViewContext kPlain{.instance = 1, .clock = nullptr, .content = false};

// As emit has it: a key that is registered is asked, of others the name is.
bool is_content_key(std::string_view name) {
  return is_content(AttributeKey::find(name), name, Value(1));
}

std::vector<std::string> keys_of(const EventView& event) {
  std::vector<std::string> keys;
  for (const AttributeView& attribute : event.payload()) keys.emplace_back(attribute.key);
  return keys;
}

TEST(Content, IsKnownByItsName) {
  std::mt19937_64 random(1);
  for (const std::string_view key : kContentKeys) {
    const std::string name = with_numbers(key, random);
    EXPECT_TRUE(is_listed_content_name(name)) << name;
    EXPECT_TRUE(is_content_key(name)) << name;
  }
}

TEST(Content, IsNotWhatLooksLikeIt) {
  std::mt19937_64 random(2);
  for (const std::string_view key : kPlainKeys) {
    const std::string name = with_numbers(key, random);
    EXPECT_FALSE(is_listed_content_name(name)) << name;
    EXPECT_FALSE(is_content_key(name)) << name;
  }
}

TEST(Content, KeysAreClassedWhenTheyAreRegistered) {
  std::mt19937_64 random(3);
  for (const std::string_view key : kContentKeys) {
    const std::string name = with_numbers(key, random);
    EXPECT_TRUE(AttributeKey::registered(name).is_content()) << name;
  }
  for (const std::string_view key : kPlainKeys) {
    const std::string name = with_numbers(key, random);
    EXPECT_FALSE(AttributeKey::registered(name).is_content()) << name;
  }
}

// Oracle: the table itself. Of a name in it, and below it, the short look says what the long one
// does.
TEST(Content, IsFoundByTheShortLookWhereverItIsByTheLongOne) {
  constexpr std::string_view kRest[] = {".", ".0", ".17.content", ".0.role", ".x", "x", "", ".0."};
  for (const content::Row& row : content::kRows) {
    for (const std::string_view rest : kRest) {
      const std::string name = std::string(row.name).append(rest);
      EXPECT_EQ(is_content_key(name), is_listed_content_name(name)) << name;
    }
    if (row.kind == content::Kind::kBelow) continue;
    EXPECT_TRUE(AttributeKey::find(row.name).is_content()) << row.name;
    EXPECT_TRUE(is_listed_content_name(row.name)) << row.name;
  }
}

TEST(Content, PathIsTheSameWhereverItIsCutIntoParts) {
  std::mt19937_64 random(4);
  std::vector<std::string> names;
  for (const std::string_view key : kContentKeys) names.push_back(with_numbers(key, random));
  for (const std::string_view key : kPlainKeys) names.push_back(with_numbers(key, random));
  for (const std::string& name : names) {
    for (std::size_t dot = name.find('.'); dot != std::string::npos;
         dot = name.find('.', dot + 1)) {
      ContentPath path;
      path.append(std::string_view(name).substr(0, dot));
      path.append(std::string_view(name).substr(dot + 1));
      EXPECT_EQ(path.is_content(), is_listed_content_name(name)) << name << " at " << dot;
    }
  }
}

TEST(Content, IsFoundInObjectsByTheNamesOfTheirMembers) {
  const Value text("text");
  const auto in = [](std::string_view key, const Value& value) {
    return Value::object({{"model", "m"}, {key, value}});
  };
  const auto holds = [](std::string_view key, const Value& value) {
    return is_content(AttributeKey::find(key), key, value);
  };
  EXPECT_TRUE(holds("call", in("messages", text)));
  EXPECT_TRUE(holds("call", in("gen_ai.prompt.0.content", text)));
  EXPECT_TRUE(holds("calls", Value::array({1, in("arguments", in("city", text))})));
  EXPECT_TRUE(holds("gen_ai", in("tool", in("call", in("result", text)))));
  EXPECT_TRUE(holds("retrieval", in("documents", Value::array({text}))));
  EXPECT_TRUE(holds("llm.tools.0", in("x", text)));
  EXPECT_TRUE(holds("embedding", in("vector", Value::array({0.5, 0.25}))));
  EXPECT_FALSE(holds("usage", Value::object({{"input", 450}, {"output", 380}, {"result", true}})));
  EXPECT_FALSE(holds("gen_ai", in("request", in("model", text))));
  EXPECT_FALSE(holds("tags", Value::array({text, "messages"})));
  EXPECT_FALSE(holds("gen_ai", text));
  AttributeKey::registered_content("content_test.diary");
  EXPECT_TRUE(holds("day", in("content_test.diary", text)));
}

TEST(Content, DeeperThanARecordGoesNobodyLooks) {
  Value value("text");
  for (std::size_t i = 0; i < kValueDepthMax; ++i) value = Value::array({value});
  EXPECT_FALSE(holds_content("deep", value));
  for (std::size_t i = 0; i < 10; ++i) value = Value::array({value});
  EXPECT_TRUE(holds_content("deep", value));
}

TEST(Content, OfAnyFormLeavesNothingOfItselfInARecordWithoutAGrant) {
  const TraceEvent event{.event_type = "llm_call",
                         .payload = {{"gen_ai.prompt.7001.content", "said"},
                                     {"messages", "said"},
                                     {"unregistered_one", Value::object({{"messages", "said"}})},
                                     {"gen_ai.prompt.7001.role", "plain"},
                                     {"unregistered_two", Value::object({{"model", "plain"}})}}};
  const BuiltRecord without = build(event, false);
  EXPECT_EQ(without.bytes().find("said"), std::string_view::npos);
  EXPECT_EQ(without.bytes().find("unregistered_one"), std::string_view::npos);
  EXPECT_NE(without.bytes().find("plain"), std::string_view::npos);
  EXPECT_EQ(keys_of(without.view(kGranted)),
            (std::vector<std::string>{"gen_ai.prompt.7001.role", "unregistered_two"}));
  EXPECT_TRUE(check_record(std::as_bytes(std::span(without.bytes()))).ok());
}

// A text too long to be kept, an object that is left out anyway, and what is cut is counted.
TEST(Content, ThatIsLeftOutDoesNotCountAsCut) {
  const std::string long_text(1000, 'x');
  const TraceEvent event{
      .event_type = "llm_call",
      .payload = {{"call", Value::object({{"messages", long_text}})}, {"note", long_text}}};
  const FriendlyRecord cut(event, kLlmCall, false, 100);
  BuiltRecord record(cut.size());
  cut.write(record.place(), {1, 1});
  EXPECT_EQ(keys_of(record.view(kGranted)),
            (std::vector<std::string>{"note", "tracebus.truncated_bytes"}));
  EXPECT_EQ(record.view(kGranted).find("tracebus.truncated_bytes")->as_int64(), 900);
  EXPECT_TRUE(check_record(std::as_bytes(std::span(record.bytes()))).ok());
}

TEST(Content, OfAnyFormIsHiddenInARecordThatHasIt) {
  const TraceEvent event{.event_type = "llm_call",
                         .payload = {{"gen_ai.prompt.7002.content", "said"},
                                     {"messages", "said"},
                                     {"unregistered_one", Value::object({{"messages", "said"}})},
                                     {"gen_ai.prompt.7002.role", "plain"}}};
  const BuiltRecord record = build(event);
  EXPECT_EQ(keys_of(record.view(kGranted)).size(), 4u);
  EXPECT_EQ(keys_of(record.view(kPlain)), std::vector<std::string>{"gen_ai.prompt.7002.role"});
  std::string json;
  append_json_event(json, record.view(kPlain));
  EXPECT_EQ(json.find("said"), std::string::npos);
  EXPECT_NE(json.find("plain"), std::string::npos);
}

// Whoever finds a key that another thread is registering finds its class.
TEST(Content, ClassOfAKeyIsThereBeforeTheKeyIs) {
  constexpr int kKeys = 2000;
  const auto name_of = [](int i) { return "gen_ai.completion." + std::to_string(i + 80'000); };
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread reader([&] {
    for (int i = 0; !stop.load(); i = (i + 1) % kKeys) {
      const AttributeKey key = AttributeKey::find(name_of(i));
      if (key.is_registered() && !key.is_content()) ++wrong;
    }
  });
  for (int i = 0; i < kKeys; ++i) AttributeKey::registered(name_of(i));
  stop = true;
  reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace tracebus::testing
