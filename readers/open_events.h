// SPDX-License-Identifier: Apache-2.0
//
// Opens recorded events without being told their format: the content says it.
#ifndef TRACEBUS_READERS_OPEN_EVENTS_H_
#define TRACEBUS_READERS_OPEN_EVENTS_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

// What begins as a Protobuf file of events is read as one (proto_file_reader.h), what begins as one
// JSON document, or with a line that is longer than any may be, as that (json_document.h), all else
// as JSONL (jsonl_reader.h), a file with nothing in it too. Errors as of open_file_source. A pipe
// will do.
absl::StatusOr<std::unique_ptr<EventReader>> open_events(const std::string& path);
absl::StatusOr<std::unique_ptr<EventReader>> read_events(std::unique_ptr<ByteSource> source);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_OPEN_EVENTS_H_
