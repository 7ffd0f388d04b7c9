// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_roll_up.h"

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <tuple>
#include <utility>

#include "tracebus/core/hash.h"
#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool is_end(EventType type) noexcept {
  return std::ranges::any_of(kSpanKindTable, [type](const SpanKindEntry& entry) {
    return type == entry.end || type == entry.error;
  });
}

CostRollUpOptions at_least(CostRollUpOptions options) noexcept {
  options.runs_max = std::max(options.runs_max, std::uint32_t{1});
  options.spans_max = std::max(options.spans_max, std::uint32_t{1});
  options.nodes_max = std::max(options.nodes_max, std::uint32_t{8});
  options.agents_max = std::clamp(options.agents_max, std::uint32_t{1}, std::uint32_t{1} << 24);
  return options;
}

// Appends a node and those below it, but for those without a call.
class TreeList {
 public:
  TreeList(const CostTree& tree, const GroupNames& names) : nodes_(tree.nodes()), names_(names) {}

  std::vector<AgentCosts> take() {
    const CostTree::Node& root = nodes_[CostTree::kRoot];
    if (root.own.calls() != 0) agents_.push_back({.agent = {}, .own = root.own, .total = root.own});
    append_below(CostTree::kRoot, AgentCosts::kNoParent, 0);
    return std::move(agents_);
  }

 private:
  void append_below(std::uint32_t node, std::size_t parent, std::size_t depth) {
    for (std::uint32_t below = nodes_[node].first_child; below != CostTree::kRoot;
         below = nodes_[below].next_sibling) {
      if (nodes_[below].moved_to == below) append(below, parent, depth);
    }
  }
  void append(std::uint32_t node, std::size_t parent, std::size_t depth) {
    const std::size_t index = agents_.size();
    const CostTree::Node& from = nodes_[node];
    agents_.push_back({.agent = std::string(names_.name(from.agent)),
                       .is_others = from.agent == GroupNames::kOthers,
                       .parent = parent,
                       .depth = depth,
                       .own = from.own,
                       .total = from.own});
    append_below(node, index, depth + 1);
    if (agents_[index].total.calls() == 0) {
      agents_.resize(index);
    } else if (parent != AgentCosts::kNoParent) {
      agents_[parent].total.add(agents_[index].total);
    }
  }

  const std::vector<CostTree::Node>& nodes_;
  const GroupNames& names_;
  std::vector<AgentCosts> agents_;
};

}  // namespace

std::size_t CostRollUp::SpanHash::operator()(const SpanId& span) const noexcept {
  const auto bits = load_word<std::uint64_t>(reinterpret_cast<const char*>(span.bytes.data()));
  return fold_words(bits ^ kHashFirst, kHashSecond);
}

CostRollUp::CostRollUp(const CostRollUpOptions& options)
    : options_(at_least(options)), agents_(options_.agents_max), past_(options_.nodes_max / 2),
      nodes_(past_.size()) {}

void CostRollUp::see(const EventView& event) noexcept {
  const EventIds ids = event.ids();
  if (ids.span_id.is_none()) return;
  const std::uint32_t agent = agents_.number_of(event.agent_name());
  const std::lock_guard lock(mutex_);
  try {
    Run& run = run_of(ids);
    const std::size_t nodes = run.tree.size();
    see_span(run, ids, agent);
    if (is_end(event.type())) end_span(run, ids.span_id);
    tidy(run, nodes);
  } catch (const std::exception&) {  // no memory
    ++stats_.untracked;
    recount();
  }
}

void CostRollUp::add(const CostEntry& entry, const CostSums& sums) noexcept {
  const std::uint32_t agent = agents_.number_of(entry.agent);
  const std::lock_guard lock(mutex_);
  try {
    Run& run = run_of(entry.ids);
    const std::size_t nodes = run.tree.size();
    run.tree.add(run.tree.child(node_of_cost(run, entry.ids), agent), sums);
    tidy(run, nodes);
  } catch (const std::exception&) {  // no memory
    homeless_.add(sums);
    recount();
  }
}

CostRollUp::RunKey CostRollUp::key_of(const EventIds& ids) noexcept {
  return ids.run_id ? ids.run_id.bytes : ids.trace_id.bytes;
}

CostRollUp::Run& CostRollUp::run_of(const EventIds& ids) {
  const RunKey key = key_of(ids);
  auto found = runs_.find(key);
  if (found == runs_.end()) {
    if (runs_.size() >= options_.runs_max) fold_idlest(nullptr);
    found = runs_.try_emplace(key, options_.nodes_max / 2).first;
    nodes_ += found->second.tree.size();
  }
  found->second.last_used = ++uses_;
  return found->second;
}

void CostRollUp::see_span(Run& run, const EventIds& ids, std::uint32_t agent) {
  const auto found = run.spans.find(ids.span_id);
  if (found != run.spans.end() && found->second.is_seen) return;
  const SpanId& above = ids.parent_span_id;
  const bool is_own_parent = above == ids.span_id;
  if (is_own_parent) ++stats_.cycles;
  std::uint32_t parent = CostTree::kRoot;
  if (!above.is_none() && !is_own_parent) parent = node_of_claimed(run, above);
  const bool was_claimed = run.spans.contains(ids.span_id);
  Place* const place = was_claimed ? &run.spans[ids.span_id] : make_place(run, ids.span_id);
  if (place == nullptr) return;
  if (!was_claimed || place->node == CostTree::kRoot) {
    *place = {run.tree.child(parent, agent), true};
    return;
  }
  ++stats_.late_parents;
  if (run.tree.is_below(parent, place->node)) {
    ++stats_.cycles;
    parent = CostTree::kRoot;
  }
  const std::uint32_t node = run.tree.child(parent, agent);
  run.tree.merge(place->node, node);
  *place = {node, true};
}

void CostRollUp::end_span(Run& run, const SpanId& span) {
  const auto found = run.spans.find(span);
  if (found == run.spans.end() || found->second.has_ended) return;
  run.ended.push_back(span);
  found->second.has_ended = true;
}

std::uint32_t CostRollUp::node_of_cost(Run& run, const EventIds& ids) {
  const bool has_parent = !ids.parent_span_id.is_none();
  if (!ids.span_id.is_none() && (!has_parent || run.spans.contains(ids.span_id))) {
    return node_of_claimed(run, ids.span_id);
  }
  return has_parent ? node_of_claimed(run, ids.parent_span_id) : CostTree::kRoot;
}

std::uint32_t CostRollUp::node_of_claimed(Run& run, const SpanId& span) {
  const auto found = run.spans.find(span);
  if (found != run.spans.end()) return run.tree.settled(found->second.node);
  Place* const place = make_place(run, span);
  if (place == nullptr) return CostTree::kRoot;
  place->node = run.tree.unplaced();
  return place->node;
}

CostRollUp::Place* CostRollUp::make_place(Run& run, const SpanId& span) {
  if (spans_ >= options_.spans_max && !make_room(run)) {
    ++stats_.untracked;
    return nullptr;
  }
  Place& place = run.spans[span];
  ++spans_;
  return &place;
}

// A run that alone holds half of the room makes it from its own; else other runs go first.
bool CostRollUp::make_room(Run& run) {
  while (spans_ >= options_.spans_max) {
    const bool own_first = run.spans.size() >= options_.spans_max / 2 && !run.ended.empty();
    if (!own_first && fold_idlest(&run)) continue;
    if (run.ended.empty()) return false;
    spans_ -= run.spans.erase(run.ended.front());
    run.ended.pop_front();
  }
  return true;
}

bool CostRollUp::fold_idlest(const Run* but) {
  auto idlest = runs_.end();
  for (auto at = runs_.begin(); at != runs_.end(); ++at) {
    if (&at->second == but) continue;
    if (idlest == runs_.end() || at->second.last_used < idlest->second.last_used) idlest = at;
  }
  if (idlest == runs_.end()) return false;
  const std::size_t before = past_.size();
  past_.add(idlest->second.tree);
  nodes_ += past_.size() - before;
  nodes_ -= idlest->second.tree.size();
  spans_ -= idlest->second.spans.size();
  runs_.erase(idlest);
  ++stats_.folded_runs;
  return true;
}

// After a change that ended half-way.
void CostRollUp::recount() noexcept {
  nodes_ = past_.size();
  spans_ = 0;
  for (const auto& [key, run] : runs_) {
    nodes_ += run.tree.size();
    spans_ += run.spans.size();
  }
}

// After a change of a run, whose tree had so many nodes before.
void CostRollUp::tidy(Run& run, std::size_t nodes_before) {
  nodes_ += run.tree.size() - nodes_before;
  const std::size_t nodes = run.tree.size();
  const std::vector<std::uint32_t> numbers = run.tree.compact();
  nodes_ -= nodes - run.tree.size();
  if (!numbers.empty()) {
    for (auto& [span, place] : run.spans) place.node = numbers[place.node];
  }
  while (nodes_ > options_.nodes_max && fold_idlest(&run)) {
  }
}

std::vector<AgentCosts> CostRollUp::all() const {
  const std::lock_guard lock(mutex_);
  CostTree sum(std::numeric_limits<std::size_t>::max());
  sum.add(past_);
  for (const auto& [key, run] : runs_) sum.add(run.tree);
  sum.add(CostTree::kOthers, homeless_);
  return list(sum);
}

std::vector<AgentCosts> CostRollUp::of_run(const RunId& run) const {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(run.bytes);
  if (found == runs_.end()) return {};
  CostTree sum(std::numeric_limits<std::size_t>::max());
  sum.add(found->second.tree);
  return list(sum);
}

std::vector<AgentCosts> CostRollUp::list(const CostTree& tree) const {
  return TreeList(tree, agents_).take();
}

CostRollUpStats CostRollUp::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

std::size_t CostRollUp::bytes() const {
  constexpr std::size_t kSpanBytes = 64;  // of an entry in a map, and of an ended span, roughly
  const std::lock_guard lock(mutex_);
  std::size_t bytes = sizeof *this + agents_.bytes() + past_.bytes() + spans_ * kSpanBytes;
  for (const auto& [key, run] : runs_) bytes += sizeof run + run.tree.bytes();
  return bytes;
}

}  // namespace v1
}  // namespace tracebus
