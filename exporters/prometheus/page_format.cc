// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/page_format.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace tracebus {
inline namespace v1 {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// What stands before the separator, which is taken off text as well.
std::string_view next_part(std::string_view& text, char separator) noexcept {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_same(std::string_view text, std::string_view lower) noexcept {
  return std::ranges::equal(text, lower, [](char c, char expected) {
    return (c >= 'A' && c <= 'Z' ? c + 32 : c + 0) == expected;
  });
}

struct MediaRange {
  std::string_view type;
  std::string_view version = {};
  double weight = 1;
};

MediaRange parse_range(std::string_view text) noexcept {
  MediaRange range{.type = next_part(text, ';')};
  while (!text.empty()) {
    std::string_view value = next_part(text, ';');
    const std::string_view name = next_part(value, '=');
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    if (is_same(name, "version")) range.version = value;
    if (!is_same(name, "q")) continue;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), range.weight);
    // What is no weight is none: rather the format that everybody reads.
    if (read.ec != std::errc() || !(range.weight >= 0 && range.weight <= 1)) range.weight = 0;
  }
  return range;
}

}  // namespace

PageFormat page_format_for(std::string_view accept) noexcept {
  double open_metrics = 0;
  double text = 0;
  while (!accept.empty()) {
    const MediaRange range = parse_range(next_part(accept, ','));
    const bool is_our_version = range.version.empty() || range.version == "1.0.0";
    if (is_same(range.type, "application/openmetrics-text") && is_our_version) {
      open_metrics = std::max(open_metrics, range.weight);
    } else if (is_same(range.type, "text/plain")) {
      text = std::max(text, range.weight);
    }
  }
  return open_metrics > 0 && open_metrics >= text ? PageFormat::kOpenMetrics : PageFormat::kText;
}

}  // namespace v1
}  // namespace tracebus
