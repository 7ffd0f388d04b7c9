// SPDX-License-Identifier: Apache-2.0
//
// The records of a span: its start and its end, written straight into the thread's ring.
#ifndef TRACEBUS_TRACE_SPAN_RECORD_H_
#define TRACEBUS_TRACE_SPAN_RECORD_H_

#include <cstdint>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/emit_result.h"
#include "tracebus/trace/span_data.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: any thread, for a span that nobody changes meanwhile.
EmitResult emit_span_start(TraceEventBus& bus, const SpanData& span) noexcept;
EmitResult emit_span_end(TraceEventBus& bus, const SpanData& span, std::uint64_t ticks) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_RECORD_H_
