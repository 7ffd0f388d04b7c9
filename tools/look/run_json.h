// SPDX-License-Identifier: Apache-2.0
//
// A run as JSON, as --json of show and timeline writes it.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_TOOLS_LOOK_RUN_JSON_H_
#define TRACEBUS_TOOLS_LOOK_RUN_JSON_H_

#include <string>
#include <string_view>

#include "tracebus/studio/run_summary.h"
#include "tracebus/studio/stored_span.h"
#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::string_view kRunJsonHelp =
    "  run:  {run_id, workflow, pattern, session, user, status, start, end, duration_ms, steps,\n"
    "         calls, errors, events, lost_events, open_spans, cost_usd, input_tokens,\n"
    "         output_tokens, tokens, spans: [span, ...]}, spans depth first, each before its "
    "children\n"
    "  span: {span_id, parent_span_id, depth, place, name, kind, status, error, open, start,\n"
    "         start_ms (after the first of the run), duration_ms, model, cost_usd, input_tokens,\n"
    "         output_tokens}; place is root, child, orphan or cycle; duration_ms is null while\n"
    "         open\n"
    "  What nobody said is null, or an empty text. Times are ISO 8601, of UTC.\n";

// One object, safe to print on a terminal.
std::string run_json(const RunSummary& run, const Trace& trace);

inline constexpr std::string_view kSpanJsonHelp =
    "  {number, time, event_type, agent_name, name, kind, status, open, stale, model, provider,\n"
    "   workflow, pattern, run_id, trace_id, span_id, parent_span_id, session, user, duration_ms,\n"
    "   cost_usd, input_tokens, output_tokens, tokens, event}, where event is all that was said, "
    "as a\n"
    "   line of our JSONL.\n"
    "  What nobody said is null, or an empty text. Times are ISO 8601, of UTC.\n";

// The same of an event; event_json: as TraceStore::event_json gives it, or null.
std::string span_json(const StoredSpan& span, std::string_view event_json);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_RUN_JSON_H_
