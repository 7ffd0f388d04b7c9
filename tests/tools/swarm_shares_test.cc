// SPDX-License-Identifier: Apache-2.0
//
// The shares that the workload's description gives, measured on what an emitter receives. Bounds
// are five standard deviations of a binomial, widened where draws hang together.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tracebus/tests/tools/swarm_recorder.h"
#include "tracebus/tools/swarm.h"

namespace tracebus {
namespace {

using testing::SwarmEvent;
using testing::SwarmRecorder;

constexpr std::uint64_t kRuns = 12'000;

const std::vector<SwarmEvent>& events() {
  static const std::vector<SwarmEvent> kEvents = [] {
    Swarm swarm({.agents = 100'000, .seed = 42, .runs_max = kRuns}, 1);
    SwarmThread thread(swarm);
    SwarmRecorder recorder;
    while (thread.step(recorder)) continue;
    return std::move(recorder.events);
  }();
  return kEvents;
}

std::uint64_t count(EventType type) {
  return static_cast<std::uint64_t>(std::count_if(
      events().begin(), events().end(), [type](const auto& event) { return event.type == type; }));
}

// widening: how many draws hang together.
void expect_share(std::uint64_t part, std::uint64_t whole, double share, double widening = 1) {
  const auto n = static_cast<double>(whole);
  const double sigma = std::sqrt(share * (1 - share) / n * widening);
  EXPECT_NEAR(static_cast<double>(part) / n, share, 5 * sigma) << part << " of " << whole;
}

double median(EventType type, const std::string& key) {
  std::vector<double> values;
  for (const SwarmEvent& event : events()) {
    if (event.type == type) values.push_back(event.numbers.at(key));
  }
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

bool is_outermost_start(const SwarmEvent& event) {
  return event.type == kPatternStart && event.ids.parent_span_id.is_none();
}

TEST(SwarmSharesTest, RunShapes) {
  std::map<std::string, std::uint64_t> shapes;
  for (const SwarmEvent& event : events()) {
    if (is_outermost_start(event)) ++shapes[event.pattern];
  }
  expect_share(shapes["pipeline"], kRuns, .35);
  expect_share(shapes["supervisor"], kRuns, .30);
  expect_share(shapes["debate"], kRuns, .15);
  expect_share(shapes["react"], kRuns, .15);
  expect_share(shapes["hierarchy"], kRuns, .05);
}

TEST(SwarmSharesTest, Models) {
  const std::map<std::string, double> shares = {{"gpt-4o-mini", .55},
                                                {"gpt-4o", .20},
                                                {"claude-sonnet-4-20250514", .10},
                                                {"claude-haiku-3-5-20241022", .08},
                                                {"gemini-2.5-flash", .05},
                                                {"gemini-2.0-flash", .02}};
  std::map<std::string, std::uint64_t> calls;
  for (const SwarmEvent& event : events()) {
    if (event.type == kLlmCallStart) ++calls[event.texts.at("model")];
  }
  ASSERT_EQ(calls.size(), shares.size());
  // An agent keeps its model for all calls of a run, at most twelve.
  for (const auto& [model, share] : shares) {
    expect_share(calls[model], count(kLlmCallStart), share, 4);
  }
}

TEST(SwarmSharesTest, OneCallInAHundredFailsAndHalfOfThoseAreTriedAgain) {
  expect_share(count(kLlmCallError), count(kLlmCallError) + count(kLlmCallEnd), .01);
  std::uint64_t retried = 0;
  std::set<std::string> errors;
  for (const SwarmEvent& event : events()) {
    if (event.type != kLlmCallError) continue;
    retried += event.numbers.at("retried") != 0 ? 1 : 0;
    errors.insert(event.texts.at("error"));
  }
  expect_share(retried, count(kLlmCallError), .5);
  EXPECT_EQ(errors.size(), 3u);
}

TEST(SwarmSharesTest, OneToolInFiftyFails) {
  expect_share(count(kToolError), count(kToolError) + count(kToolEnd), .02);
}

TEST(SwarmSharesTest, OneRunInFiveHundredNeverEnds) {
  std::set<TraceId> open;
  for (const SwarmEvent& event : events()) {
    if (is_outermost_start(event)) open.insert(event.ids.trace_id);
    if (event.type == kPatternEnd && event.ids.parent_span_id.is_none()) {
      open.erase(event.ids.trace_id);
    }
  }
  expect_share(open.size(), kRuns, .002);
}

TEST(SwarmSharesTest, OneDebateTurnInFourCompresses) {
  std::uint64_t turns = 0;
  std::map<TraceId, int> of_run;
  // The first four turns of a debate are the debaters', the fifth is the judge's.
  for (const SwarmEvent& event : events()) {
    if (event.pattern == "debate" && event.type == kAgentStart &&
        of_run[event.ids.trace_id]++ < 4) {
      ++turns;
    }
  }
  expect_share(count(kCompression), turns, .25);
}

TEST(SwarmSharesTest, LatenciesAndTokens) {
  EXPECT_NEAR(median(kLlmCallEnd, "duration_ms"), 900, 20);
  EXPECT_NEAR(median(kLlmCallEnd, "input_tokens"), 420, 10);
  EXPECT_NEAR(median(kLlmCallEnd, "output_tokens"), 180, 5);
}

TEST(SwarmSharesTest, AFewRolesDoMostOfTheWork) {
  std::map<std::string, std::uint64_t> turns;
  for (const SwarmEvent& event : events()) {
    if (event.type == kAgentStart) ++turns[event.agent];
  }
  EXPECT_GT(turns["role-1"], turns["role-2"]);
  EXPECT_GT(turns["role-2"], turns["role-10"]);
  EXPECT_GT(turns["role-10"], turns["role-100"]);
  EXPECT_GT(turns.size(), 5000u);
}

TEST(SwarmSharesTest, EveryCostFollowsFromTheTokensAndThePrice) {
  struct Price {
    double input, output;  // USD per 1,000 tokens
  };
  const std::map<std::string, Price> prices = {
      {"gpt-4o-mini", {.00015, .0006}},           {"gpt-4o", {.0025, .01}},
      {"claude-sonnet-4-20250514", {.003, .015}}, {"claude-haiku-3-5-20241022", {.0008, .004}},
      {"gemini-2.5-flash", {.0003, .0025}},       {"gemini-2.0-flash", {.0001, .0004}}};
  std::map<SpanId, const SwarmEvent*> calls;
  for (const SwarmEvent& event : events()) {
    if (event.type == kLlmCallEnd) calls[event.ids.span_id] = &event;
    if (event.type != kCostRecord) continue;
    const double input = event.numbers.at("input_tokens");
    const double output = event.numbers.at("output_tokens");
    const double cached = event.numbers.at("cached_tokens");
    const Price& price = prices.at(event.texts.at("model"));
    const double usd = (input - cached) / 1000 * price.input + cached / 1000 * price.input / 10 +
                       output / 1000 * price.output;
    ASSERT_NEAR(event.numbers.at("cost_usd"), usd, 1e-9);
    ASSERT_LE(cached, 0.8 * input);
    // The call's own figures are the same.
    const SwarmEvent& call = *calls.at(event.ids.span_id);
    ASSERT_EQ(call.numbers.at("input_tokens"), input);
    ASSERT_EQ(call.numbers.at("output_tokens"), output);
    ASSERT_EQ(call.numbers.at("cached_tokens"), cached);
  }
}

}  // namespace
}  // namespace tracebus
