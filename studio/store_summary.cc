// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/store_summary.h"

#include <algorithm>

namespace tracebus {
inline namespace v1 {
namespace {

// The names that some event still has.
std::vector<std::string> names_in_use(const SpanTable& table, SpanText column) {
  const NameTable& names = table.names().of(column);
  std::vector<std::uint8_t> is_used(names.size());
  for (const auto& chunk : table.chunks()) {
    const std::uint32_t* const numbers = chunk->text(column).data();
    if (numbers == nullptr) continue;
    for (std::uint32_t row = 0; row < chunk->rows; ++row) is_used[numbers[row]] = 1;
  }
  std::vector<std::string> result;
  for (std::uint32_t number = 1; number < names.size(); ++number) {
    if (is_used[number] != 0) result.emplace_back(names.text(number));
  }
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

StoreSummary summary_of(const SpanTable& table) {
  StoreSummary summary;
  summary.event_types = names_in_use(table, SpanText::kType);
  summary.agents = names_in_use(table, SpanText::kAgent);
  for (const auto& chunk : table.chunks()) {
    summary.count += chunk->rows;
    for (std::uint32_t row = 0; row < chunk->rows; ++row) {
      const std::uint32_t flags = chunk->flags[row];
      if ((flags & span_flag::kCountsTokens) != 0) {
        add_saturating(summary.total_tokens, chunk->total_tokens[row]);
      }
      if ((flags & span_flag::kCountsCost) != 0) {
        add_saturating(summary.total_cost_nanos, chunk->cost_nanos[row]);
      }
      constexpr std::uint32_t kLook =
          span_flag::kHasDuration | span_flag::kPairedDuration | span_flag::kDuplicate;
      if ((flags & kLook) == span_flag::kHasDuration) {
        summary.total_duration_ms += static_cast<double>(chunk->duration_ns[row]) / 1e6;
      }
    }
  }
  summary.loaded = summary.count != 0;
  summary.runs = table.runs().runs().size() - 1;
  summary.evicted = table.evicted();
  summary.open_spans = table.open_spans();
  summary.duplicates = table.duplicates();
  summary.refused_figures = table.refused_figures();
  summary.bytes = table.bytes();
  return summary;
}

}  // namespace v1
}  // namespace tracebus
