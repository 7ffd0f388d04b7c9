// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/emit_gate.h"

#include <new>

namespace tracebus {
inline namespace v1 {

EmitGate::EmitGate(const GateOptions& options) noexcept
    : arena_(*options.arena), large_record_bytes_(options.large_record_bytes),
      emergency_producer_(options.emergency_producer), truncate_(options.truncate),
      ring_budget_(options.ring_budget_bytes), large_(*options.arena, options.large_bytes_max) {}

EmitGate* EmitGate::create(const GateOptions& options) noexcept {
  void* const pages = options.arena->map(round_up_to_pages(sizeof(EmitGate)));
  return pages == nullptr ? nullptr : new (pages) EmitGate(options);
}

void EmitGate::drop_share() noexcept {
  if (!shares_.drop()) return;
  Arena& arena = arena_;
  this->~EmitGate();
  arena.unmap(this, round_up_to_pages(sizeof(EmitGate)));
}

void EmitGate::set_wants(std::uint16_t type, Wants::Bit bit, bool on) noexcept {
  // Relaxed: pairs with wants, see there. Read-modify-write: several threads set different bits.
  if (on) {
    wants_[type].fetch_or(bit, std::memory_order_relaxed);  // as said
  } else {
    wants_[type].fetch_and(static_cast<std::uint8_t>(~bit), std::memory_order_relaxed);  // as said
  }
}

void EmitGate::set_all(Wants::Bit bit) noexcept {
  for (std::uint32_t type = 0; type < kEventTypesMax; ++type) {
    set_wants(static_cast<std::uint16_t>(type), bit, true);
  }
}

}  // namespace v1
}  // namespace tracebus
