// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_assembler.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

// What a span takes besides itself and its records: pointers, nodes of maps, an open entry.
constexpr std::size_t kSpanBytes = 256;
constexpr std::size_t kRecordedBytes = sizeof(SpanFigures) + 48;

bool is_same_event(const EventView& a, const EventView& b) noexcept {
  return a.origin().instance != 0 && a.origin() == b.origin();
}

bool is_cost_record(const EventView& event) noexcept {
  return event.type() == kCostRecord || event.type() == kCost;
}

}  // namespace

TraceAssembler::TraceAssembler(TraceId id, std::string id_text, const CostEventReader& reader)
    : reader_(reader), what_{id, std::move(id_text), 0, {}} {}

bool TraceAssembler::takes(const EventView& event) noexcept {
  return is_cost_record(event) || span_event_type(event).moment != SpanMoment::kNone;
}

TraceAddition TraceAssembler::add(const EventView& event) {
  if (is_cost_record(event)) return add_figures(event);
  const SpanMoment moment = span_event_type(event).moment;
  if (moment == SpanMoment::kNone) return TraceAddition::kOther;
  auto span = std::make_shared<TraceSpan>(std::make_shared<const OwnedEvent>(event), reader_);
  if (moment == SpanMoment::kStart) return begin_span(std::move(span));
  if (moment == SpanMoment::kWhole) return add_whole(std::move(span));
  return end_span(std::move(span));
}

TraceAddition TraceAssembler::begin_span(MutableSpan span) {
  if (span->span_id()) {
    const SpanPointer* const known = find(span->span_id());
    if (known == nullptr) {
      add_span(std::move(span));
    } else if (!(*known)->is_open() || is_same_event((*known)->record(), span->record())) {
      return TraceAddition::kRepeated;  // its end says all that it says
    } else {
      add_duplicate(std::move(span));
    }
    return TraceAddition::kSpan;
  }
  const SpanKind kind = span->kind();
  if (!span->ids_.parent_span_id) {
    span->ids_.parent_span_id = parent_without_id(kind, span->agent_name());
  }
  span->ids_.span_id = make_id();
  OpenSpans& open =
      kind == SpanKind::kPattern ? open_patterns_ : open_[open_key(kind, span->agent_name())];
  open.push_back(span->span_id());
  add_span(std::move(span));
  return TraceAddition::kSpan;
}

TraceAddition TraceAssembler::end_span(MutableSpan span) {
  if (!span->span_id()) {
    span->ids_.span_id = close_without_id(span->kind(), span->agent_name());
    if (!span->ids_.span_id) return add_whole(std::move(span));
  }
  const SpanPointer* const known = find(span->span_id());
  if (known == nullptr) {
    add_span(std::move(span));
  } else if ((*known)->is_open()) {
    span->join(**known);
    replace(std::move(span));
  } else if (is_same_event((*known)->record(), span->record())) {
    return TraceAddition::kRepeated;
  } else {
    add_duplicate(std::move(span));
  }
  return TraceAddition::kSpan;
}

TraceAddition TraceAssembler::add_whole(MutableSpan span) {
  if (span->span_id() && find(span->span_id()) != nullptr) return TraceAddition::kRepeated;
  if (!span->span_id()) {
    span->ids_.span_id = make_id();
    if (!span->ids_.parent_span_id) {
      span->ids_.parent_span_id = parent_without_id(span->kind(), span->agent_name());
    }
  }
  add_span(std::move(span));
  return TraceAddition::kSpan;
}

TraceAddition TraceAssembler::add_figures(const EventView& event) {
  const CostEvent said = reader_.read(event);
  if (said.result != CostResult::kCounted) return TraceAddition::kOther;
  SpanFigures figures;
  figures.calls = 1;
  if (said.entry.usage != TokenUsage()) figures.add_usage(said.entry.usage);
  if (said.entry.cost) figures.add_cost(*said.entry.cost);
  if (!said.entry.cost) figures.unpriced = 1;
  SpanId id = event.span_id();
  if (!id) id = parent_without_id(SpanKind::kLlm, event.agent_name());
  const auto [found, is_new] = what_.recorded.try_emplace(id);
  if (is_new) bytes_ += kRecordedBytes;
  found->second.add(figures);
  return TraceAddition::kFigures;
}

void TraceAssembler::add_span(MutableSpan span) {
  numbers_[span->span_id()] = first_ + spans_.size();
  charge(*span);
  spans_.push_back(std::move(span));
}

void TraceAssembler::add_duplicate(MutableSpan span) {
  span->is_duplicate_ = true;
  charge(*span);
  spans_.push_back(std::move(span));
}

void TraceAssembler::charge(const TraceSpan& span) { bytes_ += span.size_bytes() + kSpanBytes; }

const TraceAssembler::SpanPointer* TraceAssembler::find(SpanId id) const {
  const auto found = numbers_.find(id);
  return found == numbers_.end() ? nullptr : &spans_[found->second - first_];
}

void TraceAssembler::replace(MutableSpan span) {
  SpanPointer& place = spans_[numbers_.find(span->span_id())->second - first_];
  bytes_ -= place->size_bytes() + kSpanBytes;
  charge(*span);
  place = std::move(span);
}

Trace TraceAssembler::snapshot() const { return Trace(what_, {spans_.begin(), spans_.end()}); }

bool TraceAssembler::evict_oldest() {
  const bool can_fold = what_.recorded.size() > what_.recorded.count(SpanId());
  if (can_fold && what_.recorded.size() * kRecordedBytes >= bytes_ / 2) {
    fold_records();
    return true;
  }
  if (spans_.empty()) return false;
  const SpanPointer span = spans_.front();
  spans_.pop_front();
  bytes_ -= span->size_bytes() + kSpanBytes;
  if (!span->is_duplicate()) numbers_.erase(span->span_id());
  if (span->is_open()) forget_open(*span);
  ++first_;
  ++what_.lost_spans;
  return true;
}

void TraceAssembler::forget_open(const TraceSpan& span) {
  if (!open_patterns_.empty() && open_patterns_.front() == span.span_id()) {
    open_patterns_.pop_front();
  }
  const auto open = open_.find(open_key(span.kind(), span.agent_name()));
  if (open == open_.end()) return;
  if (open->second.front() == span.span_id()) open->second.pop_front();
  if (open->second.empty()) open_.erase(open);
}

void TraceAssembler::fold_records() {
  SpanFigures all;
  for (const auto& [id, figures] : what_.recorded) all.add(figures);
  bytes_ -= (what_.recorded.size() - 1) * kRecordedBytes;
  what_.recorded.clear();
  what_.recorded.emplace(SpanId(), all);
}

// --- Of spans without ids ---

SpanId TraceAssembler::make_id() {
  return SpanId::from_foreign(what_.trace_id_text + "#" + std::to_string(++made_ids_));
}

std::string TraceAssembler::open_key(SpanKind kind, std::string_view agent) {
  std::string key(to_string(kind));
  return key.append(1, ':').append(agent);
}

SpanId TraceAssembler::parent_without_id(SpanKind kind, std::string_view agent) const {
  if (kind != SpanKind::kAgent && kind != SpanKind::kPattern) {
    const auto open = open_.find(open_key(SpanKind::kAgent, agent));
    if (open != open_.end()) return open->second.back();
  }
  return open_patterns_.empty() ? SpanId() : open_patterns_.back();
}

SpanId TraceAssembler::close_without_id(SpanKind kind, std::string_view agent) {
  SpanId id;
  if (kind == SpanKind::kPattern) {
    if (open_patterns_.empty()) return id;
    id = open_patterns_.back();
    open_patterns_.pop_back();
    return id;
  }
  const auto open = open_.find(open_key(kind, agent));
  if (open == open_.end()) return id;
  id = open->second.front();
  open->second.pop_front();
  if (open->second.empty()) open_.erase(open);
  return id;
}

}  // namespace v1
}  // namespace tracebus
