// SPDX-License-Identifier: Apache-2.0
//
// Moments as people and programs write them.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_MOMENT_TEXT_H_
#define TRACEBUS_STUDIO_MOMENT_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/core/timestamp.h"

namespace tracebus {
inline namespace v1 {

// "2026-06-16T09:00:02.000Z", of UTC; empty for none.
std::string moment_text(const std::optional<Timestamp>& time, int digits = 3);

// "2026-06-16", "2026-06-16T09:00:00Z" (parse_iso8601), or how long before now_ns: "90s", "15m",
// "2h", "7d". Nanoseconds since 1970; nothing if it is neither.
std::optional<std::int64_t> parse_moment(std::string_view text, std::int64_t now_ns);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_MOMENT_TEXT_H_
