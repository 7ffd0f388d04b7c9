// SPDX-License-Identifier: Apache-2.0
//
// QueryField: a condition of a SpanQuery by its name and as text, as command lines and addresses
// say it.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_QUERY_FIELD_H_
#define TRACEBUS_STUDIO_QUERY_FIELD_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tracebus/studio/span_query.h"

namespace tracebus {
inline namespace v1 {

struct QueryField {
  std::string_view name;   // "min_ms"
  std::string_view takes;  // "TEXT", "N", "WHEN"; empty: nothing, it is asked for or not
  std::string_view help;
  // Writes the value to the query. Returns what is wrong with it: "is not a number from 0 on";
  // empty if nothing is, and the query is as it was else. now_ns: that ages are counted from.
  std::string (*set)(SpanQuery& query, std::string_view value, std::int64_t now_ns);
};

// All but attributes, of which there may be several.
std::span<const QueryField> query_fields() noexcept;

// Adds an attribute as "KEY:VALUE"; returns what is wrong, as QueryField::set.
std::string add_attribute(SpanQuery& query, std::string_view text, char separator);

// The wording of what is wrong with a moment that parse_moment takes for none.
inline constexpr std::string_view kNoMoment =
    "is neither a time as 2026-06-16T09:00:00Z nor how long ago as 90s, 15m, 2h or 7d";

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_QUERY_FIELD_H_
