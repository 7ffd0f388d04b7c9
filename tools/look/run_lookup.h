// SPDX-License-Identifier: Apache-2.0
//
// Which run is meant by what the commands show of its id.
#ifndef TRACEBUS_TOOLS_LOOK_RUN_LOOKUP_H_
#define TRACEBUS_TOOLS_LOOK_RUN_LOOKUP_H_

#include <absl/status/statusor.h>

#include <string>

#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {

// The id of the run that text stands for: an id as its source wrote it, or 32 hex digits; "#174" or
// "174" for run-174; what a line ends with "…"; or how one id alone begins or ends. NotFound: there
// is none. InvalidArgument: several; the message names them, escaped.
absl::StatusOr<std::string> run_called(const TraceStore& store, const std::string& text);

// The same for the run that a query asks for, if it does; one that is not there stays as it is, and
// matches nothing.
absl::Status find_run_of(const TraceStore& store, SpanQuery& query);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_RUN_LOOKUP_H_
