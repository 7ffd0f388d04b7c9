// SPDX-License-Identifier: Apache-2.0
//
// UnmergedRings: the bus's own rings and records, one ring a producer, emptied one after another
// instead of merged by time. Of the bus it has nothing else: no growth, gates, counters, parking.
//
// Why it lost: an event that another one caused, on another thread, may be delivered before it.
#ifndef TRACEBUS_BENCH_ALTERNATIVES_UNMERGED_RINGS_H_
#define TRACEBUS_BENCH_ALTERNATIVES_UNMERGED_RINGS_H_

#include <sched.h>

#include <memory>
#include <type_traits>
#include <vector>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/core/ring.h"

namespace tracebus::bench {

class UnmergedRings {
 public:
  using Event = EventView;

  explicit UnmergedRings(std::size_t producers) {
    for (std::size_t i = 0; i < producers; ++i) rings_.push_back(std::make_unique<OneRing>());
  }

  class Producer {
   public:
    Producer(UnmergedRings& rings, std::size_t index)
        : ring_(rings.rings_[index]->ring), number_(static_cast<std::uint32_t>(index + 1)) {}
    void emit(EventType type, const ComparisonEvent& event, std::int64_t tokens) {
      with_attributes(event, tokens,
                      [&](const auto& ids, Name agent, Name pattern, const auto&... attributes) {
                        write(type, ids, agent, pattern, attributes...);
                      });
    }

   private:
    template <class... Attributes>
    void write(EventType type, const EventIds& ids, const Name& agent, const Name& pattern,
               const Attributes&... attributes) {
      using Record = TypedRecord<EventIds, Attributes...>;
      const std::size_t size = Record::size(agent, pattern, attributes...);
      RingWord* place = ring_.claim(size);
      for (; place == nullptr; place = ring_.claim(size)) sched_yield();
      const auto schema = static_cast<std::uint16_t>(CallSiteSchema<Attributes...>::get());
      Record::write(reinterpret_cast<char*>(place), size, type, ids, agent, pattern, schema,
                    {++sequence_, number_}, attributes...);
      ring_.publish(size);
    }

    Ring& ring_;
    const std::uint32_t number_;
    std::uint64_t sequence_ = 0;
  };

  template <class Visit>
  std::size_t drain(Visit visit) {
    std::size_t count = 0;
    for (const auto& one : rings_) count += drain_ring(one->ring, visit);
    return count;
  }

 private:
  struct OneRing {
    std::unique_ptr<RingWord[]> storage = std::make_unique<RingWord[]>(kRingBytesMaxDefault / 8);
    Ring ring{storage.get(), kRingBytesMaxDefault, kRingBytesMaxDefault};
  };

  template <class Visit>
  std::size_t drain_ring(Ring& ring, Visit visit) {
    std::size_t count = 0;
    const std::uint64_t end = ring.poll_end();
    std::uint64_t position = ring.head();
    if (position == end) return 0;
    while (position != end) {
      position = ring.skip(position);
      const EventView event(reinterpret_cast<const char*>(ring.at(position)), context_);
      visit(event.type().number(), event);
      position += event.size_bytes();
      ++count;
    }
    ring.release(end);
    return count;
  }

  const ViewContext context_;
  std::vector<std::unique_ptr<OneRing>> rings_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_ALTERNATIVES_UNMERGED_RINGS_H_
