// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/sampling_threshold.h"

#include <cmath>

namespace tracebus {
inline namespace v1 {

std::optional<SamplingThreshold> SamplingThreshold::of_share(double share) noexcept {
  if (!(share >= 0.0 && share <= 1.0)) return std::nullopt;
  const auto kept = static_cast<std::uint64_t>(std::llround(share * static_cast<double>(kEnd)));
  return SamplingThreshold(kEnd - kept);
}

std::optional<SamplingThreshold> SamplingThreshold::parse(std::string_view text) noexcept {
  if (text.empty() || text.size() > kHexDigits) return std::nullopt;
  std::uint64_t threshold = 0;
  for (std::size_t i = 0; i < kHexDigits; ++i) {
    const char c = i < text.size() ? text[i] : '0';
    const bool letter = c >= 'a' && c <= 'f';
    if (!letter && (c < '0' || c > '9')) return std::nullopt;
    threshold = threshold << 4 | static_cast<std::uint64_t>(letter ? c - 'a' + 10 : c - '0');
  }
  return SamplingThreshold(threshold);
}

double SamplingThreshold::share() const noexcept {
  return static_cast<double>(kEnd - threshold_) / static_cast<double>(kEnd);
}

std::string SamplingThreshold::text() const {
  std::string text;
  std::uint64_t rest = threshold_;
  do {
    text += "0123456789abcdef"[rest >> 52 & 15];
    rest = rest << 4 & (kEnd - 1);
  } while (rest != 0);
  return text;
}

}  // namespace v1
}  // namespace tracebus
