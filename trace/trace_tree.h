// SPDX-License-Identifier: Apache-2.0
//
// TraceTree: the spans of a trace as a forest in which each of them stands exactly once.
//
// Whatever was collected has a place: what has no parent is a root; what names a parent that is not
// among the spans is an orphan, and a tree of its own; of spans that are each other's ancestors the
// earliest begins a tree, and its parent is left aside. Of spans with one id the first has the
// children.
//
// Nodes lie in one array, depth first, each before its children, and siblings by their start. So a
// walk over the tree is a loop over the array, whatever its depth.
//
// Figures. A model's call counts what it says of tokens and costs, or else what the cost records
// with its id say. Any other span, such as an agent whose hook reports a sum, counts the records
// with its id, or else what it says, and only where nothing below it says any: nothing is counted
// twice. So a duplicate counts nothing.
// Thread safety: immutable.
#ifndef TRACEBUS_TRACE_TRACE_TREE_H_
#define TRACEBUS_TRACE_TRACE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tracebus/core/ids.h"
#include "tracebus/trace/span_figures.h"
#include "tracebus/trace/trace_span.h"

namespace tracebus {
inline namespace v1 {

enum class TracePlace : std::uint8_t {
  kChild,
  kRoot,    // has no parent
  kOrphan,  // its parent is not there
  kCycle,   // its parent is below it
};

struct TraceNode {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  std::uint32_t span = 0;        // its place among Trace::spans()
  std::uint32_t parent = kNone;  // its parent's place among the nodes
  std::uint32_t depth = 0;       // 0: begins a tree
  std::uint32_t subtree = 1;     // how many nodes, itself included: the next of them follow it
  TracePlace place = TracePlace::kRoot;
  bool is_last = true;  // of its siblings
  SpanFigures own;
  SpanFigures total;  // with all below it
};

struct SpanIdHash {
  std::size_t operator()(const SpanId& id) const noexcept;
};

class TraceTree {
 public:
  using Spans = std::vector<std::shared_ptr<const TraceSpan>>;
  // What cost records said, by the span that they name.
  using Recorded = std::unordered_map<SpanId, SpanFigures, SpanIdHash>;

  TraceTree() = default;
  TraceTree(std::shared_ptr<const Spans> spans, const Recorded& recorded);

  const std::vector<TraceNode>& nodes() const& noexcept { return nodes_; }
  std::vector<TraceNode> nodes() && { return std::move(nodes_); }  // of a tree that is about to go
  bool empty() const noexcept { return nodes_.empty(); }
  // How many of the nodes begin a tree.
  std::size_t tops() const noexcept { return tops_; }
  const TraceSpan& span_of(const TraceNode& node) const noexcept { return *(*spans_)[node.span]; }
  // Of all trees, and of the cost records that no span of them accounts for.
  const SpanFigures& total() const noexcept { return total_; }

 private:
  class Builder;

  void add_figures(const Recorded& recorded);

  std::shared_ptr<const Spans> spans_;
  std::vector<TraceNode> nodes_;
  std::size_t tops_ = 0;
  SpanFigures total_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACE_TREE_H_
