// SPDX-License-Identifier: Apache-2.0
//
// Writes numbers as JSON. Private to the JSON writer.
#ifndef TRACEBUS_CORE_JSON_NUMBER_H_
#define TRACEBUS_CORE_JSON_NUMBER_H_

#include <cstddef>
#include <cstdint>

#include "tracebus/core/decimal_digits.h"

namespace tracebus {
inline namespace v1 {

// Room for a number and the bytes of no meaning that may be written after it.
inline constexpr std::size_t kJsonNumberBytesMax = 40;

// Each returns the end of what it wrote.
inline char* write_json_int64(char* out, std::int64_t value) noexcept {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_uint64(out, magnitude);
}
// The shortest text that reads back the same, marked as a double ("3.0"); what is not finite is
// null.
char* write_json_double(char* out, double value) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_JSON_NUMBER_H_
