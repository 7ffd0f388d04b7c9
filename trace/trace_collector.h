// SPDX-License-Identifier: Apache-2.0
//
// TraceCollector: the traces of a bus while they happen, or those of recorded events.
//
//   TraceCollector collector;
//   auto watching = collector.watch(bus);
//   ...
//   for (const Trace& trace : collector.traces()) std::cout << to_tree_text(trace);
//
// A span is there from its start on, open, and whole from its end on. Nothing that was heard of
// vanishes without being counted: see TraceCollectorStats.
//
// Thread safety: every method may be called from any thread. What it returns is as of one moment,
// and no longer changes. Taking a trace holds up those who add for a few nanoseconds a span.
#ifndef TRACEBUS_TRACE_TRACE_COLLECTOR_H_
#define TRACEBUS_TRACE_TRACE_COLLECTOR_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/ids.h"
#include "tracebus/core/owned_event.h"
#include "tracebus/trace/cost_event.h"
#include "tracebus/trace/trace.h"
#include "tracebus/trace/trace_assembler.h"

namespace tracebus {
inline namespace v1 {

struct TraceCollectorOptions {
  // Of all traces. Beyond it the trace that was silent for longest is let go of; of the last one,
  // its oldest spans. The bytes are those of records, and an estimate of what lies around them.
  std::size_t bytes_max = std::size_t{64} << 20;
  // An event without trace and run belongs to the run that began last and has not ended, as in
  // files of one run after the other. On a bus, where runs go on side by side, that would be a
  // guess: there all such events are one trace without an id.
  bool one_run_at_a_time = false;
};

// Every event that was added is in one of the first five.
struct TraceCollectorStats {
  std::uint64_t span_events = 0;      // starts, ends and whole calls that made or changed a span
  std::uint64_t cost_events = 0;      // cost records
  std::uint64_t repeated_events = 0;  // what they say was known
  std::uint64_t other_events = 0;     // about no span
  std::uint64_t refused_events = 0;   // larger than a record may be
  std::uint64_t evicted_spans = 0;    // to keep bytes_max, open ones too
  std::uint64_t evicted_traces = 0;   // whole, with spans that count above
  std::size_t traces = 0;             // that are there
  std::size_t spans = 0;
  std::size_t bytes = 0;
};

class TraceCollector {
 public:
  explicit TraceCollector(TraceCollectorOptions options = {});
  TraceCollector(const TraceCollector&) = delete;
  TraceCollector& operator=(const TraceCollector&) = delete;

  // What a callback calls.
  void add(const EventView& event);
  // A recorded event, as readers give it. One without a time gets the present one. False: refused,
  // as it is larger than a record may be.
  bool add(const TraceEvent& event);

  // Subscribes to all events, until the result goes away. With options.content spans keep it.
  // REQUIRES: collector and bus outlive it. Errors as TraceEventBus::subscribe_filter.
  absl::StatusOr<ScopedSubscription> watch(TraceEventBus& bus, const CallbackOptions& options = {});

  // The trace that was heard of last comes last.
  std::vector<Trace> traces() const;
  // Empty if there is none with this id; it then knows its id only.
  Trace trace(TraceId id) const;
  // The trace that was heard of last; empty if there is none.
  Trace latest() const;

  TraceCollectorStats stats() const;
  // Forgets all traces. They do not count as evicted.
  void clear();

 private:
  using Traces = std::list<TraceAssembler>;  // the one that was silent for longest first

  struct Key {
    TraceId id;
    std::string_view text;  // if the id is not ours
  };
  struct TraceIdHash {
    std::size_t operator()(const TraceId& id) const noexcept;
  };

  void add_locked(const EventView& event);
  Key key_of(const EventView& event);
  Traces::iterator touch(const Key& key);
  void follow_runs(const EventView& event, const Key& key);
  void keep_bounds();
  void evict_trace();

  const TraceCollectorOptions options_;
  const CostEventReader reader_;

  mutable std::mutex mutex_;  // guards everything below
  Traces traces_;
  std::unordered_map<TraceId, Traces::iterator, TraceIdHash> by_id_;
  TraceCollectorStats stats_;
  // With one_run_at_a_time: the run that began last, and how many of its patterns are open.
  std::string current_text_;
  TraceId current_;
  std::uint64_t open_patterns_ = 0;
  std::uint64_t unnamed_runs_ = 0;
};

// Everything that the events say, whatever it takes, one run at a time.
std::vector<Trace> collect_traces(std::span<const OwnedEvent> events);

// The same of a reader (readers/event_reader.h), from where it stands to its end.
template <class Reader>
  requires requires(Reader& reader) { reader.next(); }
std::vector<Trace> collect_traces(Reader& reader) {
  TraceCollector collector({.bytes_max = ~std::size_t{0}, .one_run_at_a_time = true});
  while (const TraceEvent* event = reader.next()) collector.add(*event);
  return collector.traces();
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACE_COLLECTOR_H_
