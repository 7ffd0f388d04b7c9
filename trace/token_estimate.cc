// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/token_estimate.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::size_t count_code_points(std::string_view text) noexcept {
  if (is_ascii(text)) return text.size();
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(first_utf8_sequence(text).length);
    ++count;
  }
  return count;
}

}  // namespace

std::int64_t estimate_tokens(std::string_view text, double ratio) noexcept {
  if (text.empty()) return 0;
  if (!(ratio > 0)) ratio = kCodePointsPerToken;
  const double tokens = static_cast<double>(count_code_points(text)) / ratio;
  constexpr double kEnd = 9223372036854775808.0;
  if (tokens >= kEnd) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(tokens));
}

}  // namespace v1
}  // namespace tracebus
