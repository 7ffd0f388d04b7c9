// SPDX-License-Identifier: Apache-2.0
//
// Reads recordings back: the seed's, ours, and whatever else readers know.
#ifndef TRACEBUS_TRACE_REPLAY_RECORDING_H_
#define TRACEBUS_TRACE_REPLAY_RECORDING_H_

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "tracebus/readers/event_reader.h"
#include "tracebus/trace/recorded_entry.h"

namespace tracebus {
inline namespace v1 {

struct Recording {
  std::vector<RecordedEntry> entries;  // in the order of the file
  ReadAccount account;                 // what could not be read, and why

  NanoDollars total_cost() const { return total_cost_of(entries); }
};

// Reads a JSONL file in any dialect of readers/json_event.h. Damage is skipped, counted and listed
// in the account, as after a crash. InvalidArgument for a file in which something is wrong and
// nothing can be read; else errors as of open_file_source.
absl::StatusOr<Recording> load_recording(const std::string& path);
// The same of any events; name is for messages.
absl::StatusOr<Recording> load_recording(EventReader& reader, const std::string& name);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_REPLAY_RECORDING_H_
