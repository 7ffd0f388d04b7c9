// SPDX-License-Identifier: Apache-2.0
//
// What `tracebus bench --json` prints for programs.
//
//   {"options": {...}, "quantile_error_max": 0.0078125, "exporters": [{
//     "spec": "", "name": "", "ended_early": false, "error": null,
//     "clock_step_ns": 0.0, "empty_call_ns": TIMES, "without": SIDE, "with": SIDE,
//     "difference": {"emit_p50_ns": 0.0, ..., "emit_p50_interval_95_ns": [0.0, 1.0]},
//     "export": {"matched_events": 0, "exported_events": 0, "dropped_events": {"full": 0}, ...}}]}
//   TIMES  {"count": 0, "min": 0.0, "mean": 0.0, "p50": 0.0, "p99": 0.0, "p99_9": 0.0, "max": 0.0}
//
// Every key says its unit, or stands in an object whose key does. What was not measured is null.
// Nothing has the empty call subtracted.
#ifndef TRACEBUS_TOOLS_OVERHEAD_JSON_H_
#define TRACEBUS_TOOLS_OVERHEAD_JSON_H_

#include <string>
#include <vector>

#include "tracebus/measure/overhead_options.h"
#include "tracebus/tools/measured_spec.h"

namespace tracebus {
inline namespace v1 {

// One object on one line, with a line feed.
std::string overhead_json(const std::vector<MeasuredSpec>& measured,
                          const OverheadOptions& options);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_OVERHEAD_JSON_H_
