// SPDX-License-Identifier: Apache-2.0
//
// FlameTree: folded stacks (render/folded_stacks.h) of many traces as one tree, in which the same
// ways share a node.
//
// Thread safety: none.
#ifndef TRACEBUS_TOOLS_LOOK_FLAME_TREE_H_
#define TRACEBUS_TOOLS_LOOK_FLAME_TREE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tracebus {
inline namespace v1 {

struct FlameNode {
  std::string name;
  std::int64_t own = 0;    // what it took itself
  std::int64_t total = 0;  // with all below it; saturates
  std::uint32_t depth = 0;
  std::vector<std::uint32_t> children;  // after add_up: the largest first
};

class FlameTree {
 public:
  FlameTree() : nodes_(1) { nodes_[0].name = "all"; }

  // Lines as to_folded_stacks writes them.
  void add_folded(std::string_view lines);
  // REQUIRES: before any of those below, and after the last add_folded.
  void add_up();

  // The first is the root, called "all"; each stands before its children.
  const std::vector<FlameNode>& nodes() const noexcept { return nodes_; }
  // Ways with a weight, depth first, a line each.
  std::string to_folded() const;
  // {"name", "value", "self", "children": [...]}, as d3-flame-graph reads it.
  std::string to_json() const;

 private:
  std::uint32_t child_called(std::uint32_t parent, std::string_view name);
  void append_folded(std::string& out, std::uint32_t at, std::string& way) const;
  void append_json(std::string& out, std::uint32_t at) const;

  std::vector<FlameNode> nodes_;
  std::unordered_map<std::string, std::uint32_t> by_way_;  // parent's number and name
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_FLAME_TREE_H_
