// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/provider_breakdown.h"

#include <algorithm>
#include <utility>

#include "tracebus/studio/duration_list.h"
#include "tracebus/studio/span_filter.h"
#include "tracebus/studio/span_groups.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kHourNs = 3'600'000'000'000;

class Builder {
 public:
  Builder(const SpanTable& table, std::int64_t now_ns)
      : groups_(table, GroupBy::kProvider), until_ns_(std::min(now_ns, table.last_ns())) {}

  void add(const SpanRow& at) {
    using namespace span_flag;
    constexpr auto kLlm = static_cast<std::uint8_t>(static_cast<int>(SpanKind::kLlm) + 1);
    const SpanChunk& chunk = *at.chunk;
    const std::uint32_t flags = chunk.flags[at.row];
    const bool call = ends(flags) && chunk.kind[at.row] == kLlm;
    const bool error =
        (flags & span_flag::kError) != 0 &&
        (chunk.text(SpanText::kModel)[at.row] != 0 || chunk.text(SpanText::kProvider)[at.row] != 0);
    if (!call && !error && (flags & (kCountsCost | kCountsTokens)) == 0) return;
    const std::uint32_t group = groups_.group_of(at);
    if (group == all_.size()) all_.emplace_back();
    ProviderFigures& figures = all_[group].figures;
    if (call) ++figures.calls;
    if (error || (call && (flags & kFailed) != 0)) {
      ++figures.errors;
      if ((flags & kHasTime) != 0 && is_of_last_hour(chunk.time_ns[at.row])) ++figures.hour_errors;
    }
    if ((flags & kCountsCost) != 0) add_saturating(figures.cost_nanos, chunk.cost_nanos[at.row]);
    if ((flags & kCountsTokens) != 0) add_saturating(figures.tokens, chunk.total_tokens[at.row]);
    if (call && (flags & kHasDuration) != 0) all_[group].durations.add(chunk.duration_ns[at.row]);
  }

  std::vector<ProviderFigures> take() {
    std::vector<ProviderFigures> result;
    for (std::uint32_t group = 0; group < all_.size(); ++group) {
      DurationList& durations = all_[group].durations;
      ProviderFigures& figures = result.emplace_back(std::move(all_[group].figures));
      figures.name = groups_.name(group);
      figures.mean_ms = durations.mean_ms();
      figures.p50_ms = durations.percentile_ms(50);
      figures.p90_ms = durations.percentile_ms(90);
      figures.p99_ms = durations.percentile_ms(99);
    }
    std::ranges::sort(result, [](const ProviderFigures& a, const ProviderFigures& b) {
      return a.calls != b.calls ? a.calls > b.calls : a.name < b.name;
    });
    return result;
  }
  std::int64_t until_ns() const noexcept { return until_ns_; }

 private:
  struct Provider {
    ProviderFigures figures;
    DurationList durations;
  };

  bool is_of_last_hour(std::int64_t ns) const noexcept {
    return ns <= until_ns_ && static_cast<__int128>(until_ns_) - ns < kHourNs;
  }

  SpanGroups groups_;
  const std::int64_t until_ns_;
  std::vector<Provider> all_;  // by group
};

}  // namespace

double ProviderFigures::success_rate() const noexcept {
  if (calls == 0) return 0;
  const std::uint64_t good = calls - std::min(calls, errors);
  return static_cast<double>(good) / static_cast<double>(calls);
}

ProviderBreakdown provider_breakdown(const SpanTable& table, const SpanQuery& query,
                                     std::int64_t now_ns) {
  Builder builder(table, now_ns);
  for_each_match(table, query, [&builder](const SpanRow& at) { builder.add(at); });
  ProviderBreakdown result;
  result.providers = builder.take();
  if (table.last_ns() != 0) result.hour_until = Timestamp::from_unix_ns(builder.until_ns());
  return result;
}

}  // namespace v1
}  // namespace tracebus
