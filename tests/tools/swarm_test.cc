// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/swarm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "tracebus/tests/tools/swarm_recorder.h"

namespace tracebus {
namespace {

using testing::SwarmEvent;
using testing::SwarmRecorder;

using Traces = std::map<TraceId, std::vector<SwarmEvent>>;

std::vector<SwarmEvent> record(const SwarmOptions& options) {
  Swarm swarm(options, 1);
  SwarmThread thread(swarm);
  SwarmRecorder recorder;
  while (thread.step(recorder)) continue;
  return std::move(recorder.events);
}

Traces by_trace(const std::vector<SwarmEvent>& events) {
  Traces traces;
  for (const SwarmEvent& event : events) traces[event.ids.trace_id].push_back(event);
  return traces;
}

bool has_end(const std::vector<SwarmEvent>& run) { return run.back().type == kPatternEnd; }

std::size_t count(const std::vector<SwarmEvent>& events, EventType type) {
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [type](const auto& event) { return event.type == type; }));
}

TEST(SwarmTest, SameSeedGivesTheSameEvents) {
  const SwarmOptions options = {.agents = 1000, .seed = 5, .runs_max = 300};
  EXPECT_EQ(record(options), record(options));
}

TEST(SwarmTest, AnotherSeedGivesOtherEvents) {
  EXPECT_NE(record({.agents = 1000, .seed = 5, .runs_max = 30}),
            record({.agents = 1000, .seed = 6, .runs_max = 30}));
}

TEST(SwarmTest, EveryRunBeginsWithItsPatternAndEndsWithItUnlessAbandoned) {
  std::size_t ended = 0;
  for (const auto& [trace, run] : by_trace(record({.seed = 3, .runs_max = 2000}))) {
    ASSERT_EQ(run.front().type, kPatternStart);
    ASSERT_TRUE(run.front().ids.parent_span_id.is_none());
    if (!has_end(run)) continue;
    ++ended;
    ASSERT_EQ(run.back().ids.span_id, run.front().ids.span_id);
    ASSERT_EQ(count(run, kAgentStart), count(run, kAgentEnd));
    ASSERT_EQ(count(run, kLlmCallStart), count(run, kLlmCallEnd) + count(run, kLlmCallError));
    ASSERT_EQ(count(run, kLlmCallEnd), count(run, kCostRecord));
    ASSERT_EQ(count(run, kToolStart), count(run, kToolEnd) + count(run, kToolError));
  }
  EXPECT_GT(ended, 1950u);
}

TEST(SwarmTest, EverySpanBeginsBeforeItIsNamedAsParent) {
  const std::set<std::uint16_t> begins = {kPatternStart.number(), kAgentStart.number(),
                                          kLlmCallStart.number(), kToolStart.number()};
  for (const auto& [trace, run] : by_trace(record({.seed = 4, .runs_max = 1000}))) {
    std::set<SpanId> begun;
    for (const SwarmEvent& event : run) {
      if (event.ids.parent_span_id) {
        ASSERT_TRUE(begun.contains(event.ids.parent_span_id));
      }
      if (begins.contains(event.type.number())) {
        ASSERT_TRUE(begun.insert(event.ids.span_id).second) << event.type.name();
      } else {
        ASSERT_TRUE(begun.contains(event.ids.span_id)) << event.type.name();
      }
    }
  }
}

TEST(SwarmTest, AHierarchyNestsRunsOfTwentyToSixtyAgents) {
  std::size_t seen = 0;
  for (const auto& [trace, run] : by_trace(record({.seed = 8, .runs_max = 2000}))) {
    if (run.front().pattern != "hierarchy" || !has_end(run)) continue;
    if (run.back().texts.at("status") != "success") continue;
    ++seen;
    std::set<RunId> runs;
    for (const SwarmEvent& event : run) runs.insert(event.ids.run_id);
    EXPECT_GE(runs.size(), 3u);
    EXPECT_EQ(runs.size(), count(run, kPatternStart));
    const std::size_t agents = count(run, kAgentStart);
    EXPECT_EQ(static_cast<double>(agents), run.front().numbers.at("agents"));
    EXPECT_GE(agents, 20u);
    EXPECT_LE(agents, 60u);
  }
  EXPECT_GT(seen, 20u);
}

TEST(SwarmTest, AgentsOfOneTeamWorkSideBySide) {
  for (const auto& [trace, run] : by_trace(record({.seed = 8, .runs_max = 500}))) {
    if (run.front().pattern != "hierarchy") continue;
    std::size_t open = 0;
    std::size_t open_max = 0;
    for (const SwarmEvent& event : run) {
      if (event.type == kAgentStart) open_max = std::max(open_max, ++open);
      if (event.type == kAgentEnd) --open;
    }
    if (has_end(run) && run.back().texts.at("status") == "success") {
      EXPECT_GT(open_max, 8u);
    }
  }
}

TEST(SwarmTest, RunsLieSideBySideInTime) {
  const std::vector<SwarmEvent> events = record({.seed = 1, .runs_max = 200});
  std::size_t changes = 0;
  for (std::size_t i = 1; i < events.size(); ++i) {
    if (events[i].ids.trace_id != events[i - 1].ids.trace_id) ++changes;
  }
  EXPECT_GT(changes, events.size() / 8);
}

TEST(SwarmTest, ADeltaForEachEightOutputTokens) {
  std::map<SpanId, double> deltas;
  std::size_t calls = 0;
  for (const SwarmEvent& event : record({.seed = 2, .runs_max = 200, .deltas = true})) {
    if (event.type == kLlmToken) {
      EXPECT_EQ(event.numbers.at("index"), deltas[event.ids.span_id]++);
    }
    if (event.type != kLlmCallEnd) continue;
    ++calls;
    ASSERT_EQ(deltas[event.ids.span_id], std::floor(event.numbers.at("output_tokens") / 8));
  }
  EXPECT_GT(calls, 500u);
}

TEST(SwarmTest, NoDeltasAndNoContentUnlessAskedFor) {
  for (const SwarmEvent& event : record({.seed = 2, .runs_max = 200})) {
    ASSERT_NE(event.type, kLlmToken);
    for (const char* key : {"prompt", "response", "arguments", "result", "content"}) {
      ASSERT_FALSE(event.texts.contains(key));
    }
  }
}

TEST(SwarmTest, ContentIsWithCallsToolsAndDeltas) {
  const SwarmOptions options = {.seed = 2, .runs_max = 100, .deltas = true, .content = true};
  for (const SwarmEvent& event : record(options)) {
    EXPECT_EQ(event.texts.contains("prompt"), event.type == kLlmCallStart);
    EXPECT_EQ(event.texts.contains("response"), event.type == kLlmCallEnd);
    EXPECT_EQ(event.texts.contains("arguments"), event.type == kToolStart);
    EXPECT_EQ(event.texts.contains("result"), event.type == kToolEnd);
    EXPECT_EQ(event.texts.contains("content"), event.type == kLlmToken);
  }
}

TEST(SwarmTest, NoMoreNamesThanAgents) {
  std::set<std::string> names;
  for (const SwarmEvent& event : record({.agents = 3, .seed = 1, .runs_max = 200})) {
    if (!event.agent.empty()) names.insert(event.agent);
  }
  EXPECT_EQ(names, (std::set<std::string>{"role-1", "role-2", "role-3"}));
}

TEST(SwarmTest, OneAgentAloneIsASwarmToo) {
  EXPECT_FALSE(record({.agents = 1, .runs_max = 50}).empty());
}

TEST(SwarmTest, StopEndsTheRunsUnderWay) {
  Swarm swarm({.seed = 1}, 1);
  SwarmThread thread(swarm);
  SwarmRecorder recorder;
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(thread.step(recorder));
  swarm.stop();
  while (thread.step(recorder)) continue;
  std::size_t open = 0;
  for (const auto& [trace, run] : by_trace(recorder.events)) open += has_end(run) ? 0 : 1;
  std::uint64_t abandoned = 0;
  for (const SwarmCounts::Runs& runs : thread.counts().runs) abandoned += runs.abandoned;
  EXPECT_EQ(open, abandoned);
}

TEST(SwarmTest, CountsAreWhatTheEmitterSaw) {
  Swarm swarm({.seed = 9, .runs_max = 500}, 1);
  SwarmThread thread(swarm);
  SwarmRecorder recorder;
  while (thread.step(recorder)) continue;
  const SwarmCounts& counts = thread.counts();
  EXPECT_EQ(counts.attempts(), recorder.events.size());
  SwarmCounts::Runs all;
  for (const SwarmCounts::Runs& runs : counts.runs) all += runs;
  EXPECT_EQ(all.begun, 500u);
  EXPECT_EQ(all.ended + all.abandoned, 500u);
  std::set<std::string> names;
  for (const SwarmEvent& event : recorder.events) {
    if (event.type == kAgentStart) names.insert(event.agent);
  }
  const auto roles = std::count(counts.roles.begin(), counts.roles.end() - 1, true);
  EXPECT_EQ(static_cast<std::size_t>(roles), names.size());
}

// The events of all recorders, in the order of their tickets.
Traces by_trace_of_all(const std::vector<SwarmRecorder>& recorders) {
  std::vector<SwarmEvent> events;
  for (const SwarmRecorder& recorder : recorders) {
    events.insert(events.end(), recorder.events.begin(), recorder.events.end());
  }
  std::sort(events.begin(), events.end(),
            [](const auto& a, const auto& b) { return a.ticket < b.ticket; });
  return by_trace(events);
}

// Two threads' shares taken step by step in turn: the same runs come out, whole and in order.
TEST(SwarmTest, RunsMoveBetweenThreadsAndStayWhole) {
  const SwarmOptions options = {.seed = 11, .runs_max = 500};
  Swarm swarm(options, 2);
  std::atomic<std::uint64_t> tickets{0};
  std::vector<SwarmRecorder> recorders(2, SwarmRecorder(tickets));
  SwarmThread first(swarm);
  SwarmThread second(swarm);
  bool more = true;
  while (more) {
    more = first.step(recorders[0]);
    more = second.step(recorders[1]) || more;
  }
  EXPECT_EQ(by_trace_of_all(recorders), by_trace(record(options)));

  const Traces of_first = by_trace(recorders[0].events);
  const Traces of_second = by_trace(recorders[1].events);
  const auto moved = std::count_if(of_first.begin(), of_first.end(), [&](const auto& trace) {
    return of_second.contains(trace.first);
  });
  EXPECT_GT(moved, 50);
}

TEST(SwarmTest, AThreadThatEndsFirstTakesNothingFromTheOther) {
  const SwarmOptions options = {.seed = 11, .runs_max = 500};
  Swarm swarm(options, 2);
  std::atomic<std::uint64_t> tickets{0};
  std::vector<SwarmRecorder> recorders(2, SwarmRecorder(tickets));
  SwarmThread first(swarm);
  SwarmThread second(swarm);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(second.step(recorders[1]));
  while (first.step(recorders[0])) continue;
  while (second.step(recorders[1])) continue;
  EXPECT_EQ(by_trace_of_all(recorders), by_trace(record(options)));
}

TEST(SwarmTest, ThreadsThatEndAtDifferentTimesLeaveNoRunBehind) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    constexpr int kThreads = 4;
    const SwarmOptions options = {.agents = 100, .seed = seed, .runs_max = 200};
    Swarm swarm(options, kThreads, 4);
    std::atomic<std::uint64_t> tickets{0};
    std::vector<SwarmRecorder> recorders(kThreads, SwarmRecorder(tickets));
    std::vector<std::thread> threads;
    for (SwarmRecorder& recorder : recorders) {
      threads.emplace_back([&swarm, &recorder] {
        SwarmThread share(swarm);
        while (share.step(recorder)) continue;
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(by_trace_of_all(recorders), by_trace(record(options))) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tracebus
