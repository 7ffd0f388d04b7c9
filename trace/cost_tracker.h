// SPDX-License-Identifier: Apache-2.0
//
// CostTracker: exact sums of what model calls cost, by pattern, agent, model, run, workflow,
// provider, session, user and day.
//
//   CostTracker tracker({.bus = &bus});
//   auto watching = tracker.watch(bus);                       // counts the cost_record events, and
//   tracker.record("pipeline", "analyst", "gpt-4o", 450, 120, 0.0023);  // counts and emits one
//   for (const CostGroup& group : tracker.by_agent()) use(group.name, group.sums.cost());
//
// Thread safety: every method may be called from any thread. A query sees each group whole;
// while others record, different groups may be of different moments.
//
// Invariants
//  1. Money is in whole nano-dollars. For each dimension that is tracked, its groups add up to
//     total(): entries without a name there are in the group "", those beyond groups_max names, or
//     with a name of more than 256 bytes, in the one with is_others. Exception: a sum that
//     saturated, which stats() counts.
//  2. An entry recorded by a call is counted once, though the event that it emits comes back to a
//     tracker that watches the same bus: the event says in "counted_by" who counted it. Any other
//     tracker counts it.
//  3. Queries cost the number of groups, never that of entries.
//
// Memory: for each group that occurred, 64 bytes in each shard that it occurred in, and some 65 to
// 80 bytes for a name of 20. A thread keeps to one shard. So an agent seen by one watching callback
// takes less than 200 bytes. At most groups_max of each dimension.
#ifndef TRACEBUS_TRACE_COST_TRACKER_H_
#define TRACEBUS_TRACE_COST_TRACKER_H_

#include <absl/status/statusor.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/cost_entry.h"
#include "tracebus/trace/cost_event.h"
#include "tracebus/trace/cost_roll_up.h"
#include "tracebus/trace/cost_shard.h"
#include "tracebus/trace/cost_sums.h"
#include "tracebus/trace/group_names.h"
#include "tracebus/trace/price_table.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::uint32_t kCostGroupsMax = std::uint32_t{1} << 24;
inline constexpr std::size_t kCostShardsMax = 64;

// Called with each entry that counts, on the thread that brings it, with its cost: what it was
// given, or what the prices say. Must not throw.
using CostObserver = std::function<void(const CostEntry&, NanoDollars)>;

struct CostTrackerOptions {
  // Where record emits a cost_record; null: nowhere. Outlives the tracker.
  TraceEventBus* bus = nullptr;
  // For entries without a cost. Without prices all of them are unpriced.
  std::shared_ptr<const PriceTable> prices = {};
  // How many names each dimension takes, in the order of CostDimension; 0: it is not tracked. More
  // than kCostGroupsMax is as that.
  std::array<std::uint32_t, kCostDimensions> groups_max = {4096, 1 << 20, 4096,    1 << 20, 65536,
                                                           4096, 1 << 20, 1 << 20, 4096};
  std::size_t shards = 0;         // to kCostShardsMax; 0: as many as processors, up to 16
  std::int32_t day_offset_s = 0;  // of local time from UTC, for days
  CostObserver observer = {};
  // Also sums by agents with all that they started; none: not. Takes a mutex for each entry, and
  // watch brings the starts and ends of all spans.
  std::optional<CostRollUpOptions> roll_up = {};
};

struct CostGroup {
  std::string name;  // a run's is its foreign text, or 32 hex digits; a day's as "2026-06-16"
  bool is_others = false;
  CostSums sums;
};

struct CostStats {
  std::array<std::uint64_t, kCostResults> entries{};  // by CostResult
  std::uint64_t operator[](CostResult result) const noexcept {
    return entries[static_cast<std::size_t>(result)];
  }
};

struct CostSummary {
  CostSums total;
  std::vector<CostGroup> by_pattern;
  std::vector<CostGroup> by_agent;
  std::vector<CostGroup> by_model;

  // With the seed's keys: "total_cost_usd", "total_tokens", "entries", "by_pattern", "by_agent" and
  // "by_model", the last three as objects from name to dollars. The others are called "(others)".
  std::string to_json() const;
};

class CostTracker {
 public:
  explicit CostTracker(CostTrackerOptions options = {});
  CostTracker(const CostTracker&) = delete;
  CostTracker& operator=(const CostTracker&) = delete;

  // Counts, then emits. Refused entries (see CostResult) do neither.
  CostResult record(const CostEntry& entry);
  // The same, and what it came to; none if it is unpriced or refused.
  CostResult record(const CostEntry& entry, std::optional<NanoDollars>& cost);
  // The seed's form, with the cost in dollars.
  CostResult record(std::string_view pattern, std::string_view agent, std::string_view model,
                    std::int64_t input_tokens, std::int64_t output_tokens, double cost);

  // Counts an event, whatever its type. What a callback calls.
  CostResult observe(const EventView& event) noexcept;
  // Learns from the start or end of a span who started whom. Nothing without options.roll_up.
  void observe_span(const EventView& event) noexcept;
  // Subscribes to cost_record and cost, and for a roll-up to the starts and ends of spans, until
  // the result goes away. REQUIRES: tracker and bus outlive it. Errors as
  // TraceEventBus::subscribe_filter.
  absl::StatusOr<ScopedSubscription> watch(TraceEventBus& bus, const CallbackOptions& options = {});

  CostSums total() const;
  NanoDollars total_cost() const { return total().cost(); }
  // The groups with an entry, in the order in which their names first came; the others come first.
  // Empty for a dimension that is not tracked.
  std::vector<CostGroup> by(CostDimension dimension) const;
  std::vector<CostGroup> by_pattern() const { return by(CostDimension::kPattern); }
  std::vector<CostGroup> by_agent() const { return by(CostDimension::kAgent); }
  std::vector<CostGroup> by_model() const { return by(CostDimension::kModel); }
  CostSummary summary() const;
  // What each agent cost with those that it started: of all runs together, and of one. Empty
  // without options.roll_up; a run also if it was folded (see CostRollUp). The totals of those
  // without a parent add up to total().
  std::vector<AgentCosts> by_agent_tree() const;
  std::vector<AgentCosts> roll_up(const RunId& run) const;
  CostRollUpStats roll_up_stats() const;

  CostStats stats() const;
  std::size_t bytes() const;  // of all memory that it holds

 private:
  struct Shard {
    CostShard sums;
    std::array<std::atomic<std::uint64_t>, kCostResults> results{};
  };
  using Price = std::atomic<const ModelPrice*>;

  // entry.time is given. cost: what the entry came to; none if it has no price.
  CostResult count(const CostEntry& entry, bool saturated,
                   std::optional<NanoDollars>& cost) noexcept;
  CostResult note(Shard& own, CostResult result) noexcept;
  const ModelPrice* price_of(std::string_view model) noexcept;
  void emit(const CostEntry& entry, std::optional<NanoDollars> cost);
  Shard& shard() noexcept;

  const CostTrackerOptions options_;
  const std::unique_ptr<CostRollUp> roll_up_;  // or null
  const std::int64_t id_;                      // random, in the events that it emits
  const CostEventReader reader_;
  CostNames names_;
  const std::size_t shard_count_;
  const std::unique_ptr<Shard[]> shards_;
  // What find said of each model, by its group; null: not looked up yet.
  const std::unique_ptr<Price[]> prices_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_TRACKER_H_
