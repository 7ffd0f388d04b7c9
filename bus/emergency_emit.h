// SPDX-License-Identifier: Apache-2.0
//
// The way of an event through the emergency ring.
#ifndef TRACEBUS_BUS_EMERGENCY_EMIT_H_
#define TRACEBUS_BUS_EMERGENCY_EMIT_H_

#include "tracebus/bus/emit_gate.h"
#include "tracebus/core/emit_result.h"
#include "tracebus/core/event.h"

namespace tracebus {
inline namespace v1 {

// Never waits, allocates or locks; safe in a signal handler, whatever it interrupted. Long texts
// are cut to what a cell holds, where BusOptions::truncate allows it. reason: why the event came
// this way, for the count when there is no cell for it: kNested answers kNested, anything else
// kFull.
EmitResult emit_in_emergency(EmitGate& gate, const TraceEvent& event, EventType type,
                             DropReason reason) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_EMERGENCY_EMIT_H_
