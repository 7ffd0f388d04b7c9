// SPDX-License-Identifier: Apache-2.0
//
// CostTree: costs of agents by the path of agents that started them.
//
// Thread safety: none.
//
// Invariants
//  1. Node 0 is the root, 1 the others below it: those that find no room. A node is an agent below
//     its parent's; its path is at most kDepthMax long, and what is deeper counts as its last
//     agent. An agent that starts itself, or has no name, is no node of its own.
//  2. A node whose place is not known stands below the root until merge moves it, with all below,
//     to where it belongs. From then on settled leads there.
//  3. Nothing is lost: the own sums of all nodes add up to what was added.
#ifndef TRACEBUS_TRACE_COST_TREE_H_
#define TRACEBUS_TRACE_COST_TREE_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tracebus/trace/cost_sums.h"

namespace tracebus {
inline namespace v1 {

class CostTree {
 public:
  static constexpr std::uint32_t kRoot = 0;
  static constexpr std::uint32_t kOthers = 1;
  static constexpr std::uint16_t kDepthMax = 64;

  struct Node {
    CostSums own = {};
    std::uint32_t agent = 0;  // a number of GroupNames
    std::uint32_t parent = 0;
    std::uint32_t first_child = kRoot;  // kRoot: none; in the order in which they were made
    std::uint32_t last_child = kRoot;
    std::uint32_t next_sibling = kRoot;
    std::uint32_t moved_to = 0;  // itself, unless it was merged into another one
    std::uint16_t depth = 0;
    bool is_placed = true;  // false: it stands for an agent that was not seen yet
  };

  explicit CostTree(std::size_t nodes_max);  // at least 2

  // The node of agent below parent, made if there is none; kOthers without room or memory.
  std::uint32_t child(std::uint32_t parent, std::uint32_t agent) noexcept;
  // A new node whose place is not known; kRoot without room or memory.
  std::uint32_t unplaced() noexcept;
  std::uint32_t settled(std::uint32_t node) noexcept;
  bool is_below(std::uint32_t node, std::uint32_t ancestor) noexcept;
  // Moves node, and all below, into target. REQUIRES: node is neither kRoot nor kOthers, and target
  // not below it.
  void merge(std::uint32_t node, std::uint32_t target) noexcept;
  // Adds all sums of another tree, whose unplaced nodes' children are below the root here.
  void add(const CostTree& other) noexcept;
  void add(std::uint32_t node, const CostSums& sums) noexcept {
    nodes_[settled(node)].own.add(sums);
  }

  // Gives merged nodes' memory back, if that is worth it; the new number of each node, or empty if
  // all keep theirs.
  std::vector<std::uint32_t> compact() noexcept;

  const std::vector<Node>& nodes() const noexcept { return nodes_; }
  std::size_t size() const noexcept { return nodes_.size(); }
  std::size_t bytes() const noexcept;

 private:
  std::uint32_t make(const Node& node);
  std::vector<std::uint32_t> renumber();
  void add_below(const CostTree& other, std::uint32_t node, std::uint32_t target) noexcept;

  std::size_t nodes_max_;
  std::vector<Node> nodes_;
  std::unordered_map<std::uint64_t, std::uint32_t> children_;  // by parent and agent
  std::size_t merged_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_TREE_H_
