// SPDX-License-Identifier: Apache-2.0
//
// Brings entries of 1,000 agents to a CostTracker for callgrind to count: cost_loop <way> <times>.
//   observe  the events that a callback sees, with a cost
//   priced   likewise, without a cost, so that the prices say it
//   roll_up  as observe, with sums by agents and all that they started
//   record   by call
#include <valgrind/callgrind.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/record_writer.h"
#include "tracebus/trace/cost_tracker.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kAgents = 1000;
constexpr std::string_view kModel = "claude-sonnet-4-20250514";
constexpr double kCost = 0.00705;

std::string agent_name(std::size_t number) {
  return "research-agt-" + std::to_string(1'000'000 + number);
}

std::shared_ptr<const PriceTable> prices() {
  auto table = std::make_shared<PriceTable>();
  const bool added = table->add("claude-sonnet-4", {.input = 3'000'000, .output = 15'000'000}).ok();
  return added ? table : nullptr;
}

// An event for each agent, as bench/comparison_event.h, as a typed emit writes it.
class Records {
 public:
  explicit Records(bool with_cost) {
    EventIds ids;
    fill_random(&ids, sizeof ids);
    for (std::size_t i = 0; i < kAgents; ++i) {
      const std::string agent = agent_name(i);
      const auto input = attr<"input_tokens">(static_cast<std::int64_t>(450 + i));
      const auto output = attr<"output_tokens">(380);
      if (with_cost) {
        add(ids, agent, attr<"model">(kModel), input, output, attr<"cost_usd">(kCost));
      } else {
        add(ids, agent, attr<"model">(kModel), input, output);
      }
    }
  }
  const EventView& operator[](std::size_t i) const { return views_[i]; }

 private:
  template <class... Attributes>
  void add(const EventIds& ids, std::string_view agent_text, const Attributes&... attributes) {
    using Typed = TypedRecord<EventIds, Attributes...>;
    const Name agent(agent_text);
    const Name pattern("supervisor");
    const auto schema = static_cast<std::uint16_t>(CallSiteSchema<Attributes...>::get());
    const std::size_t size = Typed::size(agent, pattern, attributes...);
    words_.push_back(std::make_unique<std::uint64_t[]>(size / 8));
    char* const place = reinterpret_cast<char*>(words_.back().get());
    Typed::write(place, size, kCostRecord, ids, agent, pattern, schema,
                 RecordStamp{1'000'000 + words_.size(), 3}, attributes...);
    // As in a block, and the same in every run.
    reinterpret_cast<RecordHeader*>(place)->ticks = 1'749'479'521'243'439'700 + 173 * words_.size();
    views_.emplace_back(place, context_);
  }

  const ViewContext context_{0x1234567890abcdef, nullptr, false};
  std::vector<std::unique_ptr<std::uint64_t[]>> words_;
  std::vector<EventView> views_;
};

void observe(CostTracker& tracker, bool with_cost, std::size_t times) {
  const Records records(with_cost);
  for (std::size_t i = 0; i < kAgents; ++i) tracker.observe(records[i]);
  CALLGRIND_TOGGLE_COLLECT;
  for (std::size_t i = 0; i < times; ++i) tracker.observe(records[i % kAgents]);
  CALLGRIND_TOGGLE_COLLECT;
}

void record(CostTracker& tracker, std::size_t times) {
  std::vector<std::string> agents;
  for (std::size_t i = 0; i < kAgents; ++i) agents.push_back(agent_name(i));
  CostEntry entry = {.pattern = "supervisor", .model = kModel};
  entry.usage = {.input = 450, .output = 380};
  entry.cost = NanoDollars(7'050'000);
  entry.time = Timestamp{1'781'600'399, 0};
  for (std::size_t i = 0; i < kAgents + times; ++i) {
    if (i == kAgents) CALLGRIND_TOGGLE_COLLECT;
    entry.agent = agents[i % kAgents];
    tracker.record(entry);
  }
  CALLGRIND_TOGGLE_COLLECT;
}

// Whether every entry was counted, with a cost.
bool run(std::string_view way, std::size_t times) {
  CostTrackerOptions options{.prices = prices()};
  if (way == "roll_up") options.roll_up = CostRollUpOptions();
  CostTracker tracker(options);
  if (way == "record") {
    record(tracker, times);
  } else {
    observe(tracker, way != "priced", times);
  }
  const CostStats stats = tracker.stats();
  return stats[CostResult::kCounted] == kAgents + times && tracker.total().unpriced() == 0;
}

}  // namespace
}  // namespace tracebus::testing

int main(int argc, char** argv) {
  const std::string_view way = argc == 3 ? argv[1] : "";
  const std::string_view ways[] = {"observe", "priced", "roll_up", "record"};
  if (std::ranges::find(ways, way) == std::end(ways)) {
    std::fprintf(stderr, "usage: cost_loop observe|priced|roll_up|record <times>\n");
    return 2;
  }
  return tracebus::testing::run(way, static_cast<std::size_t>(std::atoi(argv[2]))) ? 0 : 1;
}
