// SPDX-License-Identifier: Apache-2.0
//
// Identities of new traces and spans.
#ifndef TRACEBUS_TRACE_SPAN_IDS_H_
#define TRACEBUS_TRACE_SPAN_IDS_H_

#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

// Random, and never none: by a generator of the thread's own (xoshiro256++), which the kernel
// seeds, again in the child of a fork. Guessable by who sees many of them, as identities may be.
// Thread safety: any thread. Not for signal handlers.
TraceId new_trace_id() noexcept;
SpanId new_span_id() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_IDS_H_
