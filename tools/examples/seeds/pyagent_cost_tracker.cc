// SPDX-License-Identifier: Apache-2.0
//
// Document 000, "CostTracker": what a session costs, by pattern, by model, by agent.
#include <cstdio>
#include <string>
#include <vector>

#include "tracebus/trace/cost_tracker.h"

using namespace tracebus;

namespace {

std::string text_of(const std::vector<CostGroup>& groups) {
  std::string text = "{";
  for (const CostGroup& group : groups) {
    text += (text.size() > 1 ? ", \"" : "\"") + group.name + "\": " + group.sums.cost().to_text();
  }
  return text + "}";
}

}  // namespace

int main() {
  CostTracker tracker;

  // Record after each agent call.
  tracker.record({.pattern = "debate",
                  .agent = "bull",
                  .model = "gemini-2.5-flash",
                  .usage = {.input = 450, .output = 380},
                  .cost = NanoDollars(940'000)});
  tracker.record("debate", "bear", "gemini-2.5-flash", 450, 410, 0.00098);
  tracker.record("debate", "judge", "claude-sonnet-4-20250514", 1200, 480, 0.00840);

  // Summaries: exact, to the billionth of a dollar.
  const double dollars = tracker.total_cost().to_dollars();
  std::printf("Total session cost: $%.4f\n", dollars);
  std::printf("By pattern: %s\n", text_of(tracker.by_pattern()).c_str());
  std::printf("By model: %s\n", text_of(tracker.by_model()).c_str());
  std::printf("By agent: %s\n", text_of(tracker.by_agent()).c_str());

  // Daily cost projection.
  std::printf("If 500 runs/day: $%.2f/day\n", dollars * 500);
  std::printf("%s\n", tracker.summary().to_json().c_str());
}
