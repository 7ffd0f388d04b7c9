// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/replay_llm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/trace/random_entry.h"
#include "tracebus/trace/recorder.h"

namespace tracebus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

class Replays : public ::testing::Test {
 protected:
  void record(std::string_view agent, std::string_view question, std::string_view answer) {
    ASSERT_TRUE(recorder_
                    .record_llm_call({.agent_name = agent,
                                      .messages = {{"user", std::string(question)}},
                                      .response = answer})
                    .ok());
  }
  // Ends the run.
  std::string saved() {
    EXPECT_TRUE(recorder_.end("done").ok());
    const std::string path = folder_.file("run.jsonl");
    EXPECT_TRUE(recorder_.save(path).ok());
    return path;
  }
  void SetUp() override { ASSERT_TRUE(recorder_.start("debate").ok()); }

  const TemporaryFolder folder_;
  Recorder recorder_;
};

std::unique_ptr<ReplayLlm> replaying(const std::string& path, std::string_view agent,
                                     ReplayOptions options = {}) {
  auto llm = ReplayLlm::from_recording(path, agent, std::move(options));
  EXPECT_TRUE(llm.ok()) << llm.status();
  return llm.ok() ? *std::move(llm) : nullptr;
}

template <class Llm>
std::string ask(Llm& llm, std::string_view question) {
  const auto answer = llm.call({{"user", std::string(question)}});
  return answer.ok() ? answer->response() : answer.status().ToString();
}

TEST_F(Replays, Row49_TheDocumentsExampleAnswersAsRecorded) {
  ASSERT_TRUE(recorder_
                  .record_llm_call({.agent_name = "extractor",
                                    .messages = {{"user", "Tesla Q3 2025 earnings..."}},
                                    .response = "Revenue: $25.2B",
                                    .model = "claude-haiku-3-5-20241022",
                                    .input_tokens = 180,
                                    .output_tokens = 42,
                                    .cost_usd = 0.00006,
                                    .stop_reason = "end_turn"})
                  .ok());
  record("writer", "other", "not mine");
  const auto llm = replaying(saved(), "extractor");
  const auto answer = llm->call({{"user", "Tesla Q3 2025 earnings..."}});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->response(), "Revenue: $25.2B");
  EXPECT_FALSE(answer->error());
  EXPECT_EQ(answer->entry->model(), "claude-haiku-3-5-20241022");
  EXPECT_EQ(answer->entry->output_tokens(), 42);
  EXPECT_EQ(answer->entry->metadata.text("stop_reason"), "end_turn");
  EXPECT_EQ(llm->left(), 0u);
}

TEST_F(Replays, Row49_InSequenceEachAgentHasItsOwn) {
  for (const char* const n : {"1", "2", "3"}) {
    record("bull", "q", std::string("bull ") + n);
    record("bear", "q", std::string("bear ") + n);
  }
  const std::string path = saved();
  const auto bull = replaying(path, "bull");
  const auto bear = replaying(path, "bear");
  EXPECT_EQ(ask(*bull, "anything"), "bull 1");
  EXPECT_EQ(ask(*bull, "at all"), "bull 2");
  EXPECT_EQ(ask(*bear, "q"), "bear 1");
  EXPECT_EQ(ask(*bull, "q"), "bull 3");
  EXPECT_THAT(ask(*bull, "q"), AllOf(HasSubstr("NOT_FOUND"), HasSubstr("llm calls of agent 'bull'"),
                                     HasSubstr("its answer has been given already")));
  const auto all = replaying(path, "");
  EXPECT_EQ(ask(*all, "q"), "bull 1");
  EXPECT_EQ(ask(*all, "q"), "bear 1");
}

TEST_F(Replays, Row49_ByRequestOrderDoesNotMatterAndRepeatsComeInTheirOrder) {
  record("bull", "a", "A1");
  record("bull", "b", "B");
  record("bull", "a", "A2");
  const auto llm = replaying(saved(), "bull", {.match = ReplayMatch::kByRequest});
  EXPECT_EQ(ask(*llm, "b"), "B");
  EXPECT_EQ(ask(*llm, "a"), "A1");
  EXPECT_EQ(ask(*llm, "a"), "A2");
  EXPECT_THAT(ask(*llm, "a"), HasSubstr("NOT_FOUND"));
}

TEST_F(Replays, Row49_AMissNamesTheNearestRecordedRequest) {
  record("bull", "something else entirely", "1");
  record("bull", "Argue the bull case for Tesla in 2025, briefly", "2");
  record("bull", "Summarise", "3");
  const auto llm = replaying(saved(), "bull", {.match = ReplayMatch::kByRequest});
  const std::vector<RecordedMessage> asked = {
      {"user", "Argue the bull case for Tesla in 2026, briefly"}};
  const absl::Status missed = llm->call(asked).status();
  EXPECT_TRUE(absl::IsNotFound(missed));
  EXPECT_THAT(missed.ToString(),
              AllOf(HasSubstr(request_hash(asked)), HasSubstr("is call 2 of 3"),
                    HasSubstr("message 1 (user) differs from byte 36 on: recorded"),
                    HasSubstr("\"Tesla in 2025, briefly\", asked ..."),
                    HasSubstr("Ask what was recorded, or record the run anew")));
  EXPECT_EQ(llm->left(), 3u) << "a miss takes nothing";
}

TEST_F(Replays, CheckedSequenceTellsWhereTheRunParts) {
  record("bull", "first", "1");
  record("bull", "second", "2");
  const auto llm = replaying(saved(), "bull", {.check_requests = true});
  EXPECT_EQ(ask(*llm, "first"), "1");
  EXPECT_THAT(ask(*llm, "secund"), HasSubstr("message 1 (user) differs from byte 3"));
  EXPECT_EQ(ask(*llm, "second"), "2");
}

// What models and people said goes to a terminal or a log.
TEST_F(Replays, MissIsSafeToPrint) {
  record("bull", "\x1b[2Jone\nline", "1");
  const auto llm = replaying(saved(), "bull", {.match = ReplayMatch::kByRequest});
  const std::string missed = ask(*llm, "\x1b[3Jother\u20ac\u20ac\r\n");
  EXPECT_EQ(missed.find_first_of("\x1b\n\r"), std::string::npos) << missed;
  EXPECT_THAT(missed, HasSubstr("\\x1b[2Jone\\nline"));
}

TEST_F(Replays, Row49_ErrorsAndLatenciesAreReplayed) {
  ASSERT_TRUE(recorder_
                  .record_llm_call(
                      {.agent_name = "bull", .duration_ms = 2401.5, .error = "429 rate limited"})
                  .ok());
  ASSERT_TRUE(recorder_.record_llm_call({.agent_name = "bull", .response = "yes"}).ok());
  std::vector<std::int64_t> slept;
  const auto llm = replaying(saved(), "bull",
                             {.latency_factor = 0.5, .sleep = [&](std::chrono::nanoseconds time) {
                                slept.push_back(time.count());
                              }});
  const auto failed = llm->call(std::vector<RecordedMessage>{});
  ASSERT_TRUE(failed.ok());
  EXPECT_EQ(failed->error(), "429 rate limited");
  EXPECT_EQ(ask(*llm, ""), "yes");
  EXPECT_THAT(slept, ElementsAre(1'200'750'000)) << "virtual time: nobody waited";
}

TEST_F(Replays, Row49_ToolsHaveASequenceEach) {
  for (const char* const n : {"1", "2"}) {
    for (const char* const tool : {"search", "fetch"}) {
      const std::string result = std::string(tool) + n;
      ASSERT_TRUE(recorder_
                      .record_tool_call({.agent_name = "bull",
                                         .tool_name = tool,
                                         .arguments = std::string_view(n),
                                         .result = result})
                      .ok());
    }
  }
  const std::string path = saved();
  const auto tools = ReplayTools::from_recording(path, "bull");
  ASSERT_TRUE(tools.ok()) << tools.status();
  EXPECT_EQ((*tools)->call("fetch", "?")->response(), "fetch1");
  EXPECT_EQ((*tools)->call("search", "?")->response(), "search1");
  EXPECT_EQ((*tools)->call("fetch", "?")->response(), "fetch2");
  EXPECT_THAT((*tools)->call("fetch", "?").status().ToString(), HasSubstr("by tool 'fetch'"));
  const auto by_request =
      ReplayTools::from_recording(path, "bull", {.match = ReplayMatch::kByRequest});
  ASSERT_TRUE(by_request.ok());
  EXPECT_EQ((*by_request)->call("search", "2")->response(), "search2");
  EXPECT_THAT((*by_request)->call("search", "20").status().ToString(),
              HasSubstr("recorded \"2\", asked \"20\""));
}

TEST_F(Replays, WhatIsNotInTheRecordingIsAnErrorThatSaysWhatIs) {
  record("bull", "q", "a");
  const std::string path = saved();
  EXPECT_THAT(ReplayLlm::from_recording(path, "bear").status().ToString(),
              AllOf(HasSubstr("has no llm calls of agent 'bear'"),
                    HasSubstr("it has those of the agents 'bull'")));
  EXPECT_THAT(ReplayLlm::from_recording(path, "bull", {.run = "r9"}).status().ToString(),
              HasSubstr("in run 'r9'; it has those of the runs 'run_1'"));
  EXPECT_THAT(ReplayTools::from_recording(path).status().ToString(),
              HasSubstr("nor any other tool call"));
  EXPECT_TRUE(
      absl::IsNotFound(ReplayLlm::from_recording(folder_.file("none.jsonl"), "a").status()));
}

TEST(ReplayRuns, Row49_ConcurrentRunsKeepApart) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.jsonl");
  std::string lines;
  for (int n = 0; n < 3; ++n) {
    for (const char* const run : {"r1", "r2"}) {
      lines += R"({"event_type": "llm_call", "agent_name": "a", "run_id": ")" + std::string(run) +
               R"(", "response": ")" + run + " " + std::to_string(n) + "\"}\n";
    }
  }
  testing::write_file(path, lines);
  EXPECT_THAT(ReplayLlm::from_recording(path, "a").status().ToString(),
              AllOf(HasSubstr("FAILED_PRECONDITION"), HasSubstr("several runs, 'r1', 'r2'")));
  const auto source = ReplaySource::load(path);
  ASSERT_TRUE(source.ok());
  EXPECT_THAT((*source)->runs(), ElementsAre("r1", "r2"));
  const auto first = (*source)->llm("a", {.run = "r1"});
  const auto second = (*source)->llm("a", {.run = "r2"});
  ASSERT_TRUE(first.ok() && second.ok());
  for (const char* const n : {"0", "1", "2"}) {
    EXPECT_EQ(ask(**first, ""), std::string("r1 ") + n);
    EXPECT_EQ(ask(**second, ""), std::string("r2 ") + n);
  }
}

// The seed's file holds one run after the other, with nothing to tell them by.
TEST(ReplayRuns, RunsWithoutNamesAreNumbered) {
  const TemporaryFolder folder;
  Recorder recorder;
  for (const char* const answer : {"one", "two"}) {
    ASSERT_TRUE(recorder.start("debate").ok());
    ASSERT_TRUE(recorder.record_llm_call({.agent_name = "a", .response = answer}).ok());
    ASSERT_TRUE(recorder.end("").ok());
  }
  ASSERT_TRUE(recorder.save(folder.file("runs.jsonl")).ok());
  const auto second = replaying(folder.file("runs.jsonl"), "a", {.run = "run_2"});
  EXPECT_EQ(ask(*second, ""), "two");
}

TEST(ReplayRuns, ACallThatHadNotEndedHasNoAnswer) {
  const TemporaryFolder folder;
  testing::write_file(
      folder.file("run.jsonl"),
      R"({"event_type": "llm_call_start", "agent_name": "a", "run_id": "r", "messages": "why"})"
      "\n");
  const auto llm = replaying(folder.file("run.jsonl"), "a");
  EXPECT_THAT(ask(*llm, "why"), AllOf(HasSubstr("DATA_LOSS"), HasSubstr("call 1 of 1")));
}

// Oracle: each answer is given exactly once, whoever asks.
TEST(ReplayThreads, EachAnswerIsGivenOnce) {
  constexpr int kCalls = 2000;
  Recording recording;
  for (int i = 0; i < kCalls; ++i) {
    recording.entries.push_back({.event_type = "llm_call",
                                 .agent_name = "a",
                                 .messages = {{"user", std::to_string(i % 100)}},
                                 .response = std::to_string(i)});
  }
  const ReplaySource source(std::move(recording), "many");
  for (const ReplayMatch match : {ReplayMatch::kInSequence, ReplayMatch::kByRequest}) {
    const auto llm = source.llm("a", {.match = match});
    ASSERT_TRUE(llm.ok());
    std::mutex mutex;
    std::multiset<std::string> answers;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = t; i < kCalls; i += 4) {
          const auto answer = (*llm)->call({{"user", std::to_string(i % 100)}});
          ASSERT_TRUE(answer.ok()) << answer.status();
          const std::lock_guard lock(mutex);
          answers.insert(answer->response());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(answers.size(), kCalls);
    EXPECT_EQ(std::set<std::string>(answers.begin(), answers.end()).size(), kCalls);
    EXPECT_EQ((*llm)->left(), 0u);
  }
}

class ReplayProperty : public ::testing::TestWithParam<std::uint64_t> {};

// A random recording, asked in another order, answers each request with what was recorded for it.
TEST_P(ReplayProperty, Row49_EveryRecordedRequestIsAnsweredByRequest) {
  testing::RandomEntries random(GetParam());
  Recorder recorder;
  ASSERT_TRUE(recorder.start("p").ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(recorder.record_llm_call(random.call()).ok());
  const TemporaryFolder folder(testing::memory_folder());
  ASSERT_TRUE(recorder.save(folder.file("run.jsonl")).ok());
  std::vector<RecordedEntry> calls = recorder.llm_calls();
  const auto llm = replaying(folder.file("run.jsonl"), "", {.match = ReplayMatch::kByRequest});
  for (std::size_t i = calls.size(); i > 1; --i) std::swap(calls[i - 1], calls[random.below(i)]);
  std::map<std::string, std::multiset<std::string>> given;
  for (const RecordedEntry& call : calls) {
    const auto answer = llm->call(call.messages);
    ASSERT_TRUE(answer.ok()) << answer.status();
    given[request_hash(call.messages)].insert(answer->response());
  }
  for (const RecordedEntry& call : calls) {
    auto& answers = given[request_hash(call.messages)];
    const auto answer = answers.find(call.response);
    ASSERT_NE(answer, answers.end());
    answers.erase(answer);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReplayProperty, ::testing::Range<std::uint64_t>(1, 51));

}  // namespace
}  // namespace tracebus
