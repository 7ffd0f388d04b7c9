// SPDX-License-Identifier: Apache-2.0
//
// Traces as the JSON file that the user interface of Jaeger opens:
//
//   {"data": [{"traceID", "spans": [{"traceID", "spanID", "operationName",
//       "references": [{"refType": "CHILD_OF", "traceID", "spanID"}], "startTime", "duration",
//       "tags": [{"key", "type", "value"}], "logs": [{"timestamp", "fields": [...]}],
//       "processID": "p1", "warnings": ["..."]}],
//     "processes": {"p1": {"serviceName", "tags": []}}}]}
//
// compactly. Times are microseconds, rounded down, and durations rounded to the nearest. Trace ids
// are 32 hex digits, span ids 16. Tags are of type bool, int64, float64, string, or binary
// (base64); arrays and objects are strings of JSON, as are null and what is not finite. The
// reference of a cycle is left out, as Jaeger shows nothing of spans that are each other's
// ancestors. Of links, which are references of type FOLLOWS_FROM, those are left out that Jaeger
// would take for a parent. "warnings" say what is odd about a span.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_JAEGER_JSON_H_
#define TRACEBUS_RENDER_JAEGER_JSON_H_

#include <span>
#include <string>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

// Valid UTF-8, by the rules of core/json_writer.h. No line feed.
std::string to_jaeger_format(const Trace& trace);
std::string to_jaeger_format(std::span<const Trace> traces);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_JAEGER_JSON_H_
