// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/content_path.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "tracebus/core/content_names.h"

namespace tracebus {
inline namespace v1 {
namespace {

using content::Kind;

// A byte of a name in the table, behind those that lead to it.
struct Node {
  char byte = 0;
  Kind kind = Kind::kNone;          // of the name that ends here
  std::uint16_t first_child = 0;    // 0: none
  std::uint16_t other_sibling = 0;  // 0: none
};

constexpr std::uint16_t kRoot = 0;
constexpr std::uint16_t kNowhere = 0xFFFF;

constexpr std::size_t nodes_max() noexcept {
  std::size_t bytes = 1;
  for (const content::Row& row : content::kRows) bytes += row.name.size();
  return bytes;
}
static_assert(nodes_max() < kNowhere);

using Tree = std::array<Node, nodes_max()>;

constexpr std::uint16_t child_of(const Tree& tree, std::uint16_t node, char byte) noexcept {
  std::uint16_t child = tree[node].first_child;
  while (child != 0 && tree[child].byte != byte) child = tree[child].other_sibling;
  return child;
}

constexpr Tree make_tree() {
  Tree tree{};
  std::uint16_t used = 1;
  for (const content::Row& row : content::kRows) {
    std::uint16_t node = kRoot;
    for (const char byte : row.name) {
      std::uint16_t child = child_of(tree, node, byte);
      if (child == 0) {
        child = used++;
        tree[child] = {byte, Kind::kNone, 0, tree[node].first_child};
        tree[node].first_child = child;
      }
      node = child;
    }
    tree[node].kind = row.kind;
  }
  return tree;
}
constexpr Tree kTree = make_tree();

std::uint16_t walk(std::uint16_t node, std::string_view text) noexcept {
  for (const char byte : text) {
    if (node == kNowhere) break;
    const std::uint16_t child = child_of(kTree, node, byte);
    node = child == 0 ? kNowhere : child;
  }
  return node;
}

Kind kind_of(std::uint16_t node) noexcept {
  return node == kNowhere ? Kind::kNone : kTree[node].kind;
}

bool is_number(std::string_view part) noexcept {
  return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
}

template <std::size_t kSize>
bool is_one_of(const std::string_view (&parts)[kSize], std::string_view part) noexcept {
  return std::find(std::begin(parts), std::end(parts), part) != std::end(parts);
}

}  // namespace

void ContentPath::append(std::string_view name) noexcept {
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    append_part(name.substr(0, dot));
    name.remove_prefix(dot + 1);
    if (node_ == kNowhere && below_ == Below::kNothing) return;  // whatever follows
  }
  append_part(name);
}

void ContentPath::append_index() noexcept { append_part("0"); }

bool ContentPath::is_content() const noexcept {
  if (below_ == Below::kTree || below_ == Below::kItem) return true;
  const Kind kind = kind_of(node_);
  return kind == Kind::kName || kind == Kind::kTree || kind == Kind::kList;
}

inline void ContentPath::append_part(std::string_view part) noexcept {
  if (begun_) pass_dot();
  begun_ = true;
  enter_part(part);
  node_ = walk(node_, part);
}

// Names of the table may go on from each other: input, and input.value.
inline void ContentPath::pass_dot() noexcept {
  const Kind kind = kind_of(node_);
  if (kind == Kind::kTree || kind == Kind::kBelow) {
    below_ = Below::kTree;
  } else if (kind == Kind::kList && below_ == Below::kNothing) {
    below_ = Below::kList;
  }
  node_ = walk(node_, ".");
}

inline void ContentPath::enter_part(std::string_view part) noexcept {
  switch (below_) {
    case Below::kNothing:
    case Below::kTree:
      break;
    case Below::kList:
      below_ = is_number(part) ? Below::kItem : Below::kNothing;
      break;
    case Below::kItem:
      if (is_one_of(content::kPlainParts, part)) {
        below_ = Below::kPlainPart;
      } else if (!is_number(part) && !is_one_of(content::kLeadingParts, part)) {
        below_ = Below::kTree;
      }
      break;
    case Below::kPlainPart:
      below_ = Below::kTree;
      break;
  }
}

}  // namespace v1
}  // namespace tracebus
