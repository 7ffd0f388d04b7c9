// SPDX-License-Identifier: Apache-2.0
//
// Opens recorded events without being told their format: the content says it.
#ifndef TRACEBUS_READERS_OPEN_EVENTS_H_
#define TRACEBUS_READERS_OPEN_EVENTS_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

// What begins as a Protobuf file of events is read as one (proto_file_reader.h), what begins as one
// JSON document, or with a line that is longer than any may be, as that (json_document.h), all else
// as JSONL (jsonl_reader.h), a file with nothing in it too. Errors as of open_file_source. A pipe
// will do.
//
// What is compressed by gzip is read as what it holds, and what is cut off of it, or more than the
// limit, is the last problem. InvalidArgument for what is compressed in another way.
struct ReadLimits {
  std::uint64_t inflated_bytes_max = std::numeric_limits<std::uint64_t>::max();
};
absl::StatusOr<std::unique_ptr<EventReader>> open_events(const std::string& path);
absl::StatusOr<std::unique_ptr<EventReader>> read_events(std::unique_ptr<ByteSource> source,
                                                         const ReadLimits& limits = {});

// Of a file that begins so: what it is that is no lines, such as "one JSON document", or
// "compressed by gzip". Empty: it may be lines.
std::string_view what_is_no_lines(std::string_view front);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_OPEN_EVENTS_H_
