// SPDX-License-Identifier: Apache-2.0
//
// A run's tree as columns of JSON ("A run's tree" of api.md): a fifth of the bytes of an object a
// span, and read by a page as it is.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_RUN_COLUMNS_H_
#define TRACEBUS_STUDIO_RUN_COLUMNS_H_

#include <cstddef>
#include <string>

#include "tracebus/studio/run_summary.h"
#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

// Of a larger run the first spans_max, depth first, stand there, and the others are counted as
// "truncated", as are those that the trace lost. Not yet safe to print (visible_json).
std::string run_columns_json(const RunSummary& run, const Trace& trace, std::size_t spans_max);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_RUN_COLUMNS_H_
