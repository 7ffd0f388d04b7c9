// SPDX-License-Identifier: Apache-2.0
//
// Spans made of events that others wrote, as trace/span.h would have emitted their ends.
#ifndef TRACEBUS_EXPORTERS_MADE_SPAN_H_
#define TRACEBUS_EXPORTERS_MADE_SPAN_H_

#include <optional>

#include "tracebus/core/event_view.h"
#include "tracebus/exporters/pair_role.h"

namespace tracebus {
inline namespace v1 {

// The ids of an event, with made ones where it has none: a trace of its run or, without one, of its
// own; a span; and the parent, if there is one. enclosing: of the span that it stands below if it
// says no parent; null if none.
EventIds completed_ids(const EventView& event, const EventIds* enclosing) noexcept;

// How long an event says that it took, in milliseconds.
std::optional<double> said_duration_ms(const EventView& event) noexcept;

// All of these borrow from the views.
TraceEvent span_of_pair(const EventView& start, const EventIds& start_ids, const EventView& end,
                        const PairRole& role);
TraceEvent span_of_end(const EventView& end, const PairRole& role, double duration_ms,
                       const EventIds& ids);
TraceEvent unfinished_span(const EventView& start, const PairRole& role, const EventIds& ids,
                           Timestamp until);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_MADE_SPAN_H_
