// SPDX-License-Identifier: Apache-2.0
//
// TokenUsage: how many tokens of each class a model's call took.
#ifndef TRACEBUS_TRACE_TOKEN_USAGE_H_
#define TRACEBUS_TRACE_TOKEN_USAGE_H_

#include <cstdint>

namespace tracebus {
inline namespace v1 {

// As OpenTelemetry counts: input holds what was read from and written to a cache, and output holds
// what was spent on reasoning. Where the two cache classes are more than input, input is taken as
// the rest beside them, as some providers report it.
struct TokenUsage {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cache_read = 0;
  std::int64_t cache_write = 0;
  std::int64_t reasoning = 0;

  bool operator==(const TokenUsage&) const noexcept = default;

  constexpr bool has_negative() const noexcept {
    return (input | output | cache_read | cache_write | reasoning) < 0;
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TOKEN_USAGE_H_
