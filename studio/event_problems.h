// SPDX-License-Identifier: Apache-2.0
//
// What a store says of events that it read and could not count in full, beside what a reader says
// of lines that it could not read.
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_EVENT_PROBLEMS_H_
#define TRACEBUS_STUDIO_EVENT_PROBLEMS_H_

#include "tracebus/readers/event_reader.h"
#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {

// Of the event that table had last. at: of its reader, which stands at the event's line.
void add_event_problem(ReadAccount& problems, const SpanTable& table, const ReadAccount& at);
// Both, in the order of their lines.
ReadAccount with_problems(ReadAccount account, const ReadAccount& problems);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_EVENT_PROBLEMS_H_
