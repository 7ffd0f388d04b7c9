// SPDX-License-Identifier: Apache-2.0
//
// What a command says on standard error of events that it sent through a bus, and the exit status
// that follows from it.
#ifndef TRACEBUS_TOOLS_REPLAY_REPORT_H_
#define TRACEBUS_TOOLS_REPLAY_REPORT_H_

#include <absl/status/status.h>

#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/tools/replay.h"

namespace tracebus {
inline namespace v1 {

// What could be read of a file. command: "replay".
int report_file(const std::string& command, const std::string& path, const ReplayedFile& file);
// What became of it at each exporter.
int report_end(const std::string& command, const absl::Status& ended, const BusStats& stats);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_REPLAY_REPORT_H_
