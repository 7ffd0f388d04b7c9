// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/cost_breakdown.h"

#include <algorithm>
#include <unordered_set>

#include "tracebus/studio/span_filter.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Which runs were seen in which groups: bits of a word a run for the first groups, which are most.
class RunsSeen {
 public:
  explicit RunsSeen(std::size_t runs) : bits_(runs) {}
  bool is_first(std::uint32_t run, std::uint32_t group) {
    if (group >= 64) return others_.insert(std::uint64_t{group} << 32 | run).second;
    const std::uint64_t bit = std::uint64_t{1} << group;
    const bool first = (bits_[run] & bit) == 0;
    bits_[run] |= bit;
    return first;
  }

 private:
  std::vector<std::uint64_t> bits_;
  std::unordered_set<std::uint64_t> others_;
};

void add(SpentGroup& group, const SpanChunk& chunk, std::uint32_t row, std::uint32_t flags) {
  if ((flags & span_flag::kCall) != 0) ++group.calls;
  if ((flags & span_flag::kCountsCost) != 0) {
    add_saturating(group.cost_nanos, chunk.cost_nanos[row]);
  }
  if ((flags & span_flag::kCountsTokens) == 0) return;
  group.input_tokens += chunk.input_tokens[row];
  group.output_tokens += chunk.output_tokens[row];
  group.tokens += chunk.total_tokens[row];
  group.cache_read_tokens += chunk.cache_read_tokens[row];
  group.cache_write_tokens += chunk.cache_write_tokens[row];
}

}  // namespace

CostBreakdown cost_breakdown(const SpanTable& table, GroupBy by, const SpanQuery& query) {
  constexpr std::uint32_t kCounted =
      span_flag::kCall | span_flag::kCountsCost | span_flag::kCountsTokens;
  SpanGroups groups(table, by);
  RunsSeen runs(table.runs().runs().size());
  CostBreakdown result;
  std::vector<std::uint64_t> priced;
  for_each_match(table, query, [&](const SpanRow& at) {
    const std::uint32_t flags = at.chunk->flags[at.row];
    if ((flags & kCounted) == 0) return;
    const std::uint32_t number = groups.group_of(at);
    if (number == result.groups.size()) {
      result.groups.emplace_back();
      priced.push_back(0);
    }
    SpentGroup& group = result.groups[number];
    add(group, *at.chunk, at.row, flags);
    if ((flags & span_flag::kCountsCost) != 0) ++priced[number];
    const std::uint32_t run = at.chunk->run[at.row];
    if (run != 0 && runs.is_first(run, number)) ++group.runs;
  });
  for (std::uint32_t number = 0; number < result.groups.size(); ++number) {
    SpentGroup& group = result.groups[number];
    group.name = groups.name(number);
    group.unpriced_calls = group.calls - std::min(group.calls, priced[number]);
    add_saturating(result.cost_nanos, group.cost_nanos);
    add_saturating(result.tokens, group.tokens);
    result.calls += group.calls;
  }
  for (SpentGroup& group : result.groups) {
    if (result.cost_nanos == 0) break;
    group.share = static_cast<double>(group.cost_nanos) / static_cast<double>(result.cost_nanos);
  }
  const bool by_time = by == GroupBy::kDay || by == GroupBy::kHour;
  std::sort(result.groups.begin(), result.groups.end(),
            [&](const SpentGroup& a, const SpentGroup& b) {
              if (by_time) return a.name > b.name;
              if (a.cost_nanos != b.cost_nanos) return a.cost_nanos > b.cost_nanos;
              return a.tokens != b.tokens ? a.tokens > b.tokens : a.name < b.name;
            });
  return result;
}

}  // namespace v1
}  // namespace tracebus
