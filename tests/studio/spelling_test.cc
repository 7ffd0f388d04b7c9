// SPDX-License-Identifier: Apache-2.0
//
// What others call it: keys of cached tokens, attributes within attributes, names of providers and
// types; and what is said of values that cannot be counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

TEST(StoreSpelling, UsersAsk16CachedTokensAreReadUnderAnyOfTheirNames) {
  for (const std::string_view said :
       {R"("cached_tokens":60)", R"("cache_read_input_tokens":60)", R"("cached_input_tokens":60)",
        R"("cache_read_tokens":60)", R"("prompt_tokens_details.cached_tokens":60)",
        R"("gen_ai.usage.cache_read.input_tokens":60)",
        R"("llm.token_count.prompt_details.cache_read":60)",
        R"("prompt_tokens_details":{"cached_tokens":60})",
        R"("usage":{"prompt_tokens_details":{"cached_tokens":60}})",
        R"("usage":{"input_tokens_details":{"cached_tokens":60}})", R"("tokens":{"cached":60})"}) {
    auto store = store_of(R"({"event_type":"llm_call_end","model":"m","payload":{)" +
                          std::string(said) + R"(,"input_tokens":100,"output_tokens":5}})");
    const CostBreakdown costs = store->costs(GroupBy::kModel);
    ASSERT_EQ(costs.groups.size(), 1u);
    EXPECT_EQ(costs.groups[0].cache_read_tokens, 60) << said;
    EXPECT_EQ(costs.groups[0].input_tokens, 100) << said;
  }
}

TEST(StoreSpelling, Row76AttributeWithinAnotherIsAskedByItsPath) {
  auto store = store_of(R"({"event_type":"a","metadata":{"round":1,"deep":{"x.y":"z"}},)"
                        R"("messages_in":[{"role":"user"}]}
{"event_type":"b","metadata.round":1,"round":2})");
  const auto found = [&](std::string key, std::string value) {
    return store->query({.attributes = {{std::move(key), std::move(value)}}}).matched();
  };
  EXPECT_EQ(found("metadata.round", "1"), 2u) << "also as a key that is written so";
  EXPECT_EQ(found("metadata.round", "2"), 0u);
  EXPECT_EQ(found("round", "1"), 0u);
  EXPECT_EQ(found("round", "2"), 1u);
  EXPECT_EQ(found("metadata.deep.x.y", "z"), 1u);
  EXPECT_EQ(found("metadata.deep", "z"), 0u);
  EXPECT_EQ(found("messages_in.0.role", "user"), 1u);
  EXPECT_EQ(found("messages_in.1.role", "user"), 0u);
  EXPECT_EQ(found("messages_in.x.role", "user"), 0u);
  EXPECT_EQ(found("metadata.", "1"), 0u);
}

TEST(StoreSpelling, Row76ProviderIsAskedAsItIsShownInAnyCase) {
  auto store = store_of(
      R"({"event_type":"llm_call","provider":"anthropic","model":"x","cost_usd":1,"timestamp":1}
{"event_type":"llm_call","provider":"Anthropic","model":"x","cost_usd":1,"timestamp":1}
{"event_type":"llm_call","model":"claude-3","cost_usd":1,"timestamp":1}
{"event_type":"llm_call","provider":"gcp.gemini","model":"x","cost_usd":1,"timestamp":1}
{"event_type":"llm_call","provider":"mine","model":"claude-3","cost_usd":1,"timestamp":1}
)");
  const CostBreakdown costs = store->costs(GroupBy::kProvider);
  ASSERT_EQ(costs.groups.size(), 3u);
  EXPECT_EQ(costs.groups[0].name, "Anthropic");
  EXPECT_EQ(costs.groups[0].calls, 3u);
  for (const SpentGroup& group : costs.groups) {
    EXPECT_EQ(store->query({.provider = group.name}).matched(), group.calls) << group.name;
  }
  EXPECT_EQ(store->query({.provider = "ANTHROPIC"}).matched(), 3u);
  EXPECT_EQ(store->query({.provider = "gcp.gemini"}).matched(), 1u);
  EXPECT_EQ(store->query({.provider = "nobody"}).matched(), 0u);
}

TEST(StoreSpelling, Row2WholeCallIsItsOwnEnd) {
  auto store = store_of(R"({"event_type":"llm_call"}
{"event_type":"llm_call_end"}
{"event_type":"llm_call_start"}
{"event_type":"cost"}
{"event_type":"cost_record"})");
  EXPECT_EQ(store->query({.event_type = "llm_call_end"}).matched(), 2u);
  EXPECT_EQ(store->query({.event_type = "llm_call_start"}).matched(), 1u);
  EXPECT_EQ(store->query({.event_type = "cost_record"}).matched(), 2u);
  EXPECT_EQ(store->query({.event_type = "cost"}).matched(), 2u);
}

TEST(StoreSpelling, WhatCannotBeCountedIsTold) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "odd.jsonl").string();
  std::ofstream(path) << R"({"event_type":"llm_call","model":"m","cost_usd":0.5,"timestamp":1}
{"event_type":"llm_call","model":"m","cost_usd":-1,"timestamp":2}
not json
{"event_type":"llm_call","model":"m","cost_usd":0.25,"timestamp":"2500-01-01T00:00:00Z"}
)";
  const auto check = [](const ReadAccount& account, const TraceStore& store) {
    EXPECT_EQ(account.bad_lines, 3u);
    ASSERT_EQ(account.problems.size(), 3u);
    EXPECT_EQ(account.problems[0].line, 2u);
    EXPECT_THAT(account.problems[0].message, HasSubstr("a cost is negative"));
    EXPECT_EQ(account.problems[1].line, 3u);
    EXPECT_EQ(account.problems[2].line, 4u);
    EXPECT_THAT(account.problems[2].message, HasSubstr("after 2262"));
    EXPECT_EQ(store.summary().refused_figures, 2u);
    EXPECT_EQ(store.summary().total_cost_nanos, 750'000'000);
    const SpanPage page = store.query();
    ASSERT_EQ(page.size(), 3u);
    EXPECT_FALSE(page[2].timestamp) << "and not the end of the year 2262";
  };
  TraceStore store;
  const auto loaded = store.load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  check(loaded->account, store);
  TraceStore following;
  ASSERT_TRUE(following.follow(path).ok());
  const auto polled = following.poll();
  ASSERT_TRUE(polled.ok()) << polled.status();
  check(polled->account, following);
}

}  // namespace
}  // namespace tracebus::testing
