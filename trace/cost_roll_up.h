// SPDX-License-Identifier: Apache-2.0
//
// CostRollUp: what each agent cost with all agents that it started, of each run and of all.
//
//   CostTracker tracker({.roll_up = CostRollUpOptions()});
//   auto watching = tracker.watch(bus);                        // costs, and who started whom
//   for (const AgentCosts& agent : tracker.by_agent_tree()) use(agent.depth, agent.total);
//
// Who started whom is what spans say: the starts and ends of spans of any kind carry their parent
// and the agent that they belong to. A cost belongs to its span's agent, or to its parent's where
// its own was not seen.
//
// Thread safety: every method may be called from any thread; all take one mutex.
//
// Invariants
//  1. Every cost that was added is in exactly one node of one tree, so the totals of a tree's roots
//     add up to what was added, whatever spans claim, come late, or never come.
//  2. Until a parent is seen, those below it are roots. They move with their costs once it is. A
//     span whose parent would be below it (a cycle) is a root.
//  3. A run is its run id, or its trace id where it has none. Runs never share spans.
//
// Memory: at most spans_max spans, some 80 bytes each, and about nodes_max agents in trees, 160
// bytes each. Beyond that, the run that was idle for longest is folded into the tree of past runs,
// where only its paths of agents are kept; of the last run, spans that ended first are forgotten.
// What finds no room even so is counted (untracked) and counts for its agent alone.
#ifndef TRACEBUS_TRACE_COST_ROLL_UP_H_
#define TRACEBUS_TRACE_COST_ROLL_UP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/ids.h"
#include "tracebus/trace/cost_entry.h"
#include "tracebus/trace/cost_sums.h"
#include "tracebus/trace/cost_tree.h"
#include "tracebus/trace/group_names.h"

namespace tracebus {
inline namespace v1 {

// Each at least 1, nodes_max at least 8.
struct CostRollUpOptions {
  std::uint32_t runs_max = 1024;
  std::uint32_t spans_max = 65536;
  std::uint32_t nodes_max = 16384;
  std::uint32_t agents_max = 65536;  // names; further ones are the others
};

// An agent in a tree. Parents come before their children, and these in one piece behind them.
struct AgentCosts {
  static constexpr std::size_t kNoParent = ~std::size_t{0};

  std::string agent;  // empty: costs without an agent
  bool is_others = false;
  std::size_t parent = kNoParent;  // an index
  std::size_t depth = 0;           // 0: nobody started it
  CostSums own;
  CostSums total;  // with all below
};

struct CostRollUpStats {
  std::uint64_t late_parents = 0;  // that were seen after a span or a cost below them
  std::uint64_t cycles = 0;        // spans that claim to be below themselves
  std::uint64_t folded_runs = 0;
  std::uint64_t untracked = 0;  // spans that found no room
};

class CostRollUp {
 public:
  explicit CostRollUp(const CostRollUpOptions& options = {});
  CostRollUp(const CostRollUp&) = delete;
  CostRollUp& operator=(const CostRollUp&) = delete;

  // A span's start or end, or another event of a span. Nothing without a span id.
  void see(const EventView& event) noexcept;
  void add(const CostEntry& entry, const CostSums& sums) noexcept;

  // Of all runs together: agents on the same path are one.
  std::vector<AgentCosts> all() const;
  // Empty for a run that had no cost, or was folded.
  std::vector<AgentCosts> of_run(const RunId& run) const;

  CostRollUpStats stats() const;
  std::size_t bytes() const;

 private:
  using RunKey = std::array<std::uint8_t, sizeof(RunId)>;
  struct Place {
    std::uint32_t node = CostTree::kRoot;
    bool is_seen = false;  // or only claimed as a parent
    bool has_ended = false;
  };
  struct SpanHash {
    std::size_t operator()(const SpanId& span) const noexcept;
  };
  struct Run {
    explicit Run(std::size_t nodes_max) : tree(nodes_max) {}
    CostTree tree;
    std::unordered_map<SpanId, Place, SpanHash> spans;
    std::deque<SpanId> ended;
    std::uint64_t last_used = 0;
  };
  using Runs = std::map<RunKey, Run>;

  static RunKey key_of(const EventIds& ids) noexcept;
  Run& run_of(const EventIds& ids);
  void see_span(Run& run, const EventIds& ids, std::uint32_t agent);
  void end_span(Run& run, const SpanId& span);
  std::uint32_t node_of_cost(Run& run, const EventIds& ids);
  // Of a span that need not have been seen.
  std::uint32_t node_of_claimed(Run& run, const SpanId& span);
  Place* make_place(Run& run, const SpanId& span);
  bool make_room(Run& run);
  bool fold_idlest(const Run* but);
  void recount() noexcept;
  void tidy(Run& run, std::size_t nodes_before);
  std::vector<AgentCosts> list(const CostTree& tree) const;

  const CostRollUpOptions options_;
  GroupNames agents_;
  mutable std::mutex mutex_;
  // Under the mutex.
  Runs runs_;
  CostTree past_;      // of runs that were folded
  CostSums homeless_;  // costs that found no memory
  std::size_t spans_ = 0;
  std::size_t nodes_ = 0;
  std::uint64_t uses_ = 0;
  CostRollUpStats stats_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_ROLL_UP_H_
