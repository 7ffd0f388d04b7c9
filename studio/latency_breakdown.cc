// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/latency_breakdown.h"

#include <algorithm>
#include <utility>

#include "tracebus/studio/duration_list.h"
#include "tracebus/studio/span_filter.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct Durations {
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  DurationList list;
};

LatencyGroup group_of(std::string name, Durations& durations) {
  LatencyGroup group;
  group.name = std::move(name);
  group.count = durations.count;
  group.errors = durations.errors;
  group.mean_ms = durations.list.mean_ms();
  group.p50_ms = durations.list.percentile_ms(50);
  group.p90_ms = durations.list.percentile_ms(90);
  group.p99_ms = durations.list.percentile_ms(99);
  group.max_ms = durations.list.percentile_ms(100);
  return group;
}

}  // namespace

std::vector<LatencyGroup> latency_breakdown(const SpanTable& table, GroupBy by, SpanQuery query) {
  if (!query.kind) query.kind = SpanKind::kLlm;
  SpanGroups groups(table, by);
  std::vector<Durations> all;
  for_each_match(table, query, [&](const SpanRow& at) {
    const std::uint32_t flags = at.chunk->flags[at.row];
    if (!span_flag::ends(flags)) return;
    const std::uint32_t number = groups.group_of(at);
    if (number == all.size()) all.emplace_back();
    Durations& durations = all[number];
    ++durations.count;
    if ((flags & span_flag::kFailed) != 0) ++durations.errors;
    if ((flags & span_flag::kHasDuration) != 0) durations.list.add(at.chunk->duration_ns[at.row]);
  });
  std::vector<LatencyGroup> result;
  for (std::uint32_t number = 0; number < all.size(); ++number) {
    result.push_back(group_of(groups.name(number), all[number]));
  }
  std::sort(result.begin(), result.end(), [](const LatencyGroup& a, const LatencyGroup& b) {
    return a.count != b.count ? a.count > b.count : a.name < b.name;
  });
  return result;
}

}  // namespace v1
}  // namespace tracebus
