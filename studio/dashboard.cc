// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/dashboard.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "tracebus/studio/span_filter.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kOkRate = 0.97;

// Of one half, or of all.
struct Figures {
  std::uint64_t runs = 0, succeeded = 0, failed = 0, timed_calls = 0;
  std::int64_t cost_nanos = 0, tokens = 0;
  bool has_cost = false, has_tokens = false;
  double latency_s = 0;

  std::optional<double> success_rate() const noexcept {
    if (succeeded + failed == 0) return std::nullopt;
    return static_cast<double>(succeeded) / static_cast<double>(succeeded + failed);
  }
  std::optional<double> cost_usd() const noexcept {
    return has_cost ? std::optional(static_cast<double>(cost_nanos) / 1e9) : std::nullopt;
  }
  std::optional<double> token_sum() const noexcept {
    return has_tokens ? std::optional(static_cast<double>(tokens)) : std::nullopt;
  }
  std::optional<double> mean_latency_s() const noexcept {
    if (timed_calls == 0) return std::nullopt;
    return latency_s / static_cast<double>(timed_calls);
  }
};

// The time of the events, halved and cut into twelfths.
struct TimeRange {
  std::int64_t first_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_ns = std::numeric_limits<std::int64_t>::min();

  bool empty() const noexcept { return first_ns > last_ns; }
  double share_of(std::int64_t ns) const noexcept {
    const double whole = static_cast<double>(last_ns) - static_cast<double>(first_ns);
    if (whole <= 0) return 0;
    return (static_cast<double>(ns) - static_cast<double>(first_ns)) / whole;
  }
  bool is_second_half(std::int64_t ns) const noexcept { return share_of(ns) >= 0.5; }
  std::size_t twelfth_of(std::int64_t ns) const noexcept {
    const auto place = static_cast<std::size_t>(std::max(0.0, share_of(ns) * 12));
    return std::min(place, Dashboard::kCostPoints - 1);
  }
  std::int64_t end_of(std::size_t twelfth) const noexcept {
    const auto whole = static_cast<__int128>(last_ns) - first_ns;
    return static_cast<std::int64_t>(first_ns + whole * static_cast<int>(twelfth + 1) / 12);
  }
};

struct Health {
  std::uint64_t calls = 0, errors = 0, timed = 0;
  double latency_ms = 0;
};

class Builder {
 public:
  Builder(const SpanTable& table, std::int64_t now_ns, std::int64_t stale_after_ns)
      : table_(table), now_ns_(now_ns), stale_after_ns_(stale_after_ns),
        providers_(table, GroupBy::kProvider) {
    for (const auto& chunk : table.chunks()) {
      range_.first_ns = std::min(range_.first_ns, chunk->time_min_ns);
      range_.last_ns = std::max(range_.last_ns, chunk->time_max_ns);
    }
  }

  Dashboard build() {
    for_each_match(table_, {}, [this](const SpanRow& at) { add(at); });
    for (std::size_t run = 1; run < table_.runs().runs().size(); ++run) {
      add_run(table_.runs().runs()[run]);
    }
    Dashboard board;
    if (!range_.empty()) {
      board.from = Timestamp::from_unix_ns(range_.first_ns);
      board.until = Timestamp::from_unix_ns(range_.last_ns);
    }
    const auto count = [](const Figures& figures) {
      return figures.runs == 0 ? std::nullopt : std::optional(static_cast<double>(figures.runs));
    };
    board.runs = kpi(count);
    board.success_rate = kpi([](const Figures& figures) { return figures.success_rate(); });
    board.cost_usd = kpi([](const Figures& figures) { return figures.cost_usd(); });
    board.tokens = kpi([](const Figures& figures) { return figures.token_sum(); });
    board.latency_s = kpi([](const Figures& figures) { return figures.mean_latency_s(); });
    board.recent_runs =
        select_runs(table_, {.limit = Dashboard::kRecentRuns}, now_ns_, stale_after_ns_).runs;
    board.cost_over_time = cost_over_time();
    board.cost_by_provider = costing(GroupBy::kProvider, std::numeric_limits<std::size_t>::max());
    board.top_agents = costing(GroupBy::kAgent, Dashboard::kTopAgents);
    board.providers = health();
    return board;
  }

 private:
  Figures& half_of(std::int64_t ns) noexcept { return halves_[range_.is_second_half(ns) ? 1 : 0]; }

  void add(const SpanRow& at) {
    const SpanChunk& chunk = *at.chunk;
    const std::uint32_t flags = chunk.flags[at.row];
    add_to(all_, at, flags);
    if ((flags & span_flag::kHasTime) != 0) {
      const std::int64_t ns = chunk.time_ns[at.row];
      add_to(half_of(ns), at, flags);
      if ((flags & span_flag::kCountsCost) != 0) {
        add_saturating(twelfths_[range_.twelfth_of(ns)], chunk.cost_nanos[at.row]);
        has_timed_cost_ = true;
      }
    }
    add_health(at, flags);
  }

  static bool is_call(const SpanRow& at, std::uint32_t flags) noexcept {
    constexpr auto kLlm = static_cast<std::uint8_t>(static_cast<int>(SpanKind::kLlm) + 1);
    return (flags & (span_flag::kEnd | span_flag::kWhole)) != 0 && at.chunk->kind[at.row] == kLlm;
  }

  static void add_to(Figures& figures, const SpanRow& at, std::uint32_t flags) {
    const SpanChunk& chunk = *at.chunk;
    if ((flags & span_flag::kCountsCost) != 0) {
      figures.has_cost = true;
      add_saturating(figures.cost_nanos, chunk.cost_nanos[at.row]);
    }
    if ((flags & span_flag::kCountsTokens) != 0) {
      figures.has_tokens = true;
      add_saturating(figures.tokens, chunk.total_tokens[at.row]);
    }
    if ((flags & span_flag::kHasDuration) != 0 && is_call(at, flags)) {
      ++figures.timed_calls;
      figures.latency_s += static_cast<double>(chunk.duration_ns[at.row]) / 1e9;
    }
  }

  void add_health(const SpanRow& at, std::uint32_t flags) {
    const bool call = is_call(at, flags);
    const bool error =
        (flags & span_flag::kError) != 0 && (at.chunk->text(SpanText::kModel)[at.row] != 0 ||
                                             at.chunk->text(SpanText::kProvider)[at.row] != 0);
    if (!call && !error) return;
    const std::uint32_t number = providers_.group_of(at);
    if (number == health_.size()) health_.emplace_back();
    Health& health = health_[number];
    if (call) ++health.calls;
    if (error || (flags & span_flag::kFailed) != 0) ++health.errors;
    if (call && (flags & span_flag::kHasDuration) != 0) {
      ++health.timed;
      health.latency_ms += static_cast<double>(at.chunk->duration_ns[at.row]) / 1e6;
    }
  }

  // A run counts in the half in which it began.
  void add_run(const RunEntry& run) {
    const RunStatus status = status_of(run, now_ns_, stale_after_ns_);
    const auto count = [status](Figures& figures) {
      ++figures.runs;
      if (status == RunStatus::kSucceeded) ++figures.succeeded;
      if (status == RunStatus::kFailed) ++figures.failed;
    };
    count(all_);
    if (run.first_ns <= run.last_ns && !range_.empty()) count(half_of(run.first_ns));
  }

  template <class Read>
  Kpi kpi(const Read& read) const {
    return {read(all_), read(halves_[0]), read(halves_[1])};
  }

  std::vector<CostPoint> cost_over_time() const {
    std::vector<CostPoint> points;
    if (!has_timed_cost_) return points;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < Dashboard::kCostPoints; ++i) {
      add_saturating(sum, twelfths_[i]);
      points.push_back({Timestamp::from_unix_ns(range_.end_of(i)), sum});
    }
    return points;
  }

  std::vector<SpentGroup> costing(GroupBy by, std::size_t most) const {
    std::vector<SpentGroup> groups = cost_breakdown(table_, by, {}).groups;
    std::erase_if(groups, [](const SpentGroup& group) { return group.cost_nanos == 0; });
    if (groups.size() > most) groups.resize(most);
    return groups;
  }

  std::vector<ProviderHealth> health() const {
    std::vector<ProviderHealth> result;
    for (std::uint32_t number = 0; number < health_.size(); ++number) {
      const Health& health = health_[number];
      if (health.calls == 0) continue;
      ProviderHealth& provider = result.emplace_back();
      provider.name = providers_.name(number);
      provider.calls = health.calls;
      provider.errors = health.errors;
      const std::uint64_t good = health.calls - std::min(health.calls, health.errors);
      provider.success_rate = static_cast<double>(good) / static_cast<double>(health.calls);
      provider.is_ok = provider.success_rate >= kOkRate;
      if (health.timed != 0) {
        provider.mean_latency_ms = health.latency_ms / static_cast<double>(health.timed);
      }
    }
    std::sort(result.begin(), result.end(), [](const ProviderHealth& a, const ProviderHealth& b) {
      return a.calls != b.calls ? a.calls > b.calls : a.name < b.name;
    });
    return result;
  }

  const SpanTable& table_;
  const std::int64_t now_ns_;
  const std::int64_t stale_after_ns_;
  TimeRange range_;
  Figures all_;
  Figures halves_[2];
  std::int64_t twelfths_[Dashboard::kCostPoints] = {};
  bool has_timed_cost_ = false;
  SpanGroups providers_;
  std::vector<Health> health_;  // by group
};

std::string format(const char* pattern, std::optional<double> value) {
  if (!value) return "-";
  char text[400];
  std::snprintf(text, sizeof text, pattern, *value);
  return text;
}

}  // namespace

std::string Dashboard::success_rate_text() const {
  if (!success_rate.value) return "-";
  return format("%.1f %%", *success_rate.value * 100);
}

std::string Dashboard::cost_text() const {
  return format(cost_usd.value.value_or(0) < 1 ? "$%.4f" : "$%.2f", cost_usd.value);
}

std::string Dashboard::tokens_text() const {
  std::string text = format("%.0f", tokens.value);
  for (std::size_t at = text.size(); tokens.value && at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string Dashboard::latency_text() const { return format("%.1f s", latency_s.value); }

Dashboard dashboard_of(const SpanTable& table, std::int64_t now_ns, std::int64_t stale_after_ns) {
  return Builder(table, now_ns, stale_after_ns).build();
}

}  // namespace v1
}  // namespace tracebus
