// SPDX-License-Identifier: Apache-2.0
//
// Reads a line as core/json_writer.h writes it, which nearly all lines of a large file are, several
// times faster than whatever has to expect any JSON.
#ifndef TRACEBUS_READERS_OWN_LINE_H_
#define TRACEBUS_READERS_OWN_LINE_H_

#include <string_view>

#include "tracebus/core/event.h"

namespace tracebus {
inline namespace v1 {

// True: event is what event_of makes of the line, and borrows from it. False: it is no such line,
// or has something in it that is left to JsonObject (escapes, numbers of many digits, whatever is
// wrong), and event is of no use. REQUIRES: LineReader::kPaddingBytes behind line may be read.
bool read_own_line(std::string_view line, TraceEvent& event);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_OWN_LINE_H_
