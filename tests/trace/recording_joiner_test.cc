// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/recording_joiner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace tracebus {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

RecordedEntry made(std::string_view type, std::string_view run, std::string_view agent,
                   std::string_view text = {}, std::string_view span = {}) {
  RecordedEntry entry{.event_type = std::string(type),
                      .agent_name = std::string(agent),
                      .run_id = std::string(run),
                      .span_id = std::string(span)};
  if (kind_of(entry) == EntryKind::kModelBegins) {
    entry.messages = {{"user", std::string(text)}};
  } else {
    entry.response = text;
  }
  return entry;
}

class Joining : public ::testing::Test {
 protected:
  // What it gives on, as "type agent question>answer".
  std::vector<std::string> add(RecordedEntry entry) {
    out_.clear();
    joiner_.add(std::move(entry), out_);
    return texts();
  }
  std::vector<std::string> finish() {
    out_.clear();
    joiner_.finish(out_);
    return texts();
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const RecordedEntry& entry : out_) {
      const std::string question = entry.messages.empty() ? "" : entry.messages[0].content;
      texts.push_back(entry.event_type + " " + entry.agent_name + " " + question + ">" +
                      entry.response);
    }
    return texts;
  }

  JoinCounters counters_;
  std::vector<RecordedEntry> out_;
  CallJoiner joiner_{{.open_runs_max = 3, .open_bytes_max = 20'000}, counters_};
};

TEST_F(Joining, RequestAndResponseBecomeOneCallWithItsLatency) {
  RecordedEntry start = made("llm_call_start", "r", "a", "why");
  start.timestamp = {10, 999'000'000};
  start.metadata = *RecordedObject::of({{"model", "m1"}, {"provider", "p"}});
  RecordedEntry end = made("llm_call_end", "r", "a", "because");
  end.timestamp = {11, 500'000'000};
  end.metadata = *RecordedObject::of({{"model", "m2"}, {"input_tokens", 7}});
  EXPECT_THAT(add(start), ElementsAre());
  EXPECT_THAT(add(end), ElementsAre("llm_call a why>because"));
  EXPECT_EQ(out_[0].duration_ms(), 501.0);
  EXPECT_EQ(out_[0].model(), "m2") << "what the end says counts";
  EXPECT_EQ(out_[0].provider(), "p");
  EXPECT_EQ(out_[0].input_tokens(), 7);
  EXPECT_EQ(counters_.joined.get(), 1u);
  EXPECT_EQ(counters_.open_bytes.get(), 0u);
}

TEST_F(Joining, RunsAndAgentsAndSpansAreKeptApart) {
  EXPECT_THAT(add(made("llm_call_start", "r1", "a", "1")), ElementsAre());
  EXPECT_THAT(add(made("llm_call_start", "r2", "a", "2")), ElementsAre());
  EXPECT_THAT(add(made("llm_call_start", "r1", "b", "3", "s3")), ElementsAre());
  EXPECT_THAT(add(made("llm_call_start", "r1", "b", "4", "s4")), ElementsAre());
  EXPECT_THAT(add(made("llm_call_end", "r1", "b", "D", "s4")), ElementsAre("llm_call b 4>D"));
  EXPECT_THAT(add(made("llm_call_end", "r2", "a", "B")), ElementsAre("llm_call a 2>B"));
  EXPECT_THAT(add(made("llm_call_end", "r1", "b", "C", "s3")), ElementsAre("llm_call b 3>C"));
  EXPECT_THAT(add(made("llm_call_end", "r1", "a", "A")), ElementsAre("llm_call a 1>A"));
  EXPECT_THAT(add(made("llm_call_end", "r1", "b", "?", "s4")), ElementsAre("llm_call b >?"));
}

TEST_F(Joining, ToolsAndModelsAreNotMistakenForEachOther) {
  RecordedEntry tool = made("tool_start", "r", "a");
  tool.metadata = *RecordedObject::of({{"tool_name", "search"}, {"arguments", "{}"}});
  add(made("llm_call_start", "r", "a", "why"));
  add(tool);
  tool.metadata = *RecordedObject::of({{"tool_name", "fetch"}, {"arguments", "[]"}});
  add(tool);
  RecordedEntry end = made("tool_end", "r", "a", "found");
  end.metadata = *RecordedObject::of({{"tool_name", "fetch"}});
  EXPECT_THAT(add(end), ElementsAre("tool_call a >found"));
  EXPECT_EQ(out_[0].arguments(), "[]");
  EXPECT_THAT(add(made("llm_call_end", "r", "a", "x")), ElementsAre("llm_call a why>x"));
}

TEST_F(Joining, FailureKeepsItsWords) {
  add(made("llm_call_start", "r", "a", "why"));
  RecordedEntry error = made("llm_call_error", "r", "a");
  error.metadata = *RecordedObject::of({{"message", "429"}});
  EXPECT_THAT(add(error), ElementsAre("llm_call a why>"));
  EXPECT_EQ(out_[0].error(), "429");
}

TEST_F(Joining, WhatARunLeavesOpenIsGivenOnWhenItEnds) {
  add(made("pattern_start", "r", ""));
  add(made("llm_call_start", "r", "a", "why"));
  EXPECT_THAT(add(made("pattern_end", "r", "")),
              ElementsAre("llm_call_start a why>", "pattern_end  >"));
  EXPECT_EQ(counters_.calls_let_go[static_cast<std::size_t>(LetGo::kEnded)].get(), 1u);
  EXPECT_EQ(counters_.open_runs.get(), 0u);
  EXPECT_EQ(counters_.open_bytes.get(), 0u);
}

TEST_F(Joining, ARunEndsWithItsOutermostPattern) {
  RecordedEntry outer = made("pattern_start", "r", "");
  outer.pattern_type = "supervisor";
  RecordedEntry inner = outer;
  inner.pattern_type = "debate";
  add(outer);
  add(made("llm_call_start", "r", "a", "why"));
  add(inner);
  EXPECT_THAT(add(made("pattern_end", "r", "")), ElementsAre("pattern_end  >"));
  EXPECT_THAT(add(made("llm_call", "r", "b", "yes")), SizeIs(1));
  EXPECT_EQ(out_[0].pattern_type, "supervisor");
  EXPECT_THAT(add(made("llm_call_end", "r", "a", "because")),
              ElementsAre("llm_call a why>because"));
}

TEST_F(Joining, BeyondTheBoundOfRunsTheSilentestIsLetGoOf) {
  for (const char* const run : {"r1", "r2", "r3"}) add(made("llm_call_start", run, run, "why"));
  add(made("llm_call_start", "r1", "again", "why"));
  EXPECT_THAT(add(made("llm_call_start", "r4", "a", "why")), ElementsAre("llm_call_start r2 why>"));
  EXPECT_EQ(counters_.runs_let_go[static_cast<std::size_t>(LetGo::kOpenRunsMax)].get(), 1u);
  EXPECT_EQ(counters_.open_runs.get(), 3u);
  EXPECT_THAT(add(made("llm_call_end", "r2", "r2", "late")), ElementsAre("llm_call r2 >late"));
}

TEST_F(Joining, BeyondTheBoundOfBytesRunsAreLetGoOf) {
  const std::string large(15'000, 'x');
  add(made("llm_call_start", "r1", "a", large));
  EXPECT_THAT(add(made("llm_call_start", "r2", "a", large)),
              ElementsAre("llm_call_start a " + large + ">"));
  EXPECT_EQ(out_[0].run_id, "r1");
  EXPECT_EQ(counters_.runs_let_go[static_cast<std::size_t>(LetGo::kOpenBytesMax)].get(), 1u);
  EXPECT_THAT(add(made("llm_call_start", "r3", "a", large + large)), SizeIs(2))
      << "one that is too large alone is not kept at all";
  EXPECT_EQ(counters_.open_bytes.get(), 0u);
}

// Random calls of random runs, in any order: each start and each end is given on exactly once,
// joined if its run was kept; and the bounds hold at every moment.
TEST(JoiningProperty, NothingIsLostOrDoubledAndTheBoundsHold) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const JoinOptions options{.open_runs_max = 1 + random() % 8,
                              .open_bytes_max = 2000 + random() % 20'000};
    JoinCounters counters;
    CallJoiner joiner(options, counters);
    std::map<std::string, int> asked;
    std::map<std::string, int> answered;
    std::vector<std::string> open;
    std::vector<RecordedEntry> out;
    const auto count = [&] {
      for (const RecordedEntry& entry : out) {
        if (!entry.messages.empty()) --asked[entry.messages[0].content];
        if (!entry.response.empty()) --answered[entry.response];
        const bool joined = !entry.messages.empty() && !entry.response.empty();
        EXPECT_TRUE(!joined || entry.messages[0].content == entry.response);
      }
      out.clear();
      EXPECT_LE(counters.open_runs.get(), options.open_runs_max);
      EXPECT_LE(counters.open_bytes.get(), options.open_bytes_max);
    };
    for (int i = 0; i < 2000; ++i) {
      const std::string run = "r" + std::to_string(random() % 12);
      if (random() % 20 == 0) {
        joiner.add(made("pattern_end", run, ""), out);
      } else if (open.empty() || random() % 2 == 0) {
        const std::string text = run + "/" + std::to_string(i);
        ++asked[text];
        open.push_back(text);
        joiner.add(made("llm_call_start", run, "a", text, text), out);
      } else {
        const std::size_t which = random() % open.size();
        const std::string text = open[which];
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
        ++answered[text];
        joiner.add(made("llm_call_end", text.substr(0, text.find('/')), "a", text, text), out);
      }
      count();
    }
    joiner.finish(out);
    count();
    for (const auto& [text, times] : asked) EXPECT_EQ(times, 0) << text;
    for (const auto& [text, times] : answered) EXPECT_EQ(times, 0) << text;
    EXPECT_EQ(counters.open_runs.get() + counters.open_bytes.get(), 0u);
    EXPECT_GT(counters.joined.get(), 0u);
  }
}

}  // namespace
}  // namespace tracebus
