// SPDX-License-Identifier: Apache-2.0
//
// What a command line may ask of events, as a SpanQuery.
#ifndef TRACEBUS_TOOLS_LOOK_QUERY_OPTIONS_H_
#define TRACEBUS_TOOLS_LOOK_QUERY_OPTIONS_H_

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "tracebus/studio/span_query.h"

namespace tracebus {
inline namespace v1 {

// The fields of a query (query_field.h) and --attr, all of which must hold. What is wrong is
// refused with the option, the value and what it may be. parameters, if there are to be any,
// becomes the same as it stands in an address (studio/api.md, FILTERS). REQUIRES: query and
// parameters outlive app.
void add_query_filters(CLI::App& app, SpanQuery& query, std::string* parameters = nullptr);

// --since and --until alone.
void add_time_filters(CLI::App& app, std::optional<std::int64_t>& from_ns,
                      std::optional<std::int64_t>& until_ns);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_QUERY_OPTIONS_H_
