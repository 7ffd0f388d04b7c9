// SPDX-License-Identifier: Apache-2.0
//
// An event of a store as a line of our JSONL.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_EVENT_LINE_H_
#define TRACEBUS_STUDIO_EVENT_LINE_H_

#include <string>

#include "tracebus/core/event.h"
#include "tracebus/studio/event_record.h"

namespace tracebus {
inline namespace v1 {

// Appends what json_writer.h says, without a line feed; an event without a time says 0.0, and one
// without an origin says none. record: for its memory. False, and nothing appended: the event is
// larger than a record may be (limits.h).
bool append_event_line(std::string& out, TraceEvent event, EventRecord& record);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_EVENT_LINE_H_
