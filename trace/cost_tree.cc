// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_tree.h"

#include <new>
#include <utility>

#include "tracebus/trace/group_names.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::uint64_t key_of(std::uint32_t parent, std::uint32_t agent) noexcept {
  return std::uint64_t{parent} << 32 | agent;
}

}  // namespace

CostTree::CostTree(std::size_t nodes_max) : nodes_max_(nodes_max) {
  nodes_.push_back({.agent = GroupNames::kNone});
  children_.emplace(key_of(kRoot, GroupNames::kOthers), make({.agent = GroupNames::kOthers}));
}

std::uint32_t CostTree::make(const Node& node) {
  const auto number = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(node);
  Node& made = nodes_.back();
  Node& parent = nodes_[made.parent];
  made.moved_to = number;
  made.depth = static_cast<std::uint16_t>(parent.depth + 1);
  (parent.first_child == kRoot ? parent.first_child : nodes_[parent.last_child].next_sibling) =
      number;
  parent.last_child = number;
  return number;
}

std::uint32_t CostTree::child(std::uint32_t parent, std::uint32_t agent) noexcept {
  parent = settled(parent);
  const Node& above = nodes_[parent];
  const bool same = above.is_placed && above.agent == agent;
  if (same || agent == GroupNames::kNone || above.depth == kDepthMax) return parent;
  const auto found = children_.find(key_of(parent, agent));
  if (found != children_.end()) return found->second;
  if (nodes_.size() >= nodes_max_) return kOthers;
  try {
    std::uint32_t& place = children_.emplace(key_of(parent, agent), kOthers).first->second;
    place = make({.agent = agent, .parent = parent});
    return place;
  } catch (const std::bad_alloc&) {
    return kOthers;
  }
}

std::uint32_t CostTree::unplaced() noexcept {
  if (nodes_.size() >= nodes_max_) return kRoot;
  try {
    return make({.agent = GroupNames::kNone, .is_placed = false});
  } catch (const std::bad_alloc&) {
    return kRoot;
  }
}

std::uint32_t CostTree::settled(std::uint32_t node) noexcept {
  while (nodes_[node].moved_to != node) {
    std::uint32_t& next = nodes_[node].moved_to;
    next = nodes_[next].moved_to;
    node = next;
  }
  return node;
}

bool CostTree::is_below(std::uint32_t node, std::uint32_t ancestor) noexcept {
  ancestor = settled(ancestor);
  for (node = settled(node); node != kRoot; node = settled(nodes_[node].parent)) {
    if (node == ancestor) return true;
  }
  return false;
}

void CostTree::merge(std::uint32_t node, std::uint32_t target) noexcept {
  node = settled(node);
  target = settled(target);
  if (node == target) return;
  nodes_[target].own.add(nodes_[node].own);
  nodes_[node].own = CostSums();
  nodes_[node].moved_to = target;
  ++merged_;
  std::uint32_t next = nodes_[node].first_child;
  while (next != kRoot) {
    const std::uint32_t below = next;
    next = nodes_[below].next_sibling;
    if (nodes_[below].moved_to == below) merge(below, child(target, nodes_[below].agent));
  }
}

void CostTree::add(const CostTree& other) noexcept { add_below(other, kRoot, kRoot); }

void CostTree::add_below(const CostTree& other, std::uint32_t node, std::uint32_t target) noexcept {
  const Node& from = other.nodes_[node];
  nodes_[target].own.add(from.own);
  for (std::uint32_t below = from.first_child; below != kRoot;
       below = other.nodes_[below].next_sibling) {
    if (other.nodes_[below].moved_to != below) continue;
    add_below(other, below, child(target, other.nodes_[below].agent));
  }
}

std::vector<std::uint32_t> CostTree::compact() noexcept {
  constexpr std::size_t kWorthIt = 64;
  if (merged_ < kWorthIt || merged_ < nodes_.size() / 2) return {};
  try {
    return renumber();
  } catch (const std::bad_alloc&) {  // later, then
    return {};
  }
}

std::vector<std::uint32_t> CostTree::renumber() {
  CostTree tree(nodes_max_);
  std::vector<std::uint32_t> numbers(nodes_.size());
  // From the root down, as a parent's number may be larger than its child's.
  std::vector<std::uint32_t> open = {kRoot};
  for (std::size_t next = 0; next < open.size(); ++next) {
    const std::uint32_t at = open[next];
    tree.nodes_[numbers[at]].own.add(nodes_[at].own);
    for (std::uint32_t below = nodes_[at].first_child; below != kRoot;
         below = nodes_[below].next_sibling) {
      if (nodes_[below].moved_to != below) continue;
      numbers[below] =
          nodes_[below].is_placed ? tree.child(numbers[at], nodes_[below].agent) : tree.unplaced();
      open.push_back(below);
    }
  }
  for (std::uint32_t old = 0; old < nodes_.size(); ++old) numbers[old] = numbers[settled(old)];
  *this = std::move(tree);
  return numbers;
}

std::size_t CostTree::bytes() const noexcept {
  constexpr std::size_t kEntryBytes = 4 * sizeof(void*);  // of children_, roughly
  return nodes_.capacity() * sizeof(Node) + children_.size() * kEntryBytes +
         children_.bucket_count() * sizeof(void*);
}

}  // namespace v1
}  // namespace tracebus
