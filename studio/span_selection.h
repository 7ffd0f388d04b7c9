// SPDX-License-Identifier: Apache-2.0
//
// What a query selects of a table, in its order.
//
// A page of sorted events is selected, not sorted for: of n that match, those before
// offset + limit are kept, and sorted when they are complete.
#ifndef TRACEBUS_STUDIO_SPAN_SELECTION_H_
#define TRACEBUS_STUDIO_SPAN_SELECTION_H_

#include <cstdint>
#include <vector>

#include "tracebus/studio/span_query.h"
#include "tracebus/studio/span_table.h"
#include "tracebus/studio/stored_span.h"

namespace tracebus {
inline namespace v1 {

struct SpanSelection {
  std::vector<SpanRow> rows;
  std::uint64_t matched = 0;
};

SpanSelection select_spans(const SpanTable& table, const SpanQuery& query);

// The event as a row of a page. stale_after_ns: a run silent for longer, counted from now_ns, is
// not expected to go on.
StoredSpan stored_span(const SpanTable& table, const SpanRow& at, std::int64_t now_ns,
                       std::int64_t stale_after_ns);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_SPAN_SELECTION_H_
