// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/flame_tree.h"

#include <algorithm>
#include <charconv>

#include "tracebus/core/json_writer.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {

std::uint32_t FlameTree::child_called(std::uint32_t parent, std::string_view name) {
  const auto next = static_cast<std::uint32_t>(nodes_.size());
  const auto [found, is_new] =
      by_way_.try_emplace(std::to_string(parent) + ";" + std::string(name), next);
  if (is_new) {
    FlameNode node;
    node.name = name;
    node.depth = nodes_[parent].depth + 1;
    nodes_.push_back(std::move(node));
    nodes_[parent].children.push_back(next);
  }
  return found->second;
}

void FlameTree::add_folded(std::string_view lines) {
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t space = line.rfind(' ');
    if (space == line.npos) continue;
    std::int64_t weight = 0;
    std::from_chars(line.data() + space + 1, line.data() + line.size(), weight);
    line = line.substr(0, space);
    std::uint32_t at = 0;
    for (bool is_last = false; !is_last;) {
      const std::size_t end = line.find(';');
      is_last = end == line.npos;
      at = child_called(at, line.substr(0, end));
      if (!is_last) line.remove_prefix(end + 1);
    }
    add_saturating(nodes_[at].own, weight);
  }
}

void FlameTree::add_up() {
  // Children stand behind their parents.
  for (std::size_t at = nodes_.size(); at-- != 0;) {
    FlameNode& node = nodes_[at];
    node.total = node.own;
    for (const std::uint32_t child : node.children) {
      add_saturating(node.total, nodes_[child].total);
    }
    std::ranges::stable_sort(node.children, [&](std::uint32_t a, std::uint32_t b) {
      return nodes_[a].total > nodes_[b].total;
    });
  }
}

std::string FlameTree::to_folded() const {
  std::string out;
  std::string way;
  for (const std::uint32_t child : nodes_.front().children) append_folded(out, child, way);
  return out;
}

// As deep as kFoldedFramesMax at most.
void FlameTree::append_folded(std::string& out, std::uint32_t at, std::string& way) const {
  const FlameNode& node = nodes_[at];
  const std::size_t before = way.size();
  way.append(before == 0 ? "" : ";").append(node.name);
  if (node.own != 0) out += way + " " + std::to_string(node.own) + "\n";
  for (const std::uint32_t child : node.children) append_folded(out, child, way);
  way.resize(before);
}

std::string FlameTree::to_json() const {
  std::string out;
  append_json(out, 0);
  return out;
}

void FlameTree::append_json(std::string& out, std::uint32_t at) const {
  const FlameNode& node = nodes_[at];
  out += "{\"name\":";
  append_json_string(out, node.name);
  out += ",\"value\":" + std::to_string(node.total) + ",\"self\":" + std::to_string(node.own);
  out += ",\"children\":[";
  for (const std::uint32_t child : node.children) {
    if (child != node.children.front()) out += ',';
    append_json(out, child);
  }
  out += "]}";
}

}  // namespace v1
}  // namespace tracebus
