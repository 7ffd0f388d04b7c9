// SPDX-License-Identifier: Apache-2.0
//
// Traces as the JSON of Chrome's trace viewer ("Trace Event Format"), which chrome://tracing,
// ui.perfetto.dev and speedscope open:
//
//   {"displayTimeUnit": "ns", "otherData": {"start_unix_ns": "1781600400000000000"},
//    "traceEvents": [
//   {"ph": "M", "name": "process_name", "pid": 1, "args": {"name": "shop"}},
//   {"ph": "B", "name": "debate", "cat": "PATTERN", "pid": 1, "tid": 1, "ts": 0.000, "args": {}},
//   {"ph": "E", "pid": 1, "tid": 1, "ts": 1830.042}, ...
//   ]}
//
// compactly, each event on a line of its own. A service of a trace is a process, a lane of spans
// (span_lanes.h) a thread. Times are microseconds since the first start, with their nanoseconds:
// since 1970 they would not fit a double, which is what viewers read. Events of spans are instants
// ("i"), costs and tokens so far counters ("C"), and arrows ("s", "f") lead from a span to its
// children on other lanes and to spans that link to it.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_CHROME_TRACE_H_
#define TRACEBUS_RENDER_CHROME_TRACE_H_

#include <span>
#include <string>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

// Valid UTF-8, by the rules of core/json_writer.h.
std::string to_chrome_trace(std::span<const Trace> traces);
std::string to_chrome_trace(const Trace& trace);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_CHROME_TRACE_H_
