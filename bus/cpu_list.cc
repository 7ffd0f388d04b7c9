// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/cpu_list.h"

#include <absl/strings/str_cat.h>

#include <bitset>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace tracebus {
inline namespace v1 {
namespace {

using CpuSet = std::bitset<kCpuMax + 1>;

// Digits and nothing else, unlike std::from_chars of an int, which takes a minus.
bool parse_cpu(std::string_view text, std::size_t& cpu) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, cpu);
  return parsed.ec == std::errc() && parsed.ptr == end && cpu <= std::size_t{kCpuMax};
}

// "6" or "0-3".
bool parse_range(std::string_view text, CpuSet& cpus) {
  const std::size_t dash = text.find('-');
  std::size_t first = 0;
  if (!parse_cpu(text.substr(0, dash), first)) return false;
  std::size_t last = first;
  if (dash != text.npos && !parse_cpu(text.substr(dash + 1), last)) return false;
  for (std::size_t cpu = first; cpu <= last; ++cpu) cpus.set(cpu);
  return first <= last;
}

}  // namespace

absl::StatusOr<std::vector<int>> parse_cpu_list(std::string_view text) {
  CpuSet set;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    if (!parse_range(text.substr(0, comma), set)) {
      return absl::InvalidArgumentError(
          absl::StrCat("must be a list of processors from 0 to ", kCpuMax, ", such as 0-3,6"));
    }
    more = comma != text.npos;
    if (more) text.remove_prefix(comma + 1);
  }
  std::vector<int> cpus;
  for (std::size_t cpu = 0; cpu < set.size(); ++cpu) {
    if (set[cpu]) cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

std::string cpu_list_text(const std::vector<int>& cpus) {
  CpuSet set;
  for (const int cpu : cpus) {
    if (cpu >= 0 && cpu <= kCpuMax) set.set(static_cast<std::size_t>(cpu));
  }
  std::string text;
  for (std::size_t first = 0; first < set.size(); ++first) {
    if (!set[first]) continue;
    std::size_t last = first;
    while (last + 1 < set.size() && set[last + 1]) ++last;
    absl::StrAppend(&text, text.empty() ? "" : ",", first);
    if (last > first) absl::StrAppend(&text, "-", last);
    first = last;
  }
  return text;
}

}  // namespace v1
}  // namespace tracebus
