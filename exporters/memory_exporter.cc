// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/memory_exporter.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "tracebus/core/record_writer.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::size_t charge_of(const OwnedEvent& event) { return event.size_bytes() + kMemoryBytesPerEvent; }

// Filters know types by number. A type that was registered only after the event was recorded, by
// the query's own filter perhaps, stands in the record as text: such an event is tested as it would
// be recorded now.
bool matches_as_recorded_now(const EventView& event, EventType type, const CompiledFilter& filter) {
  if (!filter.may_match_type(type.number())) return false;
  const TraceEvent again = event.to_event();
  const FriendlyRecord record(again, type, event.context().content);
  if (record.size() == 0) return false;
  std::vector<std::uint64_t> words(record.size() / 8);
  record.write(reinterpret_cast<char*>(words.data()), {event.sequence(), event.producer()});
  return filter.matches(EventView(reinterpret_cast<const char*>(words.data()), event.context()));
}

bool matches(const EventView& event, const CompiledFilter& filter) {
  if (!event.type().is_registered()) {
    const EventType type = EventType::find(event.event_type());
    if (type.is_registered()) return matches_as_recorded_now(event, type, filter);
  }
  return filter.may_match_type(event.type().number()) && filter.matches(event);
}

bool is_within(const MemoryQuery& query, Timestamp time) {
  return (!query.from || time >= *query.from) && (!query.to || time <= *query.to);
}

// From one end of all to the other.
template <class Iterator>
void take_matching(Iterator begin, Iterator end, const MemoryQuery& query,
                   MemoryExporter::Events& taken) {
  const CompiledFilter filter(query.filter);
  for (; begin != end && taken.size() < query.limit; ++begin) {
    const EventView event = (*begin)->view();
    if (is_within(query, event.timestamp()) && matches(event, filter)) taken.push_back(*begin);
  }
}

}  // namespace

ExportResult MemoryExporter::export_batch(const Batch& batch, const ExportContext&) {
  for (const EventView& event : batch) keep(std::make_shared<const OwnedEvent>(event));
  return ExportResult::ok();
}

void MemoryExporter::keep(std::shared_ptr<const OwnedEvent> event) {
  const std::size_t charge = charge_of(*event);
  const std::lock_guard lock(mutex_);
  if (charge > options_.bytes_max || options_.events_max == 0) {
    ++evicted_;
    return;
  }
  while (events_.size() >= options_.events_max || bytes_ > options_.bytes_max - charge) {
    evict_oldest();
  }
  events_.push_back(std::move(event));
  bytes_ += charge;
}

// REQUIRES: mutex_ is held, and there is an event.
void MemoryExporter::evict_oldest() {
  bytes_ -= charge_of(*events_.front());
  events_.pop_front();
  ++evicted_;
}

MemoryExporter::Events MemoryExporter::query(const MemoryQuery& query) const {
  Events all;
  {
    const std::lock_guard lock(mutex_);
    all.assign(events_.begin(), events_.end());
  }
  Events taken;
  if (query.newest_first) {
    take_matching(all.rbegin(), all.rend(), query, taken);
  } else {
    take_matching(all.begin(), all.end(), query, taken);
  }
  return taken;
}

std::size_t MemoryExporter::size() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

std::size_t MemoryExporter::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::uint64_t MemoryExporter::evicted() const {
  const std::lock_guard lock(mutex_);
  return evicted_;
}

void MemoryExporter::clear() {
  const std::lock_guard lock(mutex_);
  events_.clear();
  bytes_ = 0;
}

}  // namespace v1
}  // namespace tracebus
