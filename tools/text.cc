// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/text.h"

#include <algorithm>
#include <cstdio>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string fixed(double number, int digits) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, number);
  return std::string(text, static_cast<std::size_t>(length));
}

std::string short_number(double number) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.10g", number);
  return std::string(text, static_cast<std::size_t>(length));
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fixed(100.0 * static_cast<double>(part) / static_cast<double>(whole), 1) + " %";
}

std::string drops_text(const DropCounts& drops) {
  std::string text;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (drops[i] == 0) continue;
    if (!text.empty()) text.append(", ");
    text.append(to_string(static_cast<DropReason>(i))).append(" ").append(grouped(drops[i]));
  }
  return text.empty() ? "-" : text;
}

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

std::string visible_spec(std::string_view spec) {
  std::string shown;
  for (std::size_t scheme = spec.find("://"); scheme != spec.npos; scheme = spec.find("://")) {
    shown += spec.substr(0, scheme + 3);
    spec.remove_prefix(scheme + 3);
    const std::string_view address = spec.substr(0, spec.find('|'));
    spec.remove_prefix(address.size());
    const std::size_t query = std::min(address.find_first_of("?#"), address.size());
    const std::string_view plain = address.substr(0, query);
    // A password may hold a slash that should have been an escape: everything up to the last @.
    const std::size_t at = plain.rfind('@');
    shown.append(at == plain.npos ? "" : "***").append(plain.substr(at == plain.npos ? 0 : at));
    if (query != address.size()) shown.append("?***");
  }
  return visible(shown.append(spec));
}

}  // namespace v1
}  // namespace tracebus
