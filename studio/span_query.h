// SPDX-License-Identifier: Apache-2.0
//
// SpanQuery: which events are asked for, and in which order.
#ifndef TRACEBUS_STUDIO_SPAN_QUERY_H_
#define TRACEBUS_STUDIO_SPAN_QUERY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {

enum class SpanSort : std::uint8_t { kByArrival, kByTime, kByDuration, kByCost, kByTokens };

// What stands in a query must hold all at once. Texts match as a whole and in their case; empty
// ones ask for nothing. The order of the fields is that of how often they are asked.
struct SpanQuery {
  std::string event_type = {};  // llm_call also means llm_call_end (event_type.h, aliases_of)
  std::string agent_name = {};
  std::optional<double> min_duration_ms = {};
  std::optional<double> max_duration_ms = {};
  std::string model = {};
  std::string provider = {};  // as events say it
  std::string run_id = {};
  std::string trace_id = {};
  std::string span_id = {};  // as its source wrote it, or 16 hex digits
  std::string workflow = {};
  std::string pattern = {};
  std::string session = {};
  std::string user = {};
  std::string tag = {};  // one of tag.tags, tags or langfuse.trace.tags
  std::optional<SpanKind> kind = {};
  std::optional<SpanStatus> status = {};
  bool open_only = false;     // starts without their ends
  bool guards_fired = false;  // guards that did more than let pass
  std::optional<double> min_cost_usd = {};
  std::optional<double> max_cost_usd = {};
  std::optional<std::int64_t> from_ns = {};   // since 1970; this one is in
  std::optional<std::int64_t> until_ns = {};  // this one is out
  // Attributes of the payload, as "key" and text: numbers and booleans as JSON writes them.
  std::vector<std::pair<std::string, std::string>> attributes = {};
  // Somewhere in a name or in the payload's texts, also in nested ones; ASCII letters in any case.
  std::string text = {};
  std::uint64_t number_min = 0;  // by arrival: events of smaller numbers came before

  SpanSort sort = SpanSort::kByArrival;
  bool descending = false;
  std::size_t offset = 0;
  std::size_t limit = std::numeric_limits<std::size_t>::max();

  bool operator==(const SpanQuery&) const = default;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_SPAN_QUERY_H_
