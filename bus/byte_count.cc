// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/byte_count.h"

#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace tracebus {
inline namespace v1 {

std::optional<std::size_t> parse_byte_count(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, int>, 3> kUnits = {
      {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}}};
  int shift = 0;
  for (const auto& [unit, bits] : kUnits) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    shift = bits;
    break;
  }
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (number > (std::numeric_limits<std::size_t>::max() >> shift)) return std::nullopt;
  return number << shift;
}

}  // namespace v1
}  // namespace tracebus
