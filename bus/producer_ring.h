// SPDX-License-Identifier: Apache-2.0
//
// ProducerRing: one producer's ring, with the counters and the emit that write to it.
//
// Thread safety. emit belongs to the one producer that holds the ring; the counters may be read by
// any thread; recycle belongs to the dispatcher.
//
// Invariants
//  1. Every attempt that is not kUnwanted or kNested takes the next sequence, accepted or not: a
//  gap
//     in what a receiver sees is a drop.
//  2. accepted = sequence - rejected[full] - rejected[too_big] - rejected[closed].
//  3. busy_ is set from before the first to after the last change of the ring, so an emit from a
//     signal handler, or from the destructor of something in an argument, finds it set and
//     declines.
#ifndef TRACEBUS_BUS_PRODUCER_RING_H_
#define TRACEBUS_BUS_PRODUCER_RING_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "tracebus/bus/emit_gate.h"
#include "tracebus/bus/ring_memory.h"
#include "tracebus/core/counter.h"
#include "tracebus/core/emit_result.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/core/ring.h"

namespace tracebus {
inline namespace v1 {

struct ProducerCounts {
  std::uint64_t emitted = 0;
  std::uint64_t full = 0;
  std::uint64_t too_big = 0;
  std::uint64_t closed = 0;
  std::uint64_t nested = 0;
};

class ProducerRing {
 public:
  // REQUIRES: ring_bytes is a power of two within kRingBytesMin and kRingBytesMax.
  ProducerRing(std::shared_ptr<EmitGate> gate, RingMemory memory) noexcept;
  ProducerRing(const ProducerRing&) = delete;
  ProducerRing& operator=(const ProducerRing&) = delete;

  // The hot way. See TraceEventBus::emit.
  template <class Ids, class... Attributes>
  EmitResult emit(EventType type, const Ids& ids, const Name& agent, const Name& pattern,
                  const Attributes&... attributes) noexcept {
    const Wants wants = gate_->wants(type);
    if (wants != Wants::kYes || busy_) [[unlikely]]
      return refuse(wants);
    std::uint32_t schema = 0;
    if constexpr (sizeof...(Attributes) != 0) {
      schema = CallSiteSchema<Attributes...>::get();
      // Content that nobody was granted, or registries that are full: the way that can leave
      // attributes out and write keys in full.
      if (schema == 0 || (schema & CallSiteSchema<Attributes...>::kContentBit)) [[unlikely]] {
        return emit_described<Ids, Attributes...>(type, ids, agent, pattern, attributes...);
      }
    }
    using Record = TypedRecord<Ids, Attributes...>;
    const std::size_t size = Record::size(agent, pattern, attributes...);
    char* const place = begin(size);
    if (place == nullptr) [[unlikely]]
      return decline(size);
    Record::write(place, size, type, ids, agent, pattern, static_cast<std::uint16_t>(schema),
                  stamp(), attributes...);
    finish(size);
    return EmitResult::kAccepted;
  }

  // The friendly way.
  EmitResult emit(const TraceEvent& event) noexcept;

  ProducerCounts counts() const noexcept;
  std::uint32_t producer() const noexcept { return producer_; }

  // --- Producer's ends of the ring's life ---
  bool reclaim(std::uint32_t producer) noexcept;
  void retire() noexcept { ring_.retire(); }

  // --- Dispatcher ---
  Ring& ring() noexcept { return ring_; }
  const Ring& ring() const noexcept { return ring_; }
  // REQUIRES: ring().retired(), drained, counts() taken over. The ring is free after it.
  void recycle() noexcept;

 private:
  // Takes a sequence and a place for size bytes; null: decline(size) says why. REQUIRES: !busy_.
  char* begin(std::size_t size) noexcept {
    busy_ = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    sequence_.add(1);
    if (size > record_bytes_max_) [[unlikely]]
      return nullptr;
    return reinterpret_cast<char*>(ring_.claim(size));
  }
  void finish(std::size_t size) noexcept {
    ring_.publish(size);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    busy_ = false;
    gate_->wake_if_parked();
  }
  RecordStamp stamp() const noexcept { return {sequence_.get(), producer_}; }

  EmitResult refuse(Wants wants) noexcept;
  EmitResult decline(std::size_t size) noexcept;

  template <class Ids, class... Attributes>
  [[gnu::noinline, gnu::cold]] EmitResult emit_described(EventType type, const Ids& ids,
                                                         const Name& agent, const Name& pattern,
                                                         const Attributes&... attributes) noexcept {
    TraceEvent event;
    event.event_type = type.name();
    event.agent_name = agent.handle().is_valid() ? agent.handle().text() : agent.text();
    event.pattern_type = pattern.handle().is_valid() ? pattern.handle().text() : pattern.text();
    if constexpr (std::is_same_v<Ids, EventIds>) event.ids = ids;
    (event.payload.add(Attributes::kKey, attributes.value), ...);
    return emit(event);
  }

  Ring ring_;

  // The producer's own line, but for the counters, which anybody reads.
  EmitGate* gate_;
  std::uint64_t record_bytes_max_;
  Counter sequence_;
  std::uint32_t producer_ = 0;
  bool busy_ = false;
  Counter full_;
  Counter too_big_;
  Counter closed_;
  Counter nested_;

  std::shared_ptr<EmitGate> gate_owner_;
  RingMemory memory_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_PRODUCER_RING_H_
