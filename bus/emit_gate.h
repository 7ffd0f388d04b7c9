// SPDX-License-Identifier: Apache-2.0
//
// EmitGate: all that an emit shares with the rest of its bus. What the hot path reads is written
// rarely, by the control plane and by a dispatcher that goes to sleep or runs out of room; so its
// lines stay shared in every producer's cache.
//
// Thread safety: all of it. The gate is co-owned by the bus and by every ring, and lives in pages
// of its own, so that a signal handler may let go of the last share.
#ifndef TRACEBUS_BUS_EMIT_GATE_H_
#define TRACEBUS_BUS_EMIT_GATE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tracebus/bus/arena.h"
#include "tracebus/bus/byte_budget.h"
#include "tracebus/bus/emergency_ring.h"
#include "tracebus/bus/event_count.h"
#include "tracebus/bus/large_records.h"
#include "tracebus/bus/parking.h"
#include "tracebus/bus/shares.h"
#include "tracebus/core/counter.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// What is to be known of a type before an event of it is emitted: one byte.
class Wants {
 public:
  enum Bit : std::uint8_t {
    kWanted = 1,   // by some subscription
    kVerbose = 2,  // gives way first, under pressure
    kBlocked = 4,  // a subscription with Overflow::kBlock that may want it has no room
    kClosed = 8,   // the bus was shut down
    kForked = 16,  // the bus is that of the parent of a fork
  };
  constexpr explicit Wants(std::uint8_t bits) noexcept : bits_(bits) {}

  constexpr Wants operator|(Wants other) const noexcept {
    return Wants(static_cast<std::uint8_t>(bits_ | other.bits_));
  }

  // Wanted, and nothing in the way.
  constexpr bool plain() const noexcept { return (bits_ & ~kVerbose) == kWanted; }
  // Unwanted, and the bus is there to say so.
  constexpr bool by_nobody() const noexcept { return (bits_ & (kWanted | kClosed | kForked)) == 0; }
  // Wanted, and the bus was not shut down.
  constexpr bool answered() const noexcept { return (bits_ & (kWanted | kClosed)) == kWanted; }
  constexpr bool wanted() const noexcept { return (bits_ & kWanted) != 0; }
  constexpr bool verbose() const noexcept { return (bits_ & kVerbose) != 0; }
  constexpr bool blocked() const noexcept { return (bits_ & kBlocked) != 0; }
  constexpr bool closed() const noexcept { return (bits_ & (kClosed | kForked)) != 0; }

 private:
  std::uint8_t bits_;
};

struct GateOptions {
  Arena* arena = nullptr;
  std::uint64_t ring_budget_bytes = kRingBudgetDefault;
  std::uint64_t large_bytes_max = 0;
  std::uint64_t large_record_bytes = 0;  // larger records go beside the ring
  bool truncate = true;
  std::uint32_t emergency_producer = kEmergencyProducer;
};

class EmitGate {
 public:
  // With one share, the caller's. Null if the arena refuses memory. REQUIRES: there is an arena.
  static EmitGate* create(const GateOptions& options) noexcept;
  void add_share() noexcept { shares_.add(); }
  void drop_share() noexcept;
  EmitGate(const EmitGate&) = delete;
  EmitGate& operator=(const EmitGate&) = delete;

  Arena& arena() noexcept { return arena_; }

  // --- Producers ---

  // Relaxed: a subscription that happens-before an emit set the byte before it returned; any other
  // order between the two may go either way.
  Wants wants(EventType type) const noexcept {
    return Wants(wants_[type.number()].load(std::memory_order_relaxed));
  }
  // Whether some subscription was granted content. Relaxed as wants.
  bool content() const noexcept { return content_.load(std::memory_order_relaxed); }

  // After a publish: wakes the dispatcher if it parked.
  void wake_if_parked() noexcept { parking_.wake_if_parked(); }
  void wake() noexcept { parking_.wake(); }

  // How long a producer may wait for room on behalf of a subscription that blocks, in ms; 0: no
  // such subscription may want the type.
  std::uint32_t block_timeout_ms(EventType type) const noexcept {
    return block_timeout_ms_[type.number()].load(std::memory_order_relaxed);  // as wants
  }
  EventCount& room() noexcept { return room_; }  // a ring or a subscription has room again

  ByteBudget& ring_budget() noexcept { return ring_budget_; }
  const ByteBudget& ring_budget() const noexcept { return ring_budget_; }
  LargeRecords& large() noexcept { return large_; }
  std::uint64_t large_record_bytes() const noexcept { return large_record_bytes_; }
  bool truncate() const noexcept { return truncate_; }
  EmergencyRing& emergency() noexcept { return emergency_; }
  std::uint32_t emergency_producer() const noexcept { return emergency_producer_; }
  // Events that found no room in the emergency ring, by why they needed it. Atomic additions: these
  // producers have nothing else in common.
  void count_emergency_drop(DropReason reason) noexcept { emergency_drops_.add(reason, 1); }
  DropCounts emergency_drops() const noexcept { return emergency_drops_.get(); }

  // --- Control plane, dispatcher ---
  void set_wants(std::uint16_t type, Wants::Bit bit, bool on) noexcept;
  // For all types, whether anybody wants them or not.
  void set_all(Wants::Bit bit) noexcept;
  void set_content(bool wanted) noexcept {
    content_.store(wanted, std::memory_order_relaxed);  // as wants
  }
  void set_block_timeout_ms(std::uint16_t type, std::uint32_t timeout_ms) noexcept {
    block_timeout_ms_[type].store(timeout_ms, std::memory_order_relaxed);  // as wants
  }
  Parking& parking() noexcept { return parking_; }

 private:
  explicit EmitGate(const GateOptions& options) noexcept;
  ~EmitGate() = default;

  std::atomic<std::uint8_t> wants_[kEventTypesMax]{};
  Arena& arena_;
  alignas(kCacheLineBytes) Parking parking_;
  std::atomic<bool> content_{false};
  const std::uint64_t large_record_bytes_;
  const std::uint32_t emergency_producer_;
  const bool truncate_;
  alignas(kCacheLineBytes) EventCount room_;
  ByteBudget ring_budget_;
  Shares shares_;
  std::atomic<std::uint32_t> block_timeout_ms_[kEventTypesMax]{};
  DropCounters emergency_drops_;
  LargeRecords large_;
  EmergencyRing emergency_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_EMIT_GATE_H_
