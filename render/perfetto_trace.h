// SPDX-License-Identifier: Apache-2.0
//
// Traces as a file of track events that ui.perfetto.dev opens (google/perfetto, protos/perfetto/
// trace: Trace, TracePacket, TrackDescriptor, TrackEvent).
//
// A service of a trace is a process track; a lane of spans (span_lanes.h) is a track below it, or
// below the lane that it was started from, so that agents side by side hang below who called them.
// Times are nanoseconds since 1970, and a snapshot tells the viewer so. Attributes are debug
// annotations, arrays and objects as JSON; events of spans are instants, costs and tokens so far
// counter tracks, and flows lead from a span to its children on other lanes and to spans that link
// to it.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_PERFETTO_TRACE_H_
#define TRACEBUS_RENDER_PERFETTO_TRACE_H_

#include <span>
#include <string>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

// The bytes of a perfetto.protos.Trace.
std::string to_perfetto_trace(std::span<const Trace> traces);
std::string to_perfetto_trace(const Trace& trace);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_PERFETTO_TRACE_H_
