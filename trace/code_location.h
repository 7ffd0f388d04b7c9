// SPDX-License-Identifier: Apache-2.0
//
// CodeLocation: where code stands. (std::source_location is not there with clang 14.)
#ifndef TRACEBUS_TRACE_CODE_LOCATION_H_
#define TRACEBUS_TRACE_CODE_LOCATION_H_

#include <cstdint>
#include <string_view>

namespace tracebus {
inline namespace v1 {

struct CodeLocation {
  std::string_view function = {};
  std::string_view file = {};
  std::uint32_t line = 0;

  // Of the call.
  static constexpr CodeLocation current(const char* function = __builtin_FUNCTION(),
                                        const char* file = __builtin_FILE(),
                                        std::uint32_t line = __builtin_LINE()) noexcept {
    return {function, file, line};
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CODE_LOCATION_H_
