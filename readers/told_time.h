// SPDX-License-Identifier: Apache-2.0
//
// Times as recordings tell them: seconds, milliseconds, microseconds or nanoseconds since 1970,
// told apart by size (below 1e11, 1e14, 1e17), or ISO 8601 (core/timestamp.h).
//
// Thread safety: pure functions.
#ifndef TRACEBUS_READERS_TOLD_TIME_H_
#define TRACEBUS_READERS_TOLD_TIME_H_

#include <optional>
#include <string_view>

#include "tracebus/core/timestamp.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// A number, exact to the nanosecond, or ISO 8601. Nothing for any other text.
std::optional<Timestamp> told_time(std::string_view text) noexcept;

// The same of a value; a double is the nearest one.
std::optional<Timestamp> told_time(const Value& value) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_TOLD_TIME_H_
