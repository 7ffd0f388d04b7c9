// SPDX-License-Identifier: Apache-2.0
//
// ProducerRing: one producer's ring, with the counters and the emit that write to it.
//
// Thread safety. emit belongs to the one producer that holds the ring; the counters may be read by
// any thread; recycle belongs to the dispatcher.
//
// Invariants
//  1. Every attempt that is not kUnwanted or nested takes the next sequence, accepted or not: a gap
//     in what a receiver sees is a drop.
//  2. accepted = sequence - all refusals but those of nested emits.
//  3. busy_ is set from before the first to after the last change of the ring, also while the
//     producer waits for room. So an emit from a signal handler, or from the destructor of
//     something in an argument, finds it set and goes the nested way, which never waits.
#ifndef TRACEBUS_BUS_PRODUCER_RING_H_
#define TRACEBUS_BUS_PRODUCER_RING_H_

#include <atomic>
#include <cstdint>

#include "tracebus/bus/emit_gate.h"
#include "tracebus/bus/free_stack.h"
#include "tracebus/bus/shares.h"
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
  std::uint64_t verbose = 0;
  std::uint64_t block_timeout = 0;
  std::uint64_t sampled_out = 0;
  std::uint64_t growths = 0;
  std::uint64_t truncated = 0;  // accepted, but with long texts cut

  ProducerCounts& operator+=(const ProducerCounts& other) noexcept;
};

// The same event as the friendly way takes it.
template <class Ids, class... Attributes>
TraceEvent described_event(EventType type, const Ids& ids, const Name& agent, const Name& pattern,
                           const Attributes&... attributes) noexcept {
  TraceEvent event;
  event.event_type = type.name();
  event.agent_name = agent.handle().is_valid() ? agent.handle().text() : agent.text();
  event.pattern_type = pattern.handle().is_valid() ? pattern.handle().text() : pattern.text();
  if constexpr (std::is_same_v<Ids, EventIds>) event.ids = ids;
  (event.payload.add(Attributes::kKey, attributes.value), ...);
  return event;
}

class ProducerRing {
 public:
  struct Sizes {
    std::uint64_t bytes = kRingBytesDefault;  // as BusOptions
    std::uint64_t bytes_max = kRingBytesMaxDefault;
  };

  // In pages of its own, with one share, the caller's; takes a share of the gate. Null if the
  // budget of the rings or the system refuses memory. May be called from a signal handler.
  // REQUIRES: powers of two within kRingBytesMin and kRingBytesMax.
  static ProducerRing* create(EmitGate& gate, const Sizes& sizes) noexcept;
  void add_share() noexcept { shares_.add(); }
  void drop_share() noexcept;
  bool shared() const noexcept { return shares_.shared(); }
  ProducerRing(const ProducerRing&) = delete;
  ProducerRing& operator=(const ProducerRing&) = delete;

  // The hot way. See TraceEventBus::emit.
  template <class Ids, class... Attributes>
  EmitResult emit(EventType type, const Ids& ids, const Name& agent, const Name& pattern,
                  const Attributes&... attributes) noexcept {
    // Looked at where the caller is, before arguments are laid out for a call.
    if (gate_->wants(type).by_nobody()) return EmitResult::kUnwanted;
    return emit_wanted<Ids, Attributes...>(type, ids, agent, pattern, attributes...);
  }

  // The friendly way.
  EmitResult emit(const TraceEvent& event) noexcept;

  // An event whose record the caller knows how to write. A Prepared has size() and write(place,
  // stamp) as TypedRecord, without content unless somebody was granted it where plain() says so;
  // and emit_friendly(emit), which calls emit with the same event as a TraceEvent, and returns what
  // that does: the way for all that is not plain.
  template <class Prepared>
  EmitResult emit_prepared(EventType type, const Prepared& prepared) noexcept {
    const Wants wants = gate_->wants(type);
    const std::size_t size = prepared.size();
    if (!wants.plain() || busy_ || !prepared.plain() || size > gate_->large_record_bytes() ||
        size > record_bytes_max_) [[unlikely]] {
      if (wants.by_nobody()) return EmitResult::kUnwanted;
      return prepared.emit_friendly([this](const TraceEvent& event) { return emit(event); });
    }
    char* place = begin(size, wants);
    if (place == nullptr) [[unlikely]] {
      place = begin_slowly(size, type);
      if (place == nullptr) return decline();
    }
    prepared.write(place, stamp());
    finish(size);
    return EmitResult::kAccepted;
  }

  // An event that a sampler left out: an attempt like any other, if somebody wants the type.
  void count_sampled_out(EventType type) noexcept;

  ProducerCounts counts() const noexcept;
  // Those that found no room, of the present producer.
  std::uint64_t refused() const noexcept {
    return full_.get() + too_big_.get() + verbose_.get() + block_timeout_.get();
  }
  std::uint32_t producer() const noexcept { return producer_; }

  // --- Producer's ends of the ring's life ---
  bool reclaim(std::uint32_t producer) noexcept;
  // After reclaim: false if the budget of the rings is used up.
  bool ensure_storage() noexcept;
  void retire() noexcept {
    ring_.retire();
    gate_->wake_if_parked();  // else a bus that is silent would not get its rings back
  }

  // --- Dispatcher ---
  Ring& ring() noexcept { return ring_; }
  const Ring& ring() const noexcept { return ring_; }
  // REQUIRES: ring().retired(), drained, counts() taken over. The ring is free after it.
  // ready: with the memory of its first part, for the next producer; else its bytes go back to the
  // budget.
  void recycle(bool ready) noexcept;
  // The bus is gone, and nobody emits: only the addresses are kept, for a thread that still holds
  // the ring.
  void discard() noexcept;
  // Gives back the memory of parts that the ring has grown out of.
  void trim() noexcept;
  // Makes the first writes to the first part cheap.
  void prefault() noexcept;

  // The registry's: which ring is the next one in its stack of free ones.
  FreeStack::Link next_free{0};
  std::uint32_t index = 0;

 private:
  // What a slow begin decided.
  enum class Refusal : std::uint8_t { kFull, kVerbose, kBlockTimeout };

  ProducerRing(EmitGate& gate, const Sizes& sizes, char* storage, std::size_t mapped) noexcept;
  ~ProducerRing() = default;

  // A place for size bytes, or null: then begin_slowly may know better. REQUIRES: !busy_.
  char* begin(std::size_t size, Wants wants) noexcept {
    if (size > record_bytes_max_) [[unlikely]]
      return nullptr;
    busy_ = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    ring_.prefetch();
    return reinterpret_cast<char*>(ring_.claim(size, wants.verbose()));
  }
  // Grows the ring, or waits where a subscription blocks. Null: decline says why.
  [[gnu::noinline, gnu::cold]] char* begin_slowly(std::size_t size, EventType type) noexcept;
  void finish(std::size_t size) noexcept {
    sequence_.add(1);
    ring_.publish(size);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    busy_ = false;
    gate_->wake_if_parked();
  }
  RecordStamp stamp() const noexcept { return {sequence_.get() + 1, producer_}; }

  bool grow_to_fit(std::size_t size) noexcept;
  EmitResult decline() noexcept;
  EmitResult refuse(Counter& counter, EmitResult result) noexcept;

  // The friendly way. gave_up: after waiting in vain for a subscription that blocks.
  EmitResult emit_obstructed(const TraceEvent& event, EventType type, Wants wants) noexcept;
  EmitResult emit_slowly(const FriendlyRecord& record, const TraceEvent& event, EventType type,
                         bool gave_up) noexcept;
  EmitResult emit_large(const FriendlyRecord& record, const TraceEvent& event, EventType type,
                        bool gave_up) noexcept;
  EmitResult emit_cut(const TraceEvent& event, EventType type, bool gave_up) noexcept;
  char* begin_anyhow(std::size_t size, EventType type) noexcept;
  EmitResult finish_record(const FriendlyRecord& record, char* place, bool gave_up) noexcept;
  bool wait_for_gate(EventType type) noexcept;
  void set_give_up_at(EventType type) noexcept;

  template <class Ids, class... Attributes>
  [[gnu::noinline]] EmitResult emit_wanted(EventType type, const Ids& ids, const Name& agent,
                                           const Name& pattern,
                                           const Attributes&... attributes) noexcept {
    const Wants wants = gate_->wants(type);
    if (!wants.plain() || busy_) [[unlikely]]
      return emit_described<Ids, Attributes...>(type, ids, agent, pattern, attributes...);
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
    char* place = begin(size, wants);
    if (place == nullptr) [[unlikely]] {
      if (size > record_bytes_max_) {
        return emit_described<Ids, Attributes...>(type, ids, agent, pattern, attributes...);
      }
      place = begin_slowly(size, type);
      if (place == nullptr) return decline();
    }
    Record::write(place, size, type, ids, agent, pattern, static_cast<std::uint16_t>(schema),
                  stamp(), attributes...);
    finish(size);
    return EmitResult::kAccepted;
  }

  template <class Ids, class... Attributes>
  [[gnu::noinline, gnu::cold]] EmitResult emit_described(EventType type, const Ids& ids,
                                                         const Name& agent, const Name& pattern,
                                                         const Attributes&... attributes) noexcept {
    return emit(described_event(type, ids, agent, pattern, attributes...));
  }

  Ring ring_;

  // The producer's own line, but for the counters, which anybody reads.
  EmitGate* gate_;
  std::uint64_t record_bytes_max_;  // of a record in the ring as it is now
  Counter sequence_;
  std::uint32_t producer_ = 0;
  bool busy_ = false;
  Refusal refusal_ = Refusal::kFull;
  EventCount::Clock::time_point give_up_at_{};  // of the event that waits now
  Counter full_;
  Counter too_big_;
  Counter closed_;
  Counter verbose_;
  Counter block_timeout_;
  Counter sampled_out_;
  Counter growths_;
  Counter truncated_;

  // Fixed, or the dispatcher's.
  const Sizes sizes_;
  char* const storage_;
  const std::size_t mapped_;
  std::uint64_t trimmed_to_;  // capacity of the first part that was not given back
  bool bare_ = false;         // free, and without bytes of the budget
  Shares shares_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_PRODUCER_RING_H_
