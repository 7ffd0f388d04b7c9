// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/emergency_emit.h"

#include "tracebus/core/record_writer.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool put(EmitGate& gate, const FriendlyRecord& record) noexcept {
  const EmergencyRing::Place place = gate.emergency().claim();
  if (place.cell == nullptr) return false;
  record.write(place.cell->record, {place.position + 1, gate.emergency_producer()});
  gate.emergency().publish(place);
  gate.wake_if_parked();
  return true;
}

EmitResult drop(EmitGate& gate, DropReason reason) noexcept {
  gate.count_emergency_drop(reason);
  switch (reason) {
    case DropReason::kClosed:
      return EmitResult::kClosed;
    case DropReason::kNested:
      return EmitResult::kNested;
    case DropReason::kTooBig:
      return EmitResult::kTooBig;
    default:
      return EmitResult::kFull;
  }
}

}  // namespace

EmitResult emit_in_emergency(EmitGate& gate, const TraceEvent& event, EventType type,
                             DropReason reason) noexcept {
  const Wants wants = gate.wants(type);
  if (wants.closed()) return drop(gate, DropReason::kClosed);
  if (!wants.wanted()) return EmitResult::kUnwanted;
  constexpr std::size_t kUncut = ~std::size_t{0};
  for (const std::size_t text_max : {kUncut, std::size_t{48}, std::size_t{16}}) {
    if (text_max != kUncut && !gate.truncate()) break;
    const FriendlyRecord record(event, type, gate.content(), text_max);
    if (record.size() == 0 || record.size() > sizeof(EmergencyCell)) continue;
    return put(gate, record) ? EmitResult::kAccepted : drop(gate, reason);
  }
  return drop(gate, DropReason::kTooBig);
}

}  // namespace v1
}  // namespace tracebus
