// SPDX-License-Identifier: Apache-2.0
//
// Random entries with all labels, by call beside spans and as events, against maps of 128-bit sums:
// every dimension, every class of tokens, and the roots of the roll-up; and the account of the bus
// that carried them.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/trace/cost_day.h"
#include "tracebus/trace/cost_tracker.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
namespace {

constexpr std::chrono::seconds kLong{20};
constexpr std::int32_t kOffset = 3600;
constexpr std::size_t kNumbers = 8;
using Sums = std::array<__int128, kNumbers>;
using Groups = std::map<std::string, Sums>;

struct Entry {
  std::array<std::string, kCostDimensions> labels;  // without day and own runs
  RunId run;
  std::int64_t seconds = 0;
  TokenUsage usage;
  std::optional<std::int64_t> nanos;
};

std::string& label(Entry& entry, CostDimension dimension) {
  return entry.labels[static_cast<std::size_t>(dimension)];
}

constexpr std::int64_t kInputPrice = 2'500'001;  // pico-dollars a token: rounding matters
constexpr std::int64_t kOutputPrice = 10'000'003;

std::shared_ptr<const PriceTable> prices() {
  auto table = std::make_shared<PriceTable>();
  EXPECT_TRUE(table->add("model-0", {.input = kInputPrice, .output = kOutputPrice}).ok());
  return table;
}

Entry random_entry(std::mt19937_64& random) {
  Entry entry;
  const auto name = [&](std::string_view kind, std::uint64_t names) {
    const std::uint64_t number = random() % (names + 1);
    return number == names ? std::string() : std::string(kind) + std::to_string(number);
  };
  label(entry, CostDimension::kPattern) = name("pattern-", 3);
  label(entry, CostDimension::kAgent) = name("an agent with a long name, ", 300);
  label(entry, CostDimension::kModel) = name("model-", 3);
  label(entry, CostDimension::kWorkflow) = name("workflow-", 4);
  label(entry, CostDimension::kProvider) = name("p", 2);
  label(entry, CostDimension::kSession) = name("session-of-somebody-", 100);
  label(entry, CostDimension::kUser) = name("user-", 20);
  if (random() % 4 == 0) {
    label(entry, CostDimension::kRun) = name("foreign-", 5);
  } else {
    entry.run.bytes[0] = static_cast<std::uint8_t>(random() % 20);
  }
  entry.seconds = static_cast<std::int64_t>(random() % (5 * 86'400)) + 1'781'600'000;
  const auto tokens = [&] { return static_cast<std::int64_t>(random() >> (24 + random() % 40)); };
  entry.usage = {.input = tokens(), .output = tokens()};
  if (random() % 2 == 0) entry.nanos = static_cast<std::int64_t>(random() >> (14 + random() % 50));
  if (entry.nanos) {
    entry.usage.cache_read = tokens();
    entry.usage.cache_write = tokens();
    entry.usage.reasoning = tokens();
  }
  return entry;
}

// By one exact division.
__int128 expected_cost(const Entry& entry, bool& unpriced) {
  unpriced = false;
  if (entry.nanos) return *entry.nanos;
  unpriced = entry.labels[static_cast<std::size_t>(CostDimension::kModel)] != "model-0";
  if (unpriced) return 0;
  const __int128 picos =
      __int128{entry.usage.input} * kInputPrice + __int128{entry.usage.output} * kOutputPrice;
  const __int128 nanos = picos / 1000;
  const __int128 rest = picos % 1000;
  return nanos + (rest > 500 || (rest == 500 && nanos % 2 == 1) ? 1 : 0);
}

Sums sums_of(const Entry& entry) {
  bool unpriced = false;
  const __int128 cost = expected_cost(entry, unpriced);
  const TokenUsage& usage = entry.usage;
  return {cost, usage.input,     usage.output, usage.cache_read, usage.cache_write, usage.reasoning,
          1,    unpriced ? 1 : 0};
}

Sums sums_of(const CostSums& sums) {
  const TokenUsage usage = sums.usage();
  return {sums.cost().value(), usage.input,     usage.output, usage.cache_read,
          usage.cache_write,   usage.reasoning, sums.calls(), sums.unpriced()};
}

void add(Sums& sums, const Sums& more) {
  for (std::size_t i = 0; i < kNumbers; ++i) sums[i] += more[i];
}

std::string group_of(const Entry& entry, CostDimension dimension) {
  const std::string& text = entry.labels[static_cast<std::size_t>(dimension)];
  if (dimension == CostDimension::kRun && text.empty()) {
    return entry.run.is_none() ? std::string() : entry.run.hex();
  }
  if (dimension != CostDimension::kDay) return text;
  DayText day;
  return std::string(write_day(day_of({entry.seconds, 0}, kOffset), day));
}

void expect_all(const CostTracker& tracker, const std::vector<std::vector<Entry>>& threads) {
  Sums total{};
  for (std::size_t i = 0; i < kCostDimensions; ++i) {
    const auto dimension = static_cast<CostDimension>(i);
    Groups expected;
    total = {};
    for (const auto& entries : threads) {
      for (const Entry& entry : entries) {
        add(expected[group_of(entry, dimension)], sums_of(entry));
        add(total, sums_of(entry));
      }
    }
    Groups actual;
    for (const CostGroup& group : tracker.by(dimension)) {
      EXPECT_FALSE(group.is_others);
      add(actual[group.name], sums_of(group.sums));
    }
    EXPECT_TRUE(actual == expected) << "dimension " << i;
  }
  EXPECT_TRUE(sums_of(tracker.total()) == total);
  Sums roots{};
  for (const AgentCosts& agent : tracker.by_agent_tree()) {
    if (agent.parent == AgentCosts::kNoParent) add(roots, sums_of(agent.total));
  }
  EXPECT_TRUE(roots == total) << "of the roll-up";
}

// By call, within spans of the same bus, so that the tracker also emits what it counts.
void record_all(CostTracker& tracker, const Tracer& tracer, const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    const auto& labels = entry.labels;
    const auto span = tracer.agent(labels[1].empty() ? "somebody" : labels[1]);
    EventIds ids = tracer.current().ids();
    ids.run_id = entry.run;
    const CostEntry view = {
        .pattern = labels[0],
        .agent = labels[1],
        .model = labels[2],
        .provider = labels[5],
        .workflow = labels[4],
        .session = labels[6],
        .user = labels[7],
        .ids = ids,
        .foreign_run = labels[3],
        .time = Timestamp{entry.seconds, 0},
        .usage = entry.usage,
        .cost = entry.nanos ? std::optional(NanoDollars(*entry.nanos)) : std::nullopt};
    EXPECT_NE(tracker.record(view), CostResult::kSaturated);
  }
}

void emit_all(TraceEventBus& bus, const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    const auto& labels = entry.labels;
    EventIds ids;
    ids.run_id = entry.run;
    TraceEvent event = {.timestamp = Timestamp{entry.seconds, 0},
                        .event_type = "cost_record",
                        .agent_name = labels[1],
                        .pattern_type = labels[0],
                        .payload = {{"gen_ai.response.model", labels[2]},
                                    {"input_tokens", entry.usage.input},
                                    {"gen_ai.usage.output_tokens", entry.usage.output},
                                    {"cache_read_input_tokens", entry.usage.cache_read},
                                    {"cache_creation_input_tokens", entry.usage.cache_write},
                                    {"reasoning_tokens", entry.usage.reasoning},
                                    {"workflow", labels[4]},
                                    {"provider", labels[5]},
                                    {"session.id", labels[6]},
                                    {"user_id", labels[7]}},
                        .ids = ids,
                        .foreign_ids = {.run_id = labels[3]}};
    const std::string cost = entry.nanos ? NanoDollars(*entry.nanos).to_text() : std::string();
    if (entry.nanos) event.payload.add("cost_usd", cost);
    while (bus.emit(event) != EmitResult::kAccepted) std::this_thread::yield();
  }
}

void expect_account(const BusStats& stats) {
  EXPECT_EQ(stats.emitted, stats.accepted + total(stats.rejected));
  for (const SubscriptionStats& each : stats.subscriptions) {
    EXPECT_EQ(each.matched + each.added, each.delivered + total(each.dropped) + each.in_flight);
    EXPECT_EQ(each.in_flight, 0u);
    EXPECT_EQ(total(each.dropped), 0u);
  }
}

std::uint64_t seed_from(const char* variable, std::uint64_t fallback) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

TEST(CostLabels, Row44_AllLabelsTogetherAddUpExactlyBesideSpans) {
  const std::uint64_t first = seed_from("TRACEBUS_FIRST_SEED", 1);
  const std::uint64_t seeds = seed_from("TRACEBUS_SEEDS", 5);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::vector<std::vector<Entry>> threads(4);
    for (auto& entries : threads) {
      for (int i = 0; i < 1000; ++i) entries.push_back(random_entry(random));
    }
    BusOptions bus_options;
    bus_options.callback_queue_bytes_max = std::size_t{64} << 20;
    TraceEventBus bus(bus_options);
    CostTracker tracker({.bus = &bus,
                         .prices = prices(),
                         .shards = 1 + seed % 3,
                         .day_offset_s = kOffset,
                         .roll_up = CostRollUpOptions{.runs_max = 8, .spans_max = 1000}});
    const Tracer tracer(bus);
    const auto watching = tracker.watch(bus);
    ASSERT_TRUE(watching.ok());
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      running.emplace_back([&, i] {
        i % 2 == 0 ? record_all(tracker, tracer, threads[i]) : emit_all(bus, threads[i]);
      });
    }
    for (std::thread& thread : running) thread.join();
    ASSERT_TRUE(bus.flush(kLong).ok());
    expect_all(tracker, threads);
    expect_account(bus.stats());
    EXPECT_EQ(tracker.stats()[CostResult::kNegativeTokens], 0u);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tracebus
