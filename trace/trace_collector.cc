// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/trace_collector.h"

#include <cstring>
#include <iterator>
#include <utility>

#include "tracebus/core/hash.h"
#include "tracebus/core/record_writer.h"

namespace tracebus {
inline namespace v1 {
namespace {

// What a trace takes without its spans.
constexpr std::size_t kTraceBytes = sizeof(TraceAssembler) + 256;

TraceId trace_id_of(const RunId& run) noexcept { return TraceId{run.bytes}; }

std::string text_of(TraceId id, std::string_view foreign) {
  if (!foreign.empty() || !id) return std::string(foreign);
  return id.hex();
}

}  // namespace

std::size_t TraceCollector::TraceIdHash::operator()(const TraceId& id) const noexcept {
  std::uint64_t words[2];
  std::memcpy(words, id.bytes.data(), sizeof words);
  return fold_words(words[0] ^ kHashFirst, words[1] ^ kHashSecond);
}

TraceCollector::TraceCollector(TraceCollectorOptions options) : options_(options) {}

void TraceCollector::add(const EventView& event) {
  const std::lock_guard lock(mutex_);
  add_locked(event);
}

bool TraceCollector::add(const TraceEvent& event) {
  TraceEvent timed;
  if (!event.timestamp) {
    timed = event;
    timed.timestamp = Timestamp::now();
  }
  const TraceEvent& given = event.timestamp ? event : timed;
  const FriendlyRecord record(given, EventType::find(given.event_type), true);
  if (record.size() == 0) {
    const std::lock_guard lock(mutex_);
    ++stats_.refused_events;
    return false;
  }
  std::vector<std::uint64_t> words(record.size() / sizeof(std::uint64_t));
  record.write(reinterpret_cast<char*>(words.data()), {.sequence = 0, .producer = 0});
  const ViewContext context = {.instance = 0, .clock = nullptr, .content = true};
  add(EventView(reinterpret_cast<const char*>(words.data()), context));
  return true;
}

absl::StatusOr<ScopedSubscription> TraceCollector::watch(TraceEventBus& bus,
                                                         const CallbackOptions& options) {
  auto id = bus.subscribe([this](const EventView& event) { add(event); }, options);
  if (!id.ok()) return id.status();
  return ScopedSubscription(bus, *id);
}

void TraceCollector::add_locked(const EventView& event) {
  if (!TraceAssembler::takes(event)) {  // nor does it make a trace
    ++stats_.other_events;
    return;
  }
  const Key key = key_of(event);
  const auto trace = touch(key);
  stats_.bytes -= trace->bytes();
  stats_.spans -= trace->spans();
  switch (trace->add(event)) {
    case TraceAddition::kSpan:
      ++stats_.span_events;
      break;
    case TraceAddition::kFigures:
      ++stats_.cost_events;
      break;
    case TraceAddition::kRepeated:
      ++stats_.repeated_events;
      break;
    case TraceAddition::kOther:
      ++stats_.other_events;
      break;
  }
  stats_.bytes += trace->bytes();
  stats_.spans += trace->spans();
  follow_runs(event, key);
  keep_bounds();
}

TraceCollector::Key TraceCollector::key_of(const EventView& event) {
  const EventIds ids = event.ids();
  if (ids.trace_id) return {ids.trace_id, event.foreign_ids().trace_id};
  if (ids.run_id) return {trace_id_of(ids.run_id), event.foreign_ids().run_id};
  if (!options_.one_run_at_a_time) return {};
  if (!current_ && event.type() == kPatternStart) {
    current_text_ = "run_" + std::to_string(++unnamed_runs_);
    current_ = TraceId::from_foreign(current_text_);
  }
  return {current_, current_text_};
}

// A run ends with its outermost pattern.
void TraceCollector::follow_runs(const EventView& event, const Key& key) {
  if (!options_.one_run_at_a_time) return;
  if (event.type() == kPatternStart) {
    if (key.id != current_) {
      current_ = key.id;
      current_text_ = key.text;
      open_patterns_ = 0;
    }
    ++open_patterns_;
  } else if (event.type() == kPatternEnd && key.id == current_ && open_patterns_ > 0) {
    if (--open_patterns_ == 0) current_ = TraceId();
    if (!current_) current_text_.clear();
  }
}

// The trace, made if need be, as the one that was heard of last.
TraceCollector::Traces::iterator TraceCollector::touch(const Key& key) {
  const auto found = by_id_.find(key.id);
  if (found != by_id_.end()) {
    traces_.splice(traces_.end(), traces_, found->second);
    return found->second;
  }
  traces_.emplace_back(key.id, text_of(key.id, key.text), reader_);
  const auto made = std::prev(traces_.end());
  by_id_.emplace(key.id, made);
  stats_.bytes += kTraceBytes;
  return made;
}

void TraceCollector::keep_bounds() {
  while (stats_.bytes > options_.bytes_max && traces_.size() > 1) evict_trace();
  if (traces_.empty()) return;
  TraceAssembler& last = traces_.back();
  while (stats_.bytes > options_.bytes_max) {
    const std::size_t bytes = last.bytes();
    const std::size_t spans = last.spans();
    if (!last.evict_oldest()) return;
    stats_.bytes -= bytes - last.bytes();
    stats_.spans -= spans - last.spans();
    stats_.evicted_spans += spans - last.spans();
  }
}

void TraceCollector::evict_trace() {
  const TraceAssembler& oldest = traces_.front();
  stats_.bytes -= oldest.bytes() + kTraceBytes;
  stats_.spans -= oldest.spans();
  stats_.evicted_spans += oldest.spans();
  ++stats_.evicted_traces;
  by_id_.erase(oldest.trace_id());
  traces_.pop_front();
}

std::vector<Trace> TraceCollector::traces() const {
  const std::lock_guard lock(mutex_);
  std::vector<Trace> all;
  all.reserve(traces_.size());
  for (const TraceAssembler& trace : traces_) all.push_back(trace.snapshot());
  return all;
}

Trace TraceCollector::trace(TraceId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? TraceAssembler(id, text_of(id, {}), reader_).snapshot()
                               : found->second->snapshot();
}

Trace TraceCollector::latest() const {
  const std::lock_guard lock(mutex_);
  return traces_.empty() ? Trace() : traces_.back().snapshot();
}

TraceCollectorStats TraceCollector::stats() const {
  const std::lock_guard lock(mutex_);
  TraceCollectorStats stats = stats_;
  stats.traces = traces_.size();
  return stats;
}

void TraceCollector::clear() {
  const std::lock_guard lock(mutex_);
  by_id_.clear();
  traces_.clear();
  stats_.bytes = 0;
  stats_.spans = 0;
}

std::vector<Trace> collect_traces(std::span<const OwnedEvent> events) {
  TraceCollector collector({.bytes_max = ~std::size_t{0}, .one_run_at_a_time = true});
  for (const OwnedEvent& event : events) collector.add(event.view());
  return collector.traces();
}

}  // namespace v1
}  // namespace tracebus
