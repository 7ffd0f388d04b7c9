// SPDX-License-Identifier: Apache-2.0
//
// Oracle of the property test: the same question asked of plain structs, one after the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;

struct Plain {
  std::string type, agent, model, run;
  std::int64_t time_s, duration_ms, cost_micros, tokens;
  bool failed;
  std::string tag;
};

std::string line_of(const Plain& plain) {
  std::string line = R"({"event_type":")" + plain.type + R"(","agent_name":")" + plain.agent +
                     R"(","timestamp":)" + std::to_string(plain.time_s) + R"(,"run_id":")" +
                     plain.run + R"(","model":")" + plain.model + '"';
  if (plain.duration_ms != 0) line += R"(,"duration_ms":)" + std::to_string(plain.duration_ms);
  if (plain.cost_micros != 0)
    line += R"(,)"
            R"("cost_usd":)" +
            std::to_string(plain.cost_micros) + "e-6";
  if (plain.tokens != 0) line += R"(,"tokens":)" + std::to_string(plain.tokens);
  if (plain.failed) line += R"(,"status":"error")";
  return line + R"(,"tags":["all",")" + plain.tag + R"("]})" + "\n";
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : random_(seed) {}
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
  }
  bool one_in(std::int64_t chances) { return below(chances) == 0; }
  std::string name(const char* stem, std::int64_t kinds) {
    return stem + std::to_string(below(kinds));
  }
  Plain plain() {
    return {one_in(2) ? "llm_call" : name("type", 3),
            name("agent", 5),
            name("model", 3),
            name("run", 40),
            below(1000) + 1,
            one_in(3) ? 0 : below(5000) + 1,
            one_in(3) ? 0 : below(9000) + 1,
            one_in(3) ? 0 : below(700) + 1,
            one_in(5),
            name("tag", 4)};
  }
  SpanQuery query() {
    SpanQuery query;
    if (one_in(3)) query.event_type = one_in(2) ? "llm_call" : name("type", 4);
    if (one_in(4)) query.agent_name = name("agent", 6);
    if (one_in(4)) query.model = name("model", 4);
    if (one_in(8)) query.run_id = name("run", 45);
    if (one_in(4)) query.min_duration_ms = static_cast<double>(below(5000));
    if (one_in(4)) query.max_duration_ms = static_cast<double>(below(5000));
    if (one_in(6)) query.min_cost_usd = static_cast<double>(below(9000)) / 1e6;
    if (one_in(6)) query.max_cost_usd = static_cast<double>(below(9000)) / 1e6;
    if (one_in(4)) query.from_ns = below(1000) * 1'000'000'000;
    if (one_in(4)) query.until_ns = below(1000) * 1'000'000'000;
    if (one_in(6)) query.status = one_in(2) ? SpanStatus::kFailed : SpanStatus::kUnset;
    if (one_in(6)) query.tag = name("tag", 5);
    if (one_in(6)) query.text = "AGENT" + std::to_string(below(6));
    if (one_in(8)) query.attributes = {{"tokens", std::to_string(below(700) + 1)}};
    query.sort = static_cast<SpanSort>(below(5));
    query.descending = one_in(2);
    if (one_in(2)) query.offset = static_cast<std::size_t>(below(50));
    if (one_in(2)) query.limit = static_cast<std::size_t>(below(60));
    return query;
  }

 private:
  std::mt19937_64 random_;
};

bool matches(const Plain& plain, const SpanQuery& query) {
  const double cost = static_cast<double>(plain.cost_micros) / 1e6;
  const auto ms = static_cast<double>(plain.duration_ms);
  const auto is = [](const std::string& wanted, const std::string& has) {
    return wanted.empty() || wanted == has;
  };
  const bool times_duration = query.min_duration_ms || query.max_duration_ms;
  const bool prices = query.min_cost_usd || query.max_cost_usd;
  const bool tokens =
      query.attributes.empty() ||
      (plain.tokens != 0 && query.attributes[0].second == std::to_string(plain.tokens));
  return is(query.event_type, plain.type) && is(query.agent_name, plain.agent) &&
         is(query.model, plain.model) && is(query.run_id, plain.run) && is(query.tag, plain.tag) &&
         (!times_duration || plain.duration_ms != 0) && (!prices || plain.cost_micros != 0) &&
         ms >= query.min_duration_ms.value_or(0) && ms <= query.max_duration_ms.value_or(1e9) &&
         cost >= query.min_cost_usd.value_or(0) && cost <= query.max_cost_usd.value_or(1e9) &&
         plain.time_s * 1'000'000'000 >= query.from_ns.value_or(0) &&
         (!query.until_ns || plain.time_s * 1'000'000'000 < *query.until_ns) &&
         (!query.status || (*query.status == SpanStatus::kFailed) == plain.failed) &&
         (query.text.empty() || query.text.substr(5) == plain.agent.substr(5)) && tokens;
}

std::int64_t key_of(const Plain& plain, SpanSort sort) {
  switch (sort) {
    case SpanSort::kByTime:
      return plain.time_s;
    case SpanSort::kByDuration:
      return plain.duration_ms;
    case SpanSort::kByCost:
      return plain.cost_micros;
    case SpanSort::kByTokens:
      return plain.tokens;
    default:
      return 0;
  }
}

// The places of those that match, in order, before offset and limit.
std::vector<std::size_t> answer(const std::vector<Plain>& all, const SpanQuery& query) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (matches(all[i], query)) found.push_back(i);
  }
  if (query.sort == SpanSort::kByArrival && query.descending) {
    std::reverse(found.begin(), found.end());
  }
  std::stable_sort(found.begin(), found.end(), [&](std::size_t a, std::size_t b) {
    const std::int64_t left = key_of(all[a], query.sort), right = key_of(all[b], query.sort);
    return query.descending ? left > right : left < right;
  });
  return found;
}

TEST(StoreQuery, Row68AnyQueryAnswersAsOneThatLooksAtEveryEvent) {
  constexpr std::uint64_t kSeed = 68;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  std::vector<Plain> all;
  std::string lines;
  for (int i = 0; i < 3000; ++i) lines += line_of(all.emplace_back(random.plain()));
  // Small chunks, so that there are several.
  auto store = empty_store(0, std::size_t{2} << 20);
  const auto reader = read_jsonl(lines);
  ASSERT_TRUE(store->add(*reader).ok());
  int with_answers = 0;
  for (int round = 0; round < 2000; ++round) {
    const SpanQuery query = random.query();
    const std::vector<std::size_t> expected = answer(all, query);
    const SpanPage page = store->query(query);
    ASSERT_EQ(page.matched(), expected.size()) << "round " << round;
    const std::size_t begin = std::min(query.offset, expected.size());
    const std::size_t size = std::min(query.limit, expected.size() - begin);
    ASSERT_EQ(page.size(), size) << "round " << round;
    with_answers += size != 0;
    for (std::size_t i = 0; i < size; ++i) {
      const Plain& plain = all[expected[begin + i]];
      ASSERT_EQ(page[i].agent_name, plain.agent) << "round " << round;
      ASSERT_EQ(page[i].run_id, plain.run) << "round " << round;
      ASSERT_EQ(page[i].timestamp->seconds, plain.time_s) << "round " << round;
      ASSERT_EQ(page[i].duration_ms, static_cast<double>(plain.duration_ms)) << "round " << round;
      ASSERT_EQ(page[i].cost_nanos.value_or(0), plain.cost_micros * 1000) << "round " << round;
    }
  }
  EXPECT_GT(with_answers, 500);
}

TEST(StoreQuery, Row68LlmCallAlsoMeansItsEnd) {
  auto store = store_of_file(kProductionRuns);
  EXPECT_EQ(store->query({.event_type = "llm_call"}).matched(), 6u);
  EXPECT_EQ(store->query({.event_type = "llm_call_start"}).matched(), 0u);
}

TEST(StoreQuery, AttributesOfEveryTypeAndNestedTextsAreFound) {
  auto store = store_of(
      R"({"event_type":"t","a":true,"b":null,"c":2.5,"d":-7,"e":"x","f":{"deep":["Needle"]}})");
  for (const auto& [key, text] : std::vector<std::pair<std::string, std::string>>{
           {"a", "true"}, {"b", "null"}, {"c", "2.5"}, {"d", "-7"}, {"e", "x"}}) {
    EXPECT_EQ(store->query({.attributes = {{key, text}}}).matched(), 1u) << key;
    EXPECT_EQ(store->query({.attributes = {{key, text + "1"}}}).matched(), 0u) << key;
  }
  EXPECT_EQ(store->query({.text = "nEEdle"}).matched(), 1u);
  EXPECT_EQ(store->query({.text = "needles"}).matched(), 0u);
}

TEST(StoreQuery, KindsStatusAndGuards) {
  auto store = store_of(R"({"event_type":"guard_end","agent_name":"g","guard.policy":"pii",)"
                        R"("guard.action":"block","guard.triggered":true,"timestamp":1}
{"event_type":"guard_end","agent_name":"g","guard.policy":"pii","guard.action":"allow",)"
                        R"("guard.triggered":false,"timestamp":2}
{"event_type":"guard_end","agent_name":"g","guard.policy":"pii","verdict":"BLOCK","timestamp":3}
{"event_type":"tool_error","agent_name":"g","tool_name":"search","error":"boom","timestamp":4}
{"event_type":"tool_end","agent_name":"g","tool_name":"search","span.status":"ok","timestamp":5}
)");
  const SpanPage fired = store->query({.guards_fired = true});
  ASSERT_EQ(fired.size(), 2u);
  EXPECT_EQ(fired[0].name, "pii");
  EXPECT_EQ(fired[1].timestamp->seconds, 3);
  EXPECT_EQ(store->query({.kind = SpanKind::kGuard}).matched(), 3u);
  EXPECT_EQ(store->query({.kind = SpanKind::kTool, .status = SpanStatus::kFailed}).matched(), 1u);
  EXPECT_EQ(store->query({.kind = SpanKind::kTool, .status = SpanStatus::kOk}).matched(), 1u);
  EXPECT_EQ(store->query({.status = SpanStatus::kUnset}).matched(), 3u);
}

// What a run said once holds for its events: the fixture says the workflow at its start only.
TEST(StoreQuery, WorkflowAndPatternOfARunHoldForItsEvents) {
  TraceStore store;
  ASSERT_TRUE(store.load(kFixture).ok());
  EXPECT_EQ(store.query({.workflow = "refund-processor"}).matched(), 7u);
  EXPECT_EQ(store.query({.event_type = "llm_call", .pattern = "customer-support"}).matched(), 2u);
  // But the events say what they said.
  const SpanPage calls = store.query({.event_type = "llm_call"});
  EXPECT_NE(store.event_json(calls[0].number)->find(R"("pattern_type":"")"), std::string::npos);
}

TEST(StoreQuery, UsersAsk14RunOfAHundredThousandSpansIsPagedAndWhole) {
  constexpr std::size_t kSpans = 100'000;
  std::string lines;
  for (std::size_t i = 0; i < kSpans; ++i) {
    lines += R"({"event_type":"tool_end","agent_name":"a","run_id":"r","span_id":"s)" +
             std::to_string(i) + R"(","parent_span_id":"s)" + std::to_string(i / 10) +
             R"(","duration_ms":1,"timestamp":)" + std::to_string(i + 1) + "}\n";
  }
  auto store = store_of(lines);
  std::size_t seen = 0;
  std::uint64_t last = 0;
  for (std::size_t offset = 0; offset < kSpans; offset += 999) {
    const SpanPage page = store->query({.run_id = "r", .offset = offset, .limit = 999});
    ASSERT_EQ(page.matched(), kSpans);
    for (const StoredSpan& span : page) {
      ASSERT_TRUE(seen == 0 || span.number > last);
      last = span.number;
      ++seen;
    }
  }
  EXPECT_EQ(seen, kSpans);
  const auto trace = store->trace("r");
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->get_span_tree().nodes().size(), kSpans);
  EXPECT_EQ(trace->lost_spans(), 0u);
}

TEST(StoreQuery, PageOutlivesTheStoreAndWhatIsLoadedNext) {
  SpanPage page;
  {
    TraceStore store;
    ASSERT_TRUE(store.load(kFixture).ok());
    page = store.query({.agent_name = "Classifier"});
    ASSERT_TRUE(store.load(kStudioSpan).ok());
  }
  ASSERT_EQ(page.size(), 4u);
  EXPECT_EQ(page[0].agent_name, "Classifier");
  EXPECT_EQ(page[1].model, "gpt-4o-mini");
  EXPECT_EQ(page[1].run_id, "run_fixture_1");
}

}  // namespace
}  // namespace tracebus::testing
