// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_tree.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>
#include <utility>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

std::size_t SpanIdHash::operator()(const SpanId& id) const noexcept {
  std::uint64_t word;
  std::memcpy(&word, id.bytes.data(), sizeof word);
  return fold_words(word ^ kHashFirst, kHashSecond);
}

// Without recursion: a chain of spans may be as long as the trace.
class TraceTree::Builder {
 public:
  Builder(const Spans& spans, std::vector<TraceNode>& nodes) : spans_(spans), nodes_(nodes) {}

  // Returns how many trees there are.
  std::size_t build() {
    if (spans_.empty()) return 0;
    find_parents();
    sort_children();
    const std::vector<std::uint32_t> tops = find_tops();
    nodes_.reserve(spans_.size());
    for (std::size_t i = 0; i < tops.size(); ++i) add_tree(tops[i], i + 1 == tops.size());
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      const std::uint32_t parent = nodes_[i].parent;
      if (parent != kNone) nodes_[parent].subtree += nodes_[i].subtree;
    }
    return tops.size();
  }

 private:
  static constexpr std::uint32_t kNone = TraceNode::kNone;

  struct Waiting {
    std::uint32_t span;
    std::uint32_t parent;  // among the nodes
    bool is_last;
  };

  void find_parents() {
    std::unordered_map<SpanId, std::uint32_t, SpanIdHash> by_id;
    by_id.reserve(spans_.size());
    for (std::uint32_t i = 0; i < spans_.size(); ++i) {
      if (spans_[i]->span_id()) by_id.emplace(spans_[i]->span_id(), i);
    }
    parents_.resize(spans_.size(), kNone);
    places_.resize(spans_.size(), TracePlace::kRoot);
    for (std::uint32_t i = 0; i < spans_.size(); ++i) {
      if (!spans_[i]->parent_span_id()) continue;
      const auto parent = by_id.find(spans_[i]->parent_span_id());
      places_[i] = parent == by_id.end() ? TracePlace::kOrphan : TracePlace::kChild;
      if (parent != by_id.end()) parents_[i] = parent->second;
    }
  }

  // By parent and start: those of i are children_[first_child_[i]] up to, and without,
  // children_[first_child_[i + 1]].
  void sort_children() {
    in_order_.resize(spans_.size());
    std::iota(in_order_.begin(), in_order_.end(), 0);
    std::ranges::stable_sort(in_order_, {}, [&](std::uint32_t i) { return spans_[i]->start_ns(); });
    first_child_.resize(spans_.size() + 1);
    for (const std::uint32_t parent : parents_) {
      if (parent != kNone) ++first_child_[parent + 1];
    }
    std::partial_sum(first_child_.begin(), first_child_.end(), first_child_.begin());
    children_.resize(first_child_.back());
    std::vector<std::uint32_t> next(first_child_.begin(), first_child_.end() - 1);
    for (const std::uint32_t i : in_order_) {
      if (parents_[i] != kNone) children_[next[parents_[i]]++] = i;
    }
  }

  // Those without a parent, and one of each cycle, by their start.
  std::vector<std::uint32_t> find_tops() {
    std::vector<bool> reached(spans_.size());
    for (const std::uint32_t i : in_order_) {
      if (places_[i] != TracePlace::kChild) reach(i, reached);
    }
    for (const std::uint32_t i : in_order_) {
      if (!reached[i]) cut_cycle_above(i, reached);
    }
    std::vector<std::uint32_t> tops;
    std::ranges::copy_if(in_order_, std::back_inserter(tops),
                         [&](std::uint32_t i) { return places_[i] != TracePlace::kChild; });
    return tops;
  }

  // Marks all below top, itself included.
  void reach(std::uint32_t top, std::vector<bool>& reached) {
    std::vector<std::uint32_t> waiting = {top};
    reached[top] = true;
    while (!waiting.empty()) {
      const std::uint32_t span = waiting.back();
      waiting.pop_back();
      for (const std::uint32_t child : children_of(span)) {
        if (reached[child]) continue;
        reached[child] = true;
        waiting.push_back(child);
      }
    }
  }

  // REQUIRES: span is not reached, so the way up from it ends in a cycle, of which nothing is.
  void cut_cycle_above(std::uint32_t span, std::vector<bool>& reached) {
    // The second of two walkers is twice as fast, and meets the first within the cycle.
    std::uint32_t slow = parents_[span];
    std::uint32_t fast = parents_[slow];
    while (slow != fast) {
      slow = parents_[slow];
      fast = parents_[parents_[fast]];
    }
    std::uint32_t earliest = slow;
    for (std::uint32_t i = parents_[slow]; i != slow; i = parents_[i]) {
      if (begins_before(i, earliest)) earliest = i;
    }
    places_[earliest] = TracePlace::kCycle;
    reach(earliest, reached);
  }

  bool begins_before(std::uint32_t a, std::uint32_t b) const noexcept {
    return std::pair(spans_[a]->start_ns(), a) < std::pair(spans_[b]->start_ns(), b);
  }

  std::span<const std::uint32_t> children_of(std::uint32_t span) const noexcept {
    return std::span(children_).subspan(first_child_[span],
                                        first_child_[span + 1] - first_child_[span]);
  }

  void add_tree(std::uint32_t top, bool is_last) {
    waiting_.push_back({top, kNone, is_last});
    while (!waiting_.empty()) {
      const Waiting next = waiting_.back();
      waiting_.pop_back();
      const auto at = static_cast<std::uint32_t>(nodes_.size());
      TraceNode& node = nodes_.emplace_back();
      node.span = next.span;
      node.parent = next.parent;
      node.depth = next.parent == kNone ? 0 : nodes_[next.parent].depth + 1;
      node.place = places_[next.span];
      node.is_last = next.is_last;
      add_children(next.span, at);
    }
  }

  // The last one first, as the one that was added last is taken next.
  void add_children(std::uint32_t span, std::uint32_t node) {
    bool is_last = true;
    const std::span<const std::uint32_t> children = children_of(span);
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
      if (places_[*child] != TracePlace::kChild) continue;  // where a cycle was cut
      waiting_.push_back({*child, node, is_last});
      is_last = false;
    }
  }

  const Spans& spans_;
  std::vector<TraceNode>& nodes_;
  std::vector<std::uint32_t> parents_;
  std::vector<TracePlace> places_;
  std::vector<std::uint32_t> in_order_;
  std::vector<std::uint32_t> first_child_;
  std::vector<std::uint32_t> children_;
  std::vector<Waiting> waiting_;
};

TraceTree::TraceTree(std::shared_ptr<const Spans> spans, const Recorded& recorded)
    : spans_(std::move(spans)) {
  tops_ = Builder(*spans_, nodes_).build();
  add_figures(recorded);
}

// From the last node to the first, so children come before their parent.
void TraceTree::add_figures(const Recorded& recorded) {
  Recorded left = recorded;
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    TraceNode& node = nodes_[i];
    const TraceSpan& span = span_of(node);
    if (span.is_duplicate()) continue;  // it was counted, and nothing lies below it
    const bool is_model = span.kind() == SpanKind::kLlm || span.kind() == SpanKind::kEmbedding;
    SpanFigures records;
    if (span.span_id()) {
      if (auto found = left.extract(span.span_id())) records = found.mapped();
    }
    const SpanFigures& first = is_model ? span.figures() : records;
    const SpanFigures& second = is_model ? records : span.figures();
    const SpanFigures& usage = first.has_usage ? first : second;
    const SpanFigures& cost = first.has_cost ? first : second;
    if (usage.has_usage && (is_model || !node.total.has_usage)) node.own.add_usage(usage.usage);
    if (cost.has_cost && (is_model || !node.total.has_cost)) {
      node.own.add_cost(cost.cost);
      if (!is_model) node.total.unpriced = 0;  // the calls below are in this sum
    }
    if (span.kind() == SpanKind::kLlm) {
      node.own.calls = 1;
      node.own.unpriced = usage.has_usage && !cost.has_cost ? 1 : 0;
    } else if (node.total.calls == 0) {
      node.own.calls = records.calls;
      node.own.unpriced = records.unpriced;
    }
    node.total.add(node.own);
    SpanFigures& above = node.parent == TraceNode::kNone ? total_ : nodes_[node.parent].total;
    above.add(node.total);
  }
  for (const auto& [id, records] : left) total_.add(records);
}

}  // namespace v1
}  // namespace tracebus
