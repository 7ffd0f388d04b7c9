// SPDX-License-Identifier: Apache-2.0
//
// What a store holds as JSON: RUN, EVENT and GROUP of api.md, which commands print with --json.
// What nobody said is null, or an empty text. Keys may be added, and none changes its meaning.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_STORE_JSON_H_
#define TRACEBUS_STUDIO_STORE_JSON_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tracebus/core/json_fields.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/studio/cost_breakdown.h"
#include "tracebus/studio/run_summary.h"
#include "tracebus/studio/stored_span.h"
#include "tracebus/trace/trace_tree.h"

namespace tracebus {
inline namespace v1 {

JsonFields run_fields(const RunSummary& run);
// event_json: all that it said (TraceStore::event_json), or null.
JsonFields event_fields(const StoredSpan& span, std::string_view event_json);
// An array of GROUP.
std::string cost_groups_json(std::span<const CostGroup> groups);

// ISO 8601 of UTC with nanoseconds.
std::optional<std::string> json_time(const std::optional<Timestamp>& time);

// "child", "root", "orphan", "cycle".
std::string_view to_text(TracePlace place) noexcept;

// An array of what object(item) says of each item.
template <class Items, class Object>
std::string json_array(const Items& items, const Object& object) {
  std::string json = "[";
  for (const auto& item : items) {
    if (json.size() > 1) json += ',';
    json += object(item);
  }
  return json + "]";
}

// The same JSON, safe to print (core/visible_text.h). REQUIRES: it is valid, without line feeds.
std::string visible_json(std::string_view json);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_STORE_JSON_H_
