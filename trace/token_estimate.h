// SPDX-License-Identifier: Apache-2.0
//
// How many tokens a text may be, without the tokenizer of its model.
#ifndef TRACEBUS_TRACE_TOKEN_ESTIMATE_H_
#define TRACEBUS_TRACE_TOKEN_ESTIMATE_H_

#include <cstdint>
#include <functional>
#include <string_view>

namespace tracebus {
inline namespace v1 {

inline constexpr double kCodePointsPerToken = 4.0;

// 0 for the empty text; else its code points divided by ratio, rounded down, and at least 1. Of
// ill-formed UTF-8 each maximal subpart counts as the one character that would replace it. A ratio
// that is not a number greater than 0 is taken as kCodePointsPerToken. Thread safety: pure.
std::int64_t estimate_tokens(std::string_view text, double ratio = kCodePointsPerToken) noexcept;

// What counts tokens in the place of the estimate: a real tokenizer, or one of another language's
// ratio. Called on the thread that asks; less than 0 is taken as 0. Empty: estimate_tokens.
using Tokenizer = std::function<std::int64_t(std::string_view)>;

// estimate_tokens with this ratio.
inline Tokenizer tokenizer_of_ratio(double ratio) {
  return [ratio](std::string_view text) { return estimate_tokens(text, ratio); };
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TOKEN_ESTIMATE_H_
