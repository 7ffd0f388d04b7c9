// SPDX-License-Identifier: Apache-2.0
//
// What is paid once is counted once, whoever tells of it, how often, and in whichever order.
//
// Oracle of the property tests: all events so far as plain halves of payments. A call takes the
// oldest record of its run and agent that does not contradict it and has no call yet, and a record
// such a call; the sums are those of the payments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tracebus/studio/event_record.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

constexpr std::string_view kRecord =
    R"({"event_type":"cost_record","run_id":"r","agent_name":"a","model":"gpt-4o",)"
    R"("input_tokens":10,"output_tokens":5,"cost_usd":0.5,"timestamp":1})"
    "\n";
constexpr std::string_view kCall =
    R"({"event_type":"llm_call","run_id":"r","agent_name":"a","model":"gpt-4o",)"
    R"("input_tokens":10,"output_tokens":5,"cost_usd":0.5,"timestamp":1})"
    "\n";
constexpr std::string_view kUnpriced =
    R"({"event_type":"llm_call","run_id":"r","agent_name":"a","model":"gpt-4o",)"
    R"("input_tokens":10,"output_tokens":5,"timestamp":1})"
    "\n";

struct Sums {
  std::int64_t cost_nanos = 0;
  std::uint64_t calls = 0;
  std::uint64_t unpriced = 0;
  std::int64_t tokens = 0;

  bool operator==(const Sums&) const = default;
  friend void PrintTo(const Sums& sums, std::ostream* out) {
    *out << sums.cost_nanos << " billionths, " << sums.calls << " calls, " << sums.unpriced
         << " unpriced, " << sums.tokens << " tokens";
  }
};

Sums sums_of(const CostBreakdown& costs) {
  Sums sums{costs.cost_nanos, costs.calls, 0, costs.tokens};
  for (const SpentGroup& group : costs.groups) sums.unpriced += group.unpriced_calls;
  return sums;
}

// All that sums say the same.
void expect_sums(const TraceStore& store, const Sums& sums) {
  EXPECT_EQ(sums_of(store.costs(GroupBy::kRun)), sums);
  EXPECT_EQ(sums_of(store.costs(GroupBy::kAgent)), sums);
  EXPECT_EQ(store.summary().total_cost_nanos, sums.cost_nanos);
  EXPECT_EQ(store.summary().total_tokens, sums.tokens);
  Sums runs{0, 0, sums.unpriced, 0};
  for (const RunSummary& run : store.runs().runs) {
    runs.cost_nanos += run.cost_nanos;
    runs.calls += run.calls;
    runs.tokens += run.tokens;
  }
  EXPECT_EQ(runs, sums);
  const Dashboard board = store.dashboard();
  EXPECT_NEAR(board.cost_usd.value.value_or(0), static_cast<double>(sums.cost_nanos) / 1e9, 1e-12);
  EXPECT_EQ(board.tokens.value.value_or(0), static_cast<double>(sums.tokens));
  const auto graph = store.graph();
  ASSERT_TRUE(graph.ok()) << graph.status();
  Sums nodes{0, 0, sums.unpriced, 0};
  for (const GraphNode& node : graph->nodes) {
    if (node.kind != GraphNodeKind::kAgent) continue;
    nodes.cost_nanos += node.figures.cost_nanos;
    nodes.calls += node.figures.calls;
    nodes.tokens += node.figures.tokens;
  }
  EXPECT_EQ(nodes, sums);
}

std::string lines(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  return all;
}

TEST(StorePayments, UsersAsk16CallAndRecordWithoutIdsCountOnceInEitherOrder) {
  const Sums once{500'000'000, 1, 0, 15};
  const Sums twice{1'000'000'000, 2, 0, 30};
  expect_sums(*store_of(lines({kCall, kRecord})), once);
  expect_sums(*store_of(lines({kRecord, kCall})), once);
  expect_sums(*store_of(lines({kUnpriced, kRecord})), once);
  expect_sums(*store_of(lines({kRecord, kUnpriced})), once);
  expect_sums(*store_of(lines({kCall, kCall, kRecord, kRecord})), twice);
  expect_sums(*store_of(lines({kRecord, kRecord, kCall, kCall})), twice);
  expect_sums(*store_of(lines({kRecord, kCall, kCall, kRecord})), twice);
  expect_sums(*store_of(lines({kCall, kRecord, kRecord})), twice);
  expect_sums(*store_of(lines({kUnpriced})), {0, 1, 1, 15});
}

TEST(StorePayments, UsersAsk16WhatContradictsIsAPaymentOfItsOwn) {
  std::string dearer(kRecord), other(kRecord), dated(kRecord), free(kRecord), elsewhere(kRecord);
  dearer.replace(dearer.find("0.5"), 3, "0.25");
  other.replace(other.find("gpt-4o"), 6, "gpt-4o-mini");
  dated.replace(dated.find("gpt-4o"), 6, "gpt-4o-2024-08-06");
  free.replace(free.find("0.5"), 3, "0.0");
  elsewhere.replace(elsewhere.find(R"("r")"), 3, R"("s")");
  expect_sums(*store_of(lines({kCall, dearer})), {750'000'000, 2, 0, 30});
  expect_sums(*store_of(lines({dearer, kCall})), {750'000'000, 2, 0, 30});
  expect_sums(*store_of(lines({kCall, other})), {1'000'000'000, 2, 0, 30});
  expect_sums(*store_of(lines({kCall, elsewhere})), {1'000'000'000, 2, 0, 30});
  const Sums once{500'000'000, 1, 0, 15};
  // A date is no other model, and the agent hook writes 0 where it knows no price.
  expect_sums(*store_of(lines({kCall, dated})), once);
  expect_sums(*store_of(lines({free, kCall})), once);
  expect_sums(*store_of(lines({kUnpriced, free})), {0, 1, 0, 15});
  // One that contradicts the first is the record of the second.
  std::string cheap(kCall);
  cheap.replace(cheap.find("0.5"), 3, "0.25");
  expect_sums(*store_of(lines({kCall, cheap, dearer})), {750'000'000, 2, 0, 30});
}

TEST(StorePayments, CallTakesItsModelFromItsRecord) {
  std::string nameless(kUnpriced);
  nameless.replace(nameless.find("gpt-4o"), 6, "");
  for (const std::string& text : {lines({nameless, kRecord}), lines({kRecord, nameless})}) {
    const CostBreakdown costs = store_of(text)->costs(GroupBy::kModel);
    ASSERT_EQ(costs.groups.size(), 1u);
    EXPECT_EQ(costs.groups[0].name, "gpt-4o");
    EXPECT_EQ(costs.groups[0].unpriced_calls, 0u);
  }
}

// --- Against the model ---

struct Half {
  int run, agent;
  bool is_record;
  std::optional<std::int64_t> cost_nanos;
  std::string model;
};

struct PlainPayment {
  std::optional<Half> call, record;
};

class PlainPayments {
 public:
  void add(const Half& half) {
    for (PlainPayment& payment : payments_) {
      const auto& its = half.is_record ? payment.call : payment.record;
      auto& place = half.is_record ? payment.record : payment.call;
      if (place || !its || !agree(*its, half)) continue;
      place = half;
      return;
    }
    PlainPayment& payment = payments_.emplace_back();
    (half.is_record ? payment.record : payment.call) = half;
  }
  Sums sums(std::int64_t tokens_each) const {
    Sums sums;
    for (const PlainPayment& payment : payments_) {
      std::optional<std::int64_t> cost;
      for (const auto& half : {payment.record, payment.call}) {
        if (half && half->cost_nanos && cost.value_or(0) == 0) cost = half->cost_nanos;
      }
      sums.cost_nanos += cost.value_or(0);
      ++sums.calls;
      sums.unpriced += !cost;
      sums.tokens += tokens_each;
    }
    return sums;
  }

 private:
  static bool agree(const Half& a, const Half& b) {
    if (a.run != b.run || a.agent != b.agent) return false;
    if (!a.model.empty() && !b.model.empty() && a.model != b.model) return false;
    return a.cost_nanos.value_or(0) == 0 || b.cost_nanos.value_or(0) == 0 ||
           *a.cost_nanos == *b.cost_nanos;
  }

  std::vector<PlainPayment> payments_;
};

class Halves {
 public:
  explicit Halves(std::uint64_t seed) : random_(seed) {}

  Half next() {
    Half half{below(3), below(3), below(2) == 0, {}, {}};
    if (below(4) != 0) half.cost_nanos = below(4) * 125'000'000;
    if (below(4) != 0) half.model = "m" + std::to_string(below(2));
    return half;
  }
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

 private:
  std::mt19937_64 random_;
};

// padding: what the event says besides.
void append(TraceStore& store, const Half& half, std::size_t padding = 0) {
  const std::string run = "run" + std::to_string(half.run);
  const std::string agent = "agent" + std::to_string(half.agent);
  TraceEvent event;
  event.event_type = half.is_record ? "cost_record" : "llm_call";
  event.agent_name = agent;
  event.foreign_ids.run_id = run;
  event.timestamp = Timestamp::from_unix_ns(1);
  event.payload.add("input_tokens", 3);
  event.payload.add("output_tokens", 4);
  if (half.cost_nanos) {
    event.payload.add("cost_usd", static_cast<double>(*half.cost_nanos) / 1e9);
  }
  if (!half.model.empty()) event.payload.add("model", half.model);
  const std::string text(padding, 'x');
  if (padding != 0) event.payload.add("text", text);
  EventRecord record;
  ASSERT_TRUE(record.write(event));
  store.append(record.view());
}

TEST(StorePayments, UsersAsk16InterleavedCallsAndRecordsAreThePaymentsOfTheModel) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Halves halves(seed);
    PlainPayments plain;
    auto store = empty_store();
    const int events = halves.below(120) + 1;
    for (int i = 0; i < events; ++i) {
      const Half half = halves.next();
      plain.add(half);
      append(*store, half);
      // Live: also what was shown already is right the next moment.
      if (i % 16 == 0) expect_sums(*store, plain.sums(7));
    }
    expect_sums(*store, plain.sums(7));
    if (HasFailure()) return;
  }
}

// A run's sums are of all that was heard, so they hold when one half is gone before the other comes
// and when names get other numbers.
TEST(StorePayments, UsersAsk16SumsOfARunHoldWhileEventsAreLetGoOf) {
  Halves halves(7);
  PlainPayments plain;
  auto store = empty_store(0, std::size_t{1} << 20);
  std::string run;
  for (int i = 0; i < 3000; ++i) {
    const Half half = halves.next();
    plain.add(half);
    append(*store, half, 600);
    // Names that never come again.
    TraceEvent event;
    event.event_type = "note";
    run = "other" + std::string(100, 'x') + std::to_string(i);
    event.foreign_ids.run_id = run;
    EventRecord record;
    ASSERT_TRUE(record.write(event));
    store->append(record.view());
  }
  ASSERT_GT(store->summary().evicted, 3000u);
  const Sums sums = plain.sums(7);
  std::int64_t cost = 0, tokens = 0;
  std::uint64_t calls = 0;
  for (const RunSummary& each : store->runs().runs) {
    cost += each.cost_nanos;
    tokens += each.tokens;
    calls += each.calls;
  }
  EXPECT_EQ(cost, sums.cost_nanos);
  EXPECT_EQ(tokens, sums.tokens);
  EXPECT_EQ(calls, sums.calls);
}

// Oracle: a line of calls that no record ever comes for takes no more memory, and the last ones
// still find theirs.
TEST(StorePayments, LineOfCallsWithoutRecordsIsBounded) {
  constexpr int kCalls = 60'000;
  auto store = empty_store();
  Half call{0, 0, false, 1'000'000, "m"};
  for (int i = 0; i < kCalls; ++i) append(*store, call);
  const Half record{0, 0, true, 1'000'000, "m"};
  for (int i = 0; i < 16'000; ++i) append(*store, record);
  EXPECT_EQ(store->costs(GroupBy::kRun).calls, static_cast<std::uint64_t>(kCalls));
  EXPECT_EQ(store->runs().runs.at(0).cost_nanos, std::int64_t{kCalls} * 1'000'000);
}

}  // namespace
}  // namespace tracebus::testing
