// SPDX-License-Identifier: Apache-2.0
//
// Costs of agents with those that they started. The oracle is the list of spans and costs itself:
// each cost belongs to the path of agents above its span, as far as parents were said.
#include "tracebus/trace/cost_roll_up.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/tests/core/built_record.h"
#include "tracebus/trace/cost_tracker.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
namespace {

constexpr std::chrono::seconds kLong{20};

template <class Id>
Id id_of(std::uint64_t number) {
  Id id;
  std::memcpy(id.bytes.data(), &number, sizeof number);
  return id;
}

EventIds ids_of(std::uint64_t run, std::uint64_t span, std::uint64_t parent) {
  return {.run_id = id_of<RunId>(run),
          .trace_id = id_of<TraceId>(run),
          .span_id = id_of<SpanId>(span),
          .parent_span_id = id_of<SpanId>(parent)};
}

// "agent own total" of each, two spaces for each level.
std::string text_of(const std::vector<AgentCosts>& tree) {
  std::string text;
  for (const AgentCosts& agent : tree) {
    text += std::string(2 * agent.depth, ' ') + (agent.is_others ? "(others)" : agent.agent) + " " +
            std::to_string(agent.own.cost().value()) + " " +
            std::to_string(agent.total.cost().value()) + "\n";
  }
  return text;
}

CostSums total_of(const std::vector<AgentCosts>& tree) {
  CostSums sum;
  for (const AgentCosts& agent : tree) {
    if (agent.parent == AgentCosts::kNoParent) sum.add(agent.total);
  }
  return sum;
}

// A roll-up that is told of spans and costs without a bus.
class Told {
 public:
  explicit Told(const CostRollUpOptions& options = {}) : roll_up(options) {}

  void span(const EventIds& ids, std::string_view agent, std::string_view type = "agent_start") {
    const auto record = testing::build({.event_type = type, .agent_name = agent, .ids = ids});
    roll_up.see(record.view(context_));
  }
  void cost(const EventIds& ids, std::string_view agent, std::int64_t nanos) {
    const CostSums sums(NanoDollars(nanos), {}, false);
    roll_up.add({.agent = agent, .ids = ids}, sums);
    all.add(sums);
  }
  void expect_all() const { EXPECT_EQ(total_of(roll_up.all()), all); }

  CostRollUp roll_up;
  CostSums all;

 private:
  const ViewContext context_;
};

TEST(CostRollUp, Row44_ASupervisorsTotalHoldsWhatItsAgentsSpent) {
  TraceEventBus bus;
  CostTracker tracker({.roll_up = CostRollUpOptions()});
  const Tracer tracer(bus, {.costs = &tracker});
  const auto watching = tracker.watch(bus);
  ASSERT_TRUE(watching.ok());
  const auto call = [&](std::int64_t nanos) {
    tracer.llm_call({.model = "m"}).usage({.input_tokens = 1, .cost = NanoDollars(nanos)});
  };
  RunId run;
  {
    const auto team = tracer.pattern("supervisor");
    run = tracer.current().ids().run_id;
    const auto boss = tracer.agent("boss");
    call(1);
    for (const char* const name : {"bull", "bear"}) {
      const auto agent = tracer.agent(name);
      const auto tool = tracer.tool("search");
      call(10);
      const auto helper = tracer.agent("helper");
      call(100);
    }
  }
  ASSERT_TRUE(bus.flush(kLong).ok());
  const std::string expected =
      "boss 1 221\n"
      "  bull 10 110\n"
      "    helper 100 100\n"
      "  bear 10 110\n"
      "    helper 100 100\n";
  EXPECT_EQ(text_of(tracker.by_agent_tree()), expected);
  EXPECT_EQ(text_of(tracker.roll_up(run)), expected);
  EXPECT_EQ(total_of(tracker.by_agent_tree()), tracker.total());
  EXPECT_TRUE(tracker.roll_up(RunId()).empty());
}

// As an event, the cost comes behind the spans; by call, as above, before them.
TEST(CostRollUp, Row44_AsASubscriberItRollsUpTheSeedsEvents) {
  TraceEventBus bus;
  CostTracker tracker({.roll_up = CostRollUpOptions()});
  const auto watching = tracker.watch(bus);
  ASSERT_TRUE(watching.ok());
  bus.emit({.event_type = "agent_start", .agent_name = "boss", .ids = ids_of(7, 1, 0)});
  bus.emit({.event_type = "agent_start", .agent_name = "bull", .ids = ids_of(7, 2, 1)});
  bus.emit({.event_type = "cost_record",
            .agent_name = "bull",
            .payload = {{"cost_usd", 0.5}},
            .ids = ids_of(7, 3, 2)});
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(text_of(tracker.by_agent_tree()), "boss 0 500000000\n  bull 500000000 500000000\n");
}

TEST(CostRollUp, Row44_ParentsThatComeLateTakeWhatIsBelowThem) {
  Told told;
  told.cost(ids_of(1, 4, 3), "writer", 5);
  told.span(ids_of(1, 3, 2), "writer");
  EXPECT_EQ(text_of(told.roll_up.all()), "writer 5 5\n");
  told.cost(ids_of(1, 2, 0), "editor", 2);
  EXPECT_EQ(text_of(told.roll_up.all()), "writer 5 5\neditor 2 2\n") << "not seen yet";
  told.span(ids_of(1, 2, 1), "editor", "agent_end");
  told.span(ids_of(1, 1, 0), "chief");
  EXPECT_EQ(text_of(told.roll_up.all()), "chief 0 7\n  editor 2 7\n    writer 5 5\n");
  EXPECT_EQ(told.roll_up.stats().late_parents, 3u);
}

TEST(CostRollUp, Row44_OrphansAreRootsAndCyclesAreCut) {
  Told told;
  told.cost(ids_of(1, 3, 99), "orphan", 1);
  told.span(ids_of(1, 5, 5), "own parent");
  told.cost(ids_of(1, 5, 0), "own parent", 2);
  told.span(ids_of(1, 7, 8), "seven");
  told.span(ids_of(1, 8, 7), "eight");
  told.cost(ids_of(1, 7, 8), "seven", 4);
  told.cost(ids_of(1, 8, 7), "eight", 8);
  told.cost({}, "", 16);
  told.expect_all();
  EXPECT_EQ(text_of(told.roll_up.of_run(id_of<RunId>(1))),
            "orphan 1 1\nown parent 2 2\neight 8 12\n  seven 4 4\n");
  EXPECT_EQ(text_of(told.roll_up.of_run(RunId())), " 16 16\n");
  EXPECT_EQ(told.roll_up.stats().cycles, 2u);
}

TEST(CostRollUp, Row44_RunsWithTheSameSpansStayApart) {
  Told told;
  for (const std::uint64_t run : {1, 2}) {
    told.span(ids_of(run, 1, 0), run == 1 ? "first" : "second");
    told.span(ids_of(run, 2, 1), "shared");
    told.cost(ids_of(run, 2, 1), "shared", static_cast<std::int64_t>(run));
  }
  EXPECT_EQ(text_of(told.roll_up.of_run(id_of<RunId>(1))), "first 0 1\n  shared 1 1\n");
  EXPECT_EQ(text_of(told.roll_up.of_run(id_of<RunId>(2))), "second 0 2\n  shared 2 2\n");
  told.expect_all();
}

TEST(CostRollUp, Row44_RunsBeyondTheLimitAreFoldedByPath) {
  Told told({.runs_max = 2});
  for (std::uint64_t run = 1; run <= 50; ++run) {
    told.span(ids_of(run, 1, 0), "boss");
    told.span(ids_of(run, 2, 1), run % 2 == 0 ? "even" : "odd");
    told.cost(ids_of(run, 2, 1), run % 2 == 0 ? "even" : "odd", 1);
  }
  EXPECT_EQ(text_of(told.roll_up.all()), "boss 0 50\n  odd 25 25\n  even 25 25\n");
  EXPECT_TRUE(told.roll_up.of_run(id_of<RunId>(1)).empty());
  EXPECT_FALSE(told.roll_up.of_run(id_of<RunId>(50)).empty());
  EXPECT_EQ(told.roll_up.stats().folded_runs, 48u);
}

// One run that never ends. Its first span stays known, as it has not ended.
TEST(CostRollUp, Row44_ALongRunKeepsItsOpenSpansAndForgetsThoseThatEnded) {
  Told told({.spans_max = 16});
  told.span(ids_of(1, 1, 0), "server");
  for (std::uint64_t i = 2; i < 5000; ++i) {
    told.span(ids_of(1, i, 1), "worker");
    told.cost(ids_of(1, i, 1), "worker", 1);
    told.span(ids_of(1, i, 1), "worker", "agent_end");
    told.span(ids_of(1, i, 1), "worker", "agent_end");
  }
  EXPECT_EQ(text_of(told.roll_up.all()), "server 0 4998\n  worker 4998 4998\n");
  EXPECT_EQ(told.roll_up.stats().untracked, 0u);
  EXPECT_LT(told.roll_up.bytes(), 200'000u);
}

TEST(CostRollUp, Row44_WithoutRoomAgentsAreAmongTheOthersAndNothingIsLost) {
  Told told({.spans_max = 8, .nodes_max = 16, .agents_max = 100});
  for (std::uint64_t i = 1; i <= 300; ++i) {
    const std::string agent = "agent-" + std::to_string(i);
    told.span(ids_of(1, i, i - 1), agent);
    told.cost(ids_of(1, i, i - 1), agent, 1);
  }
  told.expect_all();
  EXPECT_GT(told.roll_up.stats().untracked, 0u);
  EXPECT_LE(told.roll_up.all().size(), 16u);
}

TEST(CostRollUp, Row44_AChainDeeperThanTheLimitCountsAsItsLastAgents) {
  Told told;
  for (std::uint64_t i = 300; i >= 1; --i) {
    told.span(ids_of(1, i, i - 1), "agent-" + std::to_string(i));
    told.cost(ids_of(1, i, i - 1), "agent-" + std::to_string(i), 1);
  }
  told.expect_all();
  const std::vector<AgentCosts> tree = told.roll_up.all();
  EXPECT_EQ(tree.size(), std::size_t{CostTree::kDepthMax});
  EXPECT_EQ(tree.front().agent, "agent-1");
  EXPECT_EQ(tree.front().total.cost().value(), 300);
}

struct RandomSpan {
  std::uint64_t run;
  std::uint64_t parent;  // 0: none
  std::string agent;
  std::vector<std::int64_t> costs;
};

// Span i + 1 of all; a parent comes earlier in its run, unless cycles are wanted.
std::vector<RandomSpan> random_spans(std::mt19937_64& random, bool with_cycles) {
  std::vector<RandomSpan> spans(1 + random() % 60);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    RandomSpan& span = spans[i];
    span.run = 1 + i % 3;
    if (i >= 3 && random() % 5 != 0) span.parent = 1 + (random() % (i / 3)) * 3 + i % 3;
    if (with_cycles && random() % 4 == 0) span.parent = 1 + random() % spans.size();
    span.agent = random() % 6 == 0 ? std::string() : "agent-" + std::to_string(random() % 5);
    for (std::uint64_t n = random() % 3; n != 0; --n) {
      span.costs.push_back(static_cast<std::int64_t>(random() % 1000));
    }
  }
  return spans;
}

using Paths = std::map<std::string, __int128>;

// By paths of agents, each with the own costs.
Paths expected_paths(const std::vector<RandomSpan>& spans) {
  Paths paths;
  for (const RandomSpan& span : spans) {
    std::vector<std::string> agents;
    for (const RandomSpan* at = &span;; at = &spans[at->parent - 1]) {
      if (!at->agent.empty() && (agents.empty() || agents.back() != at->agent)) {
        agents.push_back(at->agent);
      }
      if (at->parent == 0) break;
    }
    std::string path;
    for (auto agent = agents.rbegin(); agent != agents.rend(); ++agent) path += "/" + *agent;
    for (const std::int64_t cost : span.costs) paths[path] += cost;
  }
  std::erase_if(paths, [](const auto& entry) { return entry.second == 0; });
  return paths;
}

Paths actual_paths(const std::vector<AgentCosts>& tree) {
  Paths paths;
  std::vector<std::string> names;
  for (const AgentCosts& agent : tree) {
    const std::string above = agent.parent == AgentCosts::kNoParent ? "" : names[agent.parent];
    names.push_back(agent.agent.empty() ? above : above + "/" + agent.agent);
    if (agent.own.cost().value() != 0) paths[names.back()] += agent.own.cost().value();
  }
  return paths;
}

// Tells of every span and every cost in a random order; of a span perhaps not at all.
void tell_all(Told& told, const std::vector<RandomSpan>& spans, std::mt19937_64& random,
              bool lose_spans) {
  struct Step {
    std::size_t span;
    std::int64_t cost;  // -1: the span itself
  };
  std::vector<Step> steps;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (!lose_spans || random() % 4 != 0) steps.push_back({i, -1});
    for (const std::int64_t cost : spans[i].costs) steps.push_back({i, cost});
  }
  std::shuffle(steps.begin(), steps.end(), random);
  for (const Step& step : steps) {
    const RandomSpan& span = spans[step.span];
    // A call of a model below the span, as LlmSpan records it, or the span itself.
    const bool below = random() % 2 == 0;
    const EventIds own = ids_of(span.run, step.span + 1, span.parent);
    if (step.cost < 0) {
      told.span(own, span.agent, random() % 2 == 0 ? "agent_start" : "agent_end");
    } else {
      told.cost(below ? ids_of(span.run, 1000 + random() % 1000, step.span + 1) : own, span.agent,
                step.cost);
    }
  }
}

TEST(CostRollUp, Row44_WhateverTheOrderTheTreeIsThatOfTheSpans) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::vector<RandomSpan> spans = random_spans(random, false);
    Told told;
    tell_all(told, spans, random, false);
    EXPECT_EQ(actual_paths(told.roll_up.all()), expected_paths(spans));
    told.expect_all();
    if (HasFailure()) return;
  }
}

TEST(CostRollUp, Row44_WithCyclesLossesAndNoRoomRootsAddUpToTheTotal) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    Told told({.runs_max = static_cast<std::uint32_t>(1 + random() % 4),
               .spans_max = static_cast<std::uint32_t>(1 + random() % 80),
               .nodes_max = static_cast<std::uint32_t>(8 + random() % 40),
               .agents_max = static_cast<std::uint32_t>(1 + random() % 6)});
    for (int round = 0; round < 3; ++round) {
      tell_all(told, random_spans(random, true), random, true);
      told.expect_all();
    }
    if (HasFailure()) return;
  }
}

// Nodes that were merged are given back: a long run in which every cost comes before its span.
TEST(CostRollUp, Row44_MergedNodesTakeNoRoom) {
  Told told({.spans_max = 64, .nodes_max = 512});
  told.span(ids_of(1, 1, 0), "server");
  for (std::uint64_t i = 2; i < 3000; ++i) {
    told.cost(ids_of(1, i, 0), "worker", 1);
    told.span(ids_of(1, i, 1), "worker", "agent_end");
  }
  EXPECT_EQ(text_of(told.roll_up.all()), "server 0 2998\n  worker 2998 2998\n");
}

// Each thread a run of its own, by call, while spans come by the bus and somebody reads.
TEST(CostRollUp, Row44_RunsOfSeveralThreadsAddUp) {
  constexpr std::size_t kThreads = 4;
  TraceEventBus bus;
  CostTracker tracker({.roll_up = CostRollUpOptions{.runs_max = 3}});
  const Tracer tracer(bus, {.costs = &tracker});
  const auto watching = tracker.watch(bus);
  ASSERT_TRUE(watching.ok());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&tracer] {
      for (int n = 0; n < 100; ++n) {
        const auto boss = tracer.agent("boss");
        const auto worker = tracer.agent("worker");
        tracer.llm_call().usage({.input_tokens = 1, .cost = NanoDollars(7)});
      }
    });
  }
  for (int n = 0; n < 20; ++n) EXPECT_LE(total_of(tracker.by_agent_tree()).calls(), 400);
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(bus.flush(kLong).ok());
  EXPECT_EQ(total_of(tracker.by_agent_tree()), tracker.total());
  EXPECT_EQ(tracker.total_cost().value(), kThreads * 100 * 7);
}

}  // namespace
}  // namespace tracebus
