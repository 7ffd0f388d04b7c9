// SPDX-License-Identifier: Apache-2.0
//
// Reads JSONL: an event a line, in any of the dialects of readers/json_event.h, or a span or
// several in any form of readers/json_spans.h, also mixed.
//
// What a line may have wrong: a byte order mark, CR LF, and blank lines are nothing; what
// readers/line_repair.h saves is counted as repaired, or as an event more than lines; anything else
// is a bad line, and so is one longer than 16 MiB. Memory is bounded by the longest line, times
// forty or so if it is nothing but empty arrays. Integers are exact; a double is the nearest one.
#ifndef TRACEBUS_READERS_JSONL_READER_H_
#define TRACEBUS_READERS_JSONL_READER_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "tracebus/readers/byte_source.h"
#include "tracebus/readers/event_reader.h"

namespace tracebus {
inline namespace v1 {

// Errors as of open_file_source. An error while reading ends the events and is the last problem.
absl::StatusOr<std::unique_ptr<EventReader>> open_jsonl(const std::string& path);

// Reads from memory. REQUIRES: text outlives the reader.
std::unique_ptr<EventReader> read_jsonl(std::string_view text);

// Reads from wherever source does.
std::unique_ptr<EventReader> read_jsonl(std::unique_ptr<ByteSource> source);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_JSONL_READER_H_
