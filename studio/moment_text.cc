// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/moment_text.h"

#include <charconv>
#include <cstddef>

namespace tracebus {
inline namespace v1 {

std::string moment_text(const std::optional<Timestamp>& time, int digits) {
  if (!time) return {};
  char text[kTimestampTextMax + 16];
  return std::string(text, format_iso8601(*time, digits, text));
}

std::optional<std::int64_t> parse_moment(std::string_view text, std::int64_t now_ns) {
  constexpr std::size_t kDateSize = 10;
  const std::string whole = std::string(text) + (text.size() == kDateSize ? "T00:00:00" : "");
  if (const auto time = parse_iso8601(whole)) return time->to_unix_ns();
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr + 1 != end) return std::nullopt;
  constexpr std::string_view kUnits = "smhd";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86400};
  const std::size_t unit = kUnits.find(*parsed.ptr);
  if (unit == kUnits.npos) return std::nullopt;
  const __int128 moment = static_cast<__int128>(now_ns) -
                          static_cast<__int128>(number) * kSeconds[unit] * 1'000'000'000;
  if (moment < 0) return 0;
  return static_cast<std::int64_t>(moment);
}

}  // namespace v1
}  // namespace tracebus
