// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_BUS_BYTE_COUNT_H_
#define TRACEBUS_BUS_BYTE_COUNT_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// A number in decimal, or one with KiB, MiB or GiB behind it, as "64KiB". Nothing if text is none,
// or too large.
std::optional<std::size_t> parse_byte_count(std::string_view text);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_BYTE_COUNT_H_
