// SPDX-License-Identifier: Apache-2.0
//
// A trace as JSON for visualization tools, in the form of the seed's tutorial:
//
//   {"trace_id": "...", "spans": [{"span_id", "parent_span_id": null, "name",
//     "start_time": "2026-06-16T09:00:00.000123", "end_time": null while it is open, "duration_ms",
//     "status": "unset" | "ok" | "error", "attributes": {},
//     "events": [{"name", "timestamp", "attributes": {}}]}]}
//
// compactly. Times are UTC without a zone, in microseconds, as Python's isoformat writes them. The
// message of a status is the attribute status_description. Spans stand in the order in which they
// were heard of; parents are as they were told, so that there may be orphans and cycles.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_TRACE_JSON_H_
#define TRACEBUS_RENDER_TRACE_JSON_H_

#include <string>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

// Valid UTF-8, by the rules of core/json_writer.h. No line feed.
std::string to_json(const Trace& trace);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_TRACE_JSON_H_
