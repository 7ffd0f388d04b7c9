// SPDX-License-Identifier: Apache-2.0
//
// SpanEventJoiner: makes events of the spans that they belong to of other events, for receivers
// that show those and no logs.
//
//   event of no span, with the ids of one   --held-->   that span's end comes: it joins span.events
//                                          --held_ms_max, out of room, flush, shutdown-->  passes
//   event without ids, starts of spans      passes as it is
//
// 1. It is called as its type says, and has its payload as attributes; its time stays its own.
// 2. A span has at most kSpanEventsMax events; those beyond count in span.dropped_events.
// 3. Held are at most events_max events and bytes_max bytes; beyond that the oldest pass.
// 4. One that is held counts as processed (core/processor.h), and as added should it pass later.
#ifndef TRACEBUS_EXPORTERS_SPAN_EVENT_JOINER_H_
#define TRACEBUS_EXPORTERS_SPAN_EVENT_JOINER_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>

#include "tracebus/core/owned_event.h"
#include "tracebus/core/processor.h"

namespace tracebus {
inline namespace v1 {

struct SpanEventJoinerOptions {
  std::size_t events_max = 10'000;
  std::size_t bytes_max = std::size_t{4} << 20;  // of their records
  std::int64_t held_ms_max = 600'000;
  std::int64_t tick_ms = 1000;  // how often time is looked at, if batches come; 0: after each
  // Of held_ms_max. Default: the bus's own.
  std::function<std::chrono::steady_clock::time_point()> clock = {};
};

class SpanEventJoiner final : public Processor {
 public:
  explicit SpanEventJoiner(SpanEventJoinerOptions options = {});

  void process(const EventView& event, ProcessorOutput& output) override;
  void tick(bool last, ProcessorOutput& output) override;
  std::chrono::milliseconds tick_interval() const override {
    return std::chrono::milliseconds(options_.tick_ms);
  }
  bool non_blocking() const noexcept override { return true; }

 private:
  using Instant = std::chrono::steady_clock::time_point;
  using Key = std::array<std::uint8_t, sizeof(TraceId) + sizeof(SpanId)>;  // of a span
  struct Held {
    OwnedEvent event;
    Key span;
    Instant since;
  };
  using Events = std::list<Held>;

  static Key key_of(const EventIds& ids) noexcept;
  void hold(const EventView& event, ProcessorOutput& output);
  void join(const EventView& end, ProcessorOutput& output);
  void let_go_of_oldest(ProcessorOutput& output);
  void forget(Events::iterator held);
  Instant now() const;

  const SpanEventJoinerOptions options_;
  Events held_;                                           // the oldest first
  std::map<Key, std::deque<Events::iterator>> of_spans_;  // in the same order; none is empty
  std::size_t bytes_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_SPAN_EVENT_JOINER_H_
