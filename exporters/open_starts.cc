// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/open_starts.h"

namespace tracebus {
inline namespace v1 {

bool OpenStarts::add(const EventView& event, const PairRole& role, const EventIds& ids,
                     Instant since) {
  const EventIds own = event.ids();
  const bool has_id = !own.span_id.is_none();
  const IdKey key{run_of(own), own.span_id};
  if (has_id && by_id_.contains(key)) return false;
  starts_.push_back({OwnedEvent(event),
                     ids,
                     since,
                     ++added_,
                     queue_name(own, role.family, event.agent_name()),
                     has_id,
                     {}});
  const Iterator start = std::prev(starts_.end());
  Queue& queue = queues_[start->queue];
  std::list<Iterator>& of_queue = has_id ? queue.with_id : queue.without_id;
  start->place = of_queue.insert(of_queue.end(), start);
  if (has_id) by_id_.emplace(key, start);
  size_bytes_ += bytes_of(*start);
  return true;
}

OpenStarts::Iterator OpenStarts::find(const EventView& event, const PairRole& role) {
  const EventIds own = event.ids();
  const bool has_id = !own.span_id.is_none();
  if (has_id) {
    const auto known = by_id_.find({run_of(own), own.span_id});
    if (known != by_id_.end()) return known->second;
  }
  const auto found = queues_.find(queue_name(own, role.family, event.agent_name()));
  if (found == queues_.end()) return end();
  const Queue& queue = found->second;
  const bool nests = role.kind == SpanKind::kPattern;
  const auto candidate = [&](const std::list<Iterator>& starts) {
    if (starts.empty()) return end();
    return nests ? starts.back() : starts.front();
  };
  const Iterator without = candidate(queue.without_id);
  if (has_id) return without;
  const Iterator with = candidate(queue.with_id);
  if (without == end() || with == end()) return without == end() ? with : without;
  const Iterator first = earlier(without, with);
  return nests ? (first == with ? without : with) : first;
}

const EventIds* OpenStarts::enclosing(const EventView& event, const PairRole& role) const {
  const EventIds own = event.ids();
  const bool knows_run = run_of(own) != Run{};
  if (role.kind != SpanKind::kAgent && role.kind != SpanKind::kPattern) {
    const std::string queue = queue_name(own, "agent", event.agent_name());
    const Start* const agent = knows_run ? youngest(queue) : only_one(queue);
    if (agent != nullptr) return &agent->ids;
  }
  if (!knows_run) return nullptr;
  const Start* const pattern = youngest(queue_name(own, "pattern", {}));
  return pattern == nullptr ? nullptr : &pattern->ids;
}

void OpenStarts::erase(Iterator start) {
  size_bytes_ -= bytes_of(*start);
  const auto queue = queues_.find(start->queue);
  (start->has_id ? queue->second.with_id : queue->second.without_id).erase(start->place);
  if (queue->second.with_id.empty() && queue->second.without_id.empty()) queues_.erase(queue);
  const EventIds own = start->event.view().ids();
  if (start->has_id) by_id_.erase({run_of(own), own.span_id});
  starts_.erase(start);
}

const OpenStarts::Start* OpenStarts::youngest(const std::string& queue) const {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return nullptr;
  const std::list<Iterator>& with = found->second.with_id;
  const std::list<Iterator>& without = found->second.without_id;
  if (with.empty()) return &*without.back();
  if (without.empty()) return &*with.back();
  return with.back()->number > without.back()->number ? &*with.back() : &*without.back();
}

const OpenStarts::Start* OpenStarts::only_one(const std::string& queue) const {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return nullptr;
  const Queue& starts = found->second;
  return starts.with_id.size() + starts.without_id.size() == 1 ? youngest(queue) : nullptr;
}

OpenStarts::Run OpenStarts::run_of(const EventIds& ids) noexcept {
  return ids.run_id.is_none() ? ids.trace_id.bytes : ids.run_id.bytes;
}

// Patterns have no agent that matters: whoever says that one ends means the run's.
std::string OpenStarts::queue_name(const EventIds& ids, std::string_view family,
                                   std::string_view agent) {
  const Run run = run_of(ids);
  std::string name(reinterpret_cast<const char*>(run.data()), run.size());
  name.append(family).append(1, '\0');
  return family == "pattern" ? name : name.append(agent);
}

}  // namespace v1
}  // namespace tracebus
