// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/prompt_logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/tests/core/allocation_count.h"
#include "tracebus/tests/trace/span_rig.h"

namespace tracebus {
namespace {

using testing::Seen;
using testing::SpanRig;

// 400, 4,400 and 116 letters: 100, 1,100 and 29 tokens.
struct Prompt {
  std::string system = std::string(400, 's');
  std::string user = std::string(4400, 'u');
  std::string other = std::string(116, 'o');
  std::vector<PromptMessage> messages = {{"system", std::string_view(system)},
                                         {"user", std::string_view(user)},
                                         {"developer", std::string_view(other)}};
};

struct Told {
  std::vector<std::pair<LogLevel, std::string>> texts;
  PromptLogSink sink() {
    return [this](LogLevel level, std::string_view text) { texts.emplace_back(level, text); };
  }
};

TEST(PromptLogger, Row53_TellsTheSeedsLinesWhereTheWindowIsKnown) {
  Told told;
  PromptLogger logger({.sink = told.sink()});
  const std::string_view tools[] = {"search", "fetch"};
  const Prompt prompt;
  const ExecutionLogEntry entry = logger.log_execution(prompt.messages, {.agent_name = "writer",
                                                                         .model_name = "gpt-4o",
                                                                         .context_window = 128'000,
                                                                         .tool_names = tools,
                                                                         .duration_s = 0.42});
  ASSERT_EQ(told.texts.size(), 1u);
  EXPECT_EQ(told.texts[0].first, LogLevel::kInfo);
  EXPECT_EQ(told.texts[0].second,
            "LLM Execution\n"
            "Agent: writer  Model: gpt-4o\n"
            "Messages: 3  Duration: 0.420s\n"
            "Tokens: 1.2k / 125.0k (1.0%)\n"
            "  system=100 (0.1%)  user=1100 (0.9%)  assistant=0 (0.0%)\n"
            "  tool=0 (0.0%)  other=29 (0.0%)  free=126771 (99.0%)\n"
            "Tools: search, fetch");
  EXPECT_EQ(entry,
            (ExecutionLogEntry{
                "writer", "gpt-4o", 3, {"search", "fetch"}, {100, 1100, 0, 0, 29}, 128'000, 0.42}));
}

TEST(PromptLogger, Row53_TellsOneLineOfTokensWithoutAWindow) {
  Told told;
  PromptLogger logger({.sink = told.sink()});
  const Prompt prompt;
  logger.log_execution(prompt.messages, {.agent_name = "a", .duration_s = 12.3456});
  ASSERT_EQ(told.texts.size(), 1u);
  EXPECT_EQ(told.texts[0].second,
            "LLM Execution\n"
            "Agent: a  Model: \n"
            "Messages: 3  Duration: 12.346s\n"
            "Tokens: 1229 (system=100 user=1100 assistant=0 tool=0)");
}

TEST(PromptLogger, Row53_NamesCannotForgeLines) {
  const ExecutionLogEntry entry{
      .agent_name = "a\nAgent: root", .model_name = "\x1b[2J", .tool_names = {"t\r"}};
  EXPECT_EQ(entry.format_summary(),
            "Agent: a\\nAgent: root  Model: \\x1b[2J\nMessages: 0  Duration: 0.000s\n"
            "Tokens: 0 (system=0 user=0 assistant=0 tool=0)\nTools: t\\r");
}

TEST(PromptLogger, Row53_EmitsTheCountsForEverybody) {
  SpanRig rig;
  PromptLogger logger({.bus = &rig.bus});
  const Prompt prompt;
  const std::string_view tools[] = {"search"};
  EventIds ids;
  {
    const Span agent = rig.tracer.agent("writer");
    ids = agent.ids();
    logger.log_execution(prompt.messages, {.model_name = "gpt-4o",
                                           .context_window = 128'000,
                                           .tool_names = tools,
                                           .duration_s = 0.5,
                                           .level = LogLevel::kWarning});
  }
  std::vector<Seen> seen = rig.take();
  ASSERT_EQ(seen.size(), 3u);
  const Seen& log = seen[1];
  EXPECT_EQ(log.type, "prompt_log");
  EXPECT_EQ(log.agent, "writer") << "the current context's";
  EXPECT_EQ(log.ids, ids);
  EXPECT_TRUE(log.well_formed);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"level", "\"WARNING\""}, {"model", "\"gpt-4o\""},      {"message_count", "3"},
      {"duration_s", "0.5"},    {"context_window", "128000"}, {"system_tokens", "100"},
      {"user_tokens", "1100"},  {"assistant_tokens", "0"},    {"tool_tokens", "0"},
      {"other_tokens", "29"},   {"total_tokens", "1229"},     {"tool_names", "[\"search\"]"}};
  EXPECT_EQ(log.payload, expected) << "and no messages";
}

TEST(PromptLogger, Row53_MessagesAndResponseAreContent) {
  SpanRig rig(Filter(), {}, /*content=*/true);
  PromptLogger logger({.bus = &rig.bus});
  const PromptMessage messages[] = {{"user", std::string_view("Why?")}};
  const ExecutionLogEntry entry =
      logger.log(messages, "Because.", "gpt-4o", compute_token_breakdown(messages));
  EXPECT_EQ(entry.breakdown.user, 1);
  std::vector<Seen> seen = rig.take();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0]["messages"], R"([{"role":"user","content":"Why?"}])");
  EXPECT_EQ(seen[0]["response"], "\"Because.\"");
  EXPECT_EQ(seen[0]["model"], "\"gpt-4o\"");
}

// Content that nobody may see is not looked at: a prompt costs as much as its counts.
TEST(PromptLogger, Row53_WithoutAGrantNothingIsMadeOfTheMessages) {
  const std::vector<PromptMessage> messages(100, {"user", std::string_view("Why?")});
  const auto allocations = [&](PromptLogger& logger, std::span<const PromptMessage> prompt) {
    logger.log(prompt, "Because.", "gpt-4o", {.user = 1});  // makes what later ones find
    const std::size_t before = testing::allocation_count();
    logger.log(prompt, "Because.", "gpt-4o", {.user = 1});
    return testing::allocation_count() - before;
  };
  SpanRig plain;
  PromptLogger logger({.bus = &plain.bus, .entries_max = 1});
  const std::size_t of_many = allocations(logger, messages);
  EXPECT_EQ(of_many, allocations(logger, {}));
  std::vector<Seen> seen = plain.take();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0]["message_count"], "100");
  EXPECT_EQ(seen[0]["user_tokens"], "1");
  EXPECT_EQ(seen[0]["messages"], "");
  SpanRig granted(Filter(), {}, /*content=*/true);
  PromptLogger other({.bus = &granted.bus, .entries_max = 1});
  EXPECT_GT(allocations(other, messages), allocations(other, {}) + 100);
}

TEST(PromptLogger, Row53_WhatIsBelowTheLevelIsKeptAndNotTold) {
  Told told;
  SpanRig rig;
  PromptLogger logger({.bus = &rig.bus, .sink = told.sink(), .level_min = LogLevel::kWarning});
  const ExecutionLogEntry entry = logger.log_execution({}, {.agent_name = "quiet"});
  EXPECT_TRUE(told.texts.empty());
  EXPECT_TRUE(rig.take().empty());
  EXPECT_EQ(logger.entries(), std::vector{entry});
  logger.log_execution({}, {.level = LogLevel::kError});
  EXPECT_EQ(told.texts.size(), 1u);
}

TEST(PromptLogger, Section0_KeepsItsEntriesWithinBounds) {
  PromptLogger few({.entries_max = 2});
  for (const char* name : {"a", "b", "c"}) few.log_execution({}, {.agent_name = name});
  ASSERT_EQ(few.entries().size(), 2u);
  EXPECT_EQ(few.entries()[0].agent_name, "b");
  const std::string long_name(600, 'n');
  PromptLogger small({.entries_bytes_max = 2000});
  for (int i = 0; i < 10; ++i) small.log_execution({}, {.agent_name = long_name});
  EXPECT_EQ(small.entries().size(), 2u);
  small.log_execution({}, {.agent_name = std::string(3000, 'n')});
  EXPECT_TRUE(small.entries().empty()) << "one alone may exceed them";
}

TEST(PromptLogger, Row53_ASinkThatThrowsIsCounted) {
  PromptLogger logger({.sink = [](LogLevel, std::string_view) { throw std::runtime_error("no"); }});
  EXPECT_EQ(logger.log_execution({}, {.agent_name = "a"}).agent_name, "a");
  EXPECT_EQ(logger.sink_failures(), 1u);
}

// Oracle: each entry is there once, whole.
TEST(PromptLogger, Row53_ThreadsMayLogAtOnce) {
  PromptLogger logger;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&logger, t] {
      const std::string text(static_cast<std::size_t>(4 * (t + 1)), 'x');
      const PromptMessage messages[] = {{"user", std::string_view(text)}};
      for (int i = 0; i < 100; ++i) {
        logger.log_execution(messages, {.agent_name = std::to_string(t)});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<int> counts(4);
  for (const ExecutionLogEntry& entry : logger.entries()) {
    const int t = std::stoi(entry.agent_name);
    EXPECT_EQ(entry.breakdown.user, t + 1);
    ++counts[static_cast<std::size_t>(t)];
  }
  EXPECT_EQ(counts, std::vector(4, 100));
}

}  // namespace
}  // namespace tracebus
