// SPDX-License-Identifier: Apache-2.0
//
// Events of a store as lines for people.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_TOOLS_LOOK_SPAN_TABLE_TEXT_H_
#define TRACEBUS_TOOLS_LOOK_SPAN_TABLE_TEXT_H_

#include <string>

#include "tracebus/studio/stored_span.h"
#include "tracebus/tools/look/terminal.h"

namespace tracebus {
inline namespace v1 {

// A table with a line an event; empty for none.
std::string span_table_text(const SpanPage& page, const Terminal& terminal);

// One line for one event, with its line feed. Where it is too wide names are cut, then the run, the
// names and figures are left out; never its cost:
//   2026-06-16T09:00:02.000Z llm_call Classifier gpt-4o-mini 850.0ms 320 tok run=run_fixture_1
std::string span_line_text(const StoredSpan& span, const Terminal& terminal);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_SPAN_TABLE_TEXT_H_
