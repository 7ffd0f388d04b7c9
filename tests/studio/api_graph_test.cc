// SPDX-License-Identifier: Apache-2.0
//
// Row 61: who called and handed off to whom, with reasons, and folded so that it can be looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tracebus/studio/agent_graph.h"
#include "tracebus/tests/studio/api_client.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using simdjson::dom::element;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::string text(element json) { return std::string(std::string_view(json)); }

// "from -> to kind" and how often.
std::map<std::string, std::int64_t> edges(element graph) {
  std::map<std::string, std::int64_t> result;
  for (element edge : simdjson::dom::array(graph["edges"])) {
    const std::string name =
        text(edge["from"]) + " -> " + text(edge["to"]) + " " + text(edge["kind"]);
    EXPECT_TRUE(result.emplace(name, std::int64_t(edge["count"])).second) << name;
  }
  return result;
}

std::vector<std::string> ids(element graph) {
  std::vector<std::string> result;
  for (element node : simdjson::dom::array(graph["nodes"])) result.push_back(text(node["id"]));
  return result;
}

element node(element graph, const std::string& id) {
  for (element each : simdjson::dom::array(graph["nodes"])) {
    if (text(each["id"]) == id) return each;
  }
  ADD_FAILURE() << "no node " << id;
  return {};
}

std::string event(const std::string& type, const std::string& agent, const std::string& rest) {
  return R"({"event_type":")" + type + R"(","agent_name":")" + agent + R"(",)" +
         R"("pattern_type":"supervisor","run_id":"r",)" + rest + "}\n";
}
std::string span(const char* id, const char* parent) {
  return std::string(R"("span_id":"000000000000000)") + id + R"(","parent_span_id":")" +
         (*parent == '\0' ? "" : std::string("000000000000000") + parent) + "\"";
}

// A supervisor hands off to workers, who call models and tools.
std::unique_ptr<TraceStore> team() {
  return store_of(
      event("pattern_start", "", span("9", "")) + event("agent_start", "lead", span("1", "9")) +
      event("llm_call_end", "lead", span("2", "1") + R"(,"model":"gpt-4o","cost_usd":0.5)") +
      event("handoff", "lead", R"("from":"lead","to":"worker-1","reason":"needs research")") +
      event("handoff", "lead", R"("from":"lead","to":"worker-1","reason":"needs research")") +
      event("handoff", "lead",
            R"("agent.handoff.to":"worker-2","agent.handoff.reason":"needs review",)"
            R"("status":"error")") +
      event("agent_start", "worker-1", span("3", "1")) +
      event("tool_start", "worker-1", span("4", "3") + R"(,"tool":"search")") +
      event("tool_end", "worker-1", span("4", "3") + R"(,"tool":"search","status":"error")") +
      event("agent_end", "worker-1", span("3", "1")) +
      event("agent_start", "worker-2", span("5", "1")) +
      event("llm_call_end", "worker-2",
            span("6", "5") + R"(,"model":"gpt-4o","input_tokens":7,"output_tokens":3)") +
      event("agent_end", "lead", span("1", "9")) + event("pattern_end", "", span("9", "")));
}

TEST(Row61_Graph, ShowsHandOffsWithReasonsAndCalls) {
  const auto store = team();
  ApiClient client(*store);
  const element graph = client.json("/api/graph");
  EXPECT_EQ(text(graph["by"]), "agent");
  EXPECT_EQ(std::int64_t(graph["matched_agents"]), 3);
  EXPECT_THAT(ids(graph), UnorderedElementsAre("agent:lead", "agent:worker-1", "agent:worker-2",
                                               "model:gpt-4o", "tool:search", "user"));
  EXPECT_THAT(edges(graph), UnorderedElementsAre(Pair("agent:lead -> agent:worker-1 handoff", 2),
                                                 Pair("agent:lead -> agent:worker-2 handoff", 1),
                                                 Pair("agent:lead -> agent:worker-1 call", 1),
                                                 Pair("agent:lead -> agent:worker-2 call", 1),
                                                 Pair("agent:lead -> model:gpt-4o call", 1),
                                                 Pair("agent:worker-2 -> model:gpt-4o call", 1),
                                                 Pair("agent:worker-1 -> tool:search call", 1),
                                                 Pair("user -> agent:lead call", 1)));
  for (element edge : simdjson::dom::array(graph["edges"])) {
    const simdjson::dom::array reasons(edge["reasons"]);
    const bool is_hand_off = text(edge["kind"]) == "handoff";
    ASSERT_EQ(reasons.size(), is_hand_off ? 1u : 0u);
    if (!is_hand_off) continue;
    const bool is_first = text(edge["to"]) == "agent:worker-1";
    EXPECT_EQ(text(reasons.at(0)["text"]), is_first ? "needs research" : "needs review");
    EXPECT_EQ(std::int64_t(reasons.at(0)["count"]), is_first ? 2 : 1);
    EXPECT_EQ(std::int64_t(edge["errors"]), is_first ? 0 : 1);
  }
}

// Two minutes of calls and hand-offs: four of each in the first, two in the second; one call fails.
std::string two_minutes() {
  std::string lines;
  for (const int at_s : {0, 10, 20, 50, 70, 120}) {
    const std::string time = R"("timestamp":)" + std::to_string(1'780'000'000 + at_s);
    lines += event("llm_call_end", "lead",
                   time + R"(,"model":"gpt-4o")" + (at_s == 10 ? R"(,"status":"error")" : ""));
    lines += event("handoff", "lead", time + R"(,"from":"lead","to":"worker","reason":"why")");
  }
  return lines;
}

constexpr std::int64_t kLastOfThemNs = 1'780'000'120'000'000'000;

double per_minute(element graph, const std::string& from, const std::string& to) {
  for (element edge : simdjson::dom::array(graph["edges"])) {
    if (text(edge["from"]) == from && text(edge["to"]) == to) return double(edge["per_minute"]);
  }
  ADD_FAILURE() << "no edge from " << from << " to " << to;
  return 0;
}

TEST(Row61_Graph, RatesAreOverAllOfTheTimeWhenAllIsOver) {
  const auto store = store_of(two_minutes(), kLastOfThemNs + 3'600'000'000'000);
  ApiClient client(*store);
  const element graph = client.json("/api/graph");
  EXPECT_FALSE(bool(graph["rate"]["live"]));
  EXPECT_EQ(text(graph["rate"]["from"]), "2026-05-28T20:26:40.000000000Z");
  EXPECT_EQ(text(graph["rate"]["until"]), "2026-05-28T20:28:40.000000000Z");
  EXPECT_DOUBLE_EQ(double(node(graph, "agent:lead")["calls_per_minute"]), 3.0);
  EXPECT_DOUBLE_EQ(double(node(graph, "model:gpt-4o")["calls_per_minute"]), 3.0);
  EXPECT_DOUBLE_EQ(per_minute(graph, "agent:lead", "model:gpt-4o"), 3.0);
  EXPECT_DOUBLE_EQ(per_minute(graph, "agent:lead", "agent:worker"), 3.0);
  EXPECT_DOUBLE_EQ(double(node(graph, "model:gpt-4o")["error_rate"]), 1.0 / 6);
  EXPECT_TRUE(node(graph, "agent:worker")["error_rate"].is_null()) << "nothing of it ended";
}

TEST(Row61_Graph, RatesAreOfTheLastMinuteWhileThingsHappen) {
  const auto store = store_of(two_minutes(), kLastOfThemNs + 5'000'000'000);
  ApiClient client(*store);
  const element graph = client.json("/api/graph");
  EXPECT_TRUE(bool(graph["rate"]["live"]));
  EXPECT_EQ(text(graph["rate"]["from"]), "2026-05-28T20:27:45.000000000Z");
  EXPECT_DOUBLE_EQ(double(node(graph, "agent:lead")["calls_per_minute"]), 2.0);
  EXPECT_DOUBLE_EQ(per_minute(graph, "agent:lead", "agent:worker"), 2.0);
  EXPECT_EQ(std::int64_t(node(graph, "agent:lead")["calls"]), 6);
}

TEST(Row61_Graph, WhatHasJustBegunIsNotProjectedToAMinute) {
  const auto store = store_of(two_minutes(), 1'780'000'003'000'000'000);
  ApiClient client(*store);
  const element graph = client.json("/api/graph?until=2026-05-28T20:26:41Z");
  EXPECT_TRUE(bool(graph["rate"]["live"]));
  EXPECT_DOUBLE_EQ(double(node(graph, "agent:lead")["calls_per_minute"]), 1.0);
}

TEST(Row61_Graph, NoRateIsSaidOfLessThanASecond) {
  const auto store = team();
  ApiClient client(*store);
  const element graph = client.json("/api/graph");
  EXPECT_TRUE(graph["rate"]["from"].is_null());
  EXPECT_TRUE(node(graph, "agent:lead")["calls_per_minute"].is_null());
}

TEST(Row61_Graph, NodesHaveTheFiguresOfTheirAgents) {
  const auto store = team();
  ApiClient client(*store);
  const element graph = client.json("/api/graph");
  const element lead = node(graph, "agent:lead");
  EXPECT_EQ(std::int64_t(lead["calls"]), 1);
  EXPECT_EQ(double(lead["cost_usd"]), 0.5);
  EXPECT_EQ(text(lead["pattern"]), "supervisor");
  EXPECT_EQ(text(lead["kind"]), "agent");
  const element worker = node(graph, "agent:worker-2");
  EXPECT_EQ(std::int64_t(worker["tokens"]), 10);
  EXPECT_EQ(std::int64_t(worker["open"]), 1);
  EXPECT_EQ(text(worker["role"]), "worker");
  EXPECT_EQ(std::int64_t(node(graph, "agent:worker-1")["errors"]), 1);
  const element model = node(graph, "model:gpt-4o");
  EXPECT_EQ(std::int64_t(model["calls"]), 2);
  EXPECT_EQ(std::int64_t(model["tokens"]), 10);
  EXPECT_EQ(double(model["cost_usd"]), 0.5);
  const element tool = node(graph, "tool:search");
  EXPECT_EQ(std::int64_t(tool["calls"]), 1);
  EXPECT_EQ(std::int64_t(tool["errors"]), 1);
}

TEST(Row61_Graph, IsFoldedByRoleAndByPatternAndUnfolded) {
  const auto store = team();
  ApiClient client(*store);
  const element roles = client.json("/api/graph?by=role");
  EXPECT_EQ(text(roles["by"]), "role");
  EXPECT_EQ(std::int64_t(node(roles, "pattern:supervisor/role:worker")["agents"]), 2);
  EXPECT_EQ(text(node(roles, "pattern:supervisor/role:worker")["label"]), "worker");
  auto found = edges(roles);
  EXPECT_EQ(found["pattern:supervisor/role:lead -> pattern:supervisor/role:worker handoff"], 3);
  const element patterns = client.json("/api/graph?by=pattern");
  EXPECT_EQ(std::int64_t(node(patterns, "pattern:supervisor")["agents"]), 3);
  found = edges(patterns);
  EXPECT_EQ(found["pattern:supervisor -> pattern:supervisor handoff"], 3);
  const element unfolded = client.json("/api/graph?unfold=pattern:supervisor/role:worker");
  EXPECT_EQ(text(unfolded["by"]), "role");
  EXPECT_THAT(ids(unfolded),
              UnorderedElementsAre("pattern:supervisor/role:lead", "agent:worker-1",
                                   "agent:worker-2", "model:gpt-4o", "tool:search", "user"));
  found = edges(unfolded);
  EXPECT_EQ(found["pattern:supervisor/role:lead -> agent:worker-1 handoff"], 2);
  found = edges(client.json("/api/graph?unfold=pattern:supervisor/role:lead"));
  EXPECT_EQ(found["agent:lead -> pattern:supervisor/role:worker handoff"], 3);
  EXPECT_EQ(found["pattern:supervisor/role:worker -> tool:search call"], 1);
  const element all = client.json("/api/graph?unfold=pattern:supervisor");
  EXPECT_EQ(text(all["by"]), "pattern");
  EXPECT_EQ(std::int64_t(node(all, "agent:lead")["agents"]), 1);
}

TEST(Row61_Graph, FiltersHold) {
  const auto store = team();
  ApiClient client(*store);
  EXPECT_THAT(ids(client.json("/api/graph?agent=worker-1")),
              UnorderedElementsAre("agent:worker-1", "tool:search"));
  EXPECT_THAT(ids(client.json("/api/graph?run=nobody")), IsEmpty());
}

// Of 3,000 agents at most so many are drawn, and none is lost from the sums.
TEST(Row61_Graph, ASwarmIsFoldedUntilItFits) {
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    const std::string agent = "w-" + std::to_string(i);
    lines += R"({"event_type":"llm_call","agent_name":")" + agent + R"(","run_id":"r",)" +
             R"("pattern_type":"p)" + std::to_string(i % 5) + R"(","model":"m)" +
             std::to_string(i % 40) + R"(","cost_usd":0.001,"status":")" +
             (i % 100 == 0 ? "error" : "ok") + "\"}\n";
  }
  const auto store = store_of(lines);
  ApiClient client(*store);
  struct Sums {
    std::int64_t agents = 0, calls = 0, errors = 0, nodes = 0, edge_calls = 0;
    double cost = 0;
  };
  const auto sums = [](element graph) {
    Sums all;
    for (element each : simdjson::dom::array(graph["nodes"])) {
      if (text(each["kind"]) == "model") continue;
      ++all.nodes;
      all.agents += std::int64_t(each["agents"]);
      all.calls += std::int64_t(each["calls"]);
      all.errors += std::int64_t(each["errors"]);
      all.cost += double(each["cost_usd"]);
    }
    for (element each : simdjson::dom::array(graph["edges"])) {
      all.edge_calls += std::int64_t(each["count"]);
    }
    return all;
  };
  const std::pair<const char*, std::int64_t> asked[] = {
      {"/api/graph", 5},
      {"/api/graph?by=agent&limit=20", 20},
      {"/api/graph?by=agent", 300},
      {"/api/graph?limit=3", 3},
      {"/api/graph?unfold=pattern:p1/role:w&limit=50", 50}};
  for (const auto& [target, nodes] : asked) {
    const element graph = client.json(target);
    const Sums all = sums(graph);
    EXPECT_EQ(all.nodes, nodes) << target;
    EXPECT_EQ(std::int64_t(graph["matched_agents"]), 3000) << target;
    EXPECT_EQ(all.agents, 3000) << target;
    EXPECT_EQ(all.calls, 3000) << target;
    EXPECT_EQ(all.errors, 30) << target;
    EXPECT_NEAR(all.cost, 3.0, 1e-9) << target;
    EXPECT_EQ(all.edge_calls, 3000) << target;
  }
  EXPECT_EQ(text(client.json("/api/graph")["by"]), "role");
  EXPECT_EQ(std::int64_t(client.json("/api/graph?by=agent&limit=20")["folded_agents"]), 2981);
  EXPECT_EQ(std::int64_t(node(client.json("/api/graph?by=agent&limit=20"), "others")["agents"]),
            2981);
  const element few = client.json("/api/graph?limit=10");
  EXPECT_EQ(std::int64_t(node(few, "models:others")["calls"]), 30 * 75);
}

TEST(Row61_Graph, ReasonsBeyondTheFirstAreCounted) {
  std::string lines;
  for (int i = 0; i < 50; ++i) {
    lines += event("handoff", "a", R"("to":"b","reason":"r)" + std::to_string(i / 2) + "\"");
  }
  const auto store = store_of(lines);
  ApiClient client(*store);
  const element edge = client.json("/api/graph")["edges"].at(0);
  EXPECT_EQ(std::int64_t(edge["count"]), 50);
  EXPECT_EQ(simdjson::dom::array(edge["reasons"]).size(), AgentGraph::kReasonsMax);
  EXPECT_EQ(std::int64_t(edge["other_reasons"]), 10);
}

TEST(Row61_Graph, SpansThatAreEachOthersParentsEndTheSearchForACaller) {
  const auto store = store_of(event("pattern_start", "", span("1", "2")) +
                              event("pattern_start", "", span("2", "1")) +
                              event("agent_start", "a", span("3", "1")));
  ApiClient client(*store);
  EXPECT_THAT(edges(client.json("/api/graph")), IsEmpty());
}

TEST(Row61_Graph, AnAgentsSpanWithinItsOwnIsNoCall) {
  const auto store = store_of(event("agent_start", "a", span("1", "")) +
                              event("agent_start", "a", span("2", "1")) +
                              event("tool_start", "a", span("3", "2") + R"(,"tool":"ask")") +
                              event("agent_start", "b", span("4", "3")));
  ApiClient client(*store);
  EXPECT_THAT(
      edges(client.json("/api/graph")),
      UnorderedElementsAre(Pair("user -> agent:a call", 1), Pair("agent:a -> agent:b call", 1)));
}

TEST(Row61_Graph, AnAgentThatIsOnlyNamedIsThere) {
  const auto store = store_of(event("handoff", "a", R"("to":"elsewhere")"));
  ApiClient client(*store);
  EXPECT_THAT(edges(client.json("/api/graph")),
              ElementsAre(Pair("agent:a -> agent:elsewhere handoff", 1)));
}

TEST(Row61_Graph, ARoleIsANameWithoutWhatNumbersIt) {
  EXPECT_EQ(role_of_agent("worker-17"), "worker");
  EXPECT_EQ(role_of_agent("worker_3"), "worker");
  EXPECT_EQ(role_of_agent("worker12"), "worker");
  EXPECT_EQ(role_of_agent("team/worker-550e8400-e29b-41d4"), "team/worker");
  EXPECT_EQ(role_of_agent("gpt4-writer"), "gpt4-writer");
  EXPECT_EQ(role_of_agent("Billing Agent"), "Billing Agent");
  EXPECT_EQ(role_of_agent("42"), "42");
  EXPECT_EQ(role_of_agent("-1"), "-");
  EXPECT_EQ(role_of_agent(""), "");
}

}  // namespace
}  // namespace tracebus::testing
