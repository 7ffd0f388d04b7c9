// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/dashboard.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

#include "tracebus/studio/cost_sums.h"
#include "tracebus/studio/span_table.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kOkRate = 0.97;

// Of one half, or of what has no time.
struct Figures {
  std::uint64_t runs = 0, succeeded = 0, failed = 0, timed_calls = 0;
  std::int64_t cost_nanos = 0, tokens = 0;
  bool has_cost = false, has_tokens = false;
  double latency_ns = 0;

  void add(const Figures& other) noexcept {
    runs += other.runs;
    succeeded += other.succeeded;
    failed += other.failed;
    timed_calls += other.timed_calls;
    add_saturating(cost_nanos, other.cost_nanos);
    add_saturating(tokens, other.tokens);
    has_cost |= other.has_cost;
    has_tokens |= other.has_tokens;
    latency_ns += other.latency_ns;
  }
  std::optional<double> run_count() const noexcept {
    return runs == 0 ? std::nullopt : std::optional(static_cast<double>(runs));
  }
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
    return latency_ns / 1e9 / static_cast<double>(timed_calls);
  }
};

// The time of the events, halved and cut into twelfths.
class TimeRange {
 public:
  static constexpr std::size_t kTwelfths = Dashboard::kCostPoints;
  static constexpr std::size_t kHalf = kTwelfths / 2;

  explicit TimeRange(const SpanTable& table) noexcept {
    for (const auto& chunk : table.chunks()) {
      first_ns_ = std::min(first_ns_, chunk->time_min_ns);
      last_ns_ = std::max(last_ns_, chunk->time_max_ns);
    }
    const __int128 whole = static_cast<__int128>(last_ns_) - first_ns_;
    for (std::size_t i = 1; i < kTwelfths && whole > 0; ++i) {
      const auto before = (whole * static_cast<int>(i) + kTwelfths - 1) / kTwelfths;
      begins_[i - 1] = static_cast<std::int64_t>(first_ns_ + before);
    }
  }
  bool empty() const noexcept { return first_ns_ > last_ns_; }
  std::int64_t first_ns() const noexcept { return first_ns_; }
  std::int64_t last_ns() const noexcept { return last_ns_; }
  std::size_t twelfth_of(std::int64_t ns) const noexcept {
    std::size_t place = 0;
    for (const std::int64_t begin : begins_) place += ns >= begin ? 1 : 0;
    return place;
  }
  std::int64_t end_of(std::size_t twelfth) const noexcept {
    const auto whole = static_cast<__int128>(last_ns_) - first_ns_;
    return static_cast<std::int64_t>(first_ns_ + whole * static_cast<int>(twelfth + 1) /
                                                     static_cast<int>(kTwelfths));
  }

 private:
  std::int64_t first_ns_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_ns_ = std::numeric_limits<std::int64_t>::min();
  // Of all twelfths but the first; where there is no time, none begins.
  std::array<std::int64_t, kTwelfths - 1> begins_ = [] {
    std::array<std::int64_t, kTwelfths - 1> never{};
    never.fill(std::numeric_limits<std::int64_t>::max());
    return never;
  }();
};

struct Health {
  std::uint64_t calls = 0, errors = 0, timed = 0;
  double latency_ns = 0;
};

// All in one pass: the columns of ten million events are half a gigabyte.
class Builder {
 public:
  Builder(const SpanTable& table, std::int64_t now_ns, std::int64_t stale_after_ns)
      : table_(table), now_ns_(now_ns), stale_after_ns_(stale_after_ns), range_(table),
        by_provider_(table, GroupBy::kProvider), by_agent_(table, GroupBy::kAgent) {}

  Dashboard build() {
    for (const auto& chunk : table_.chunks()) add_chunk(*chunk);
    LatestRuns latest(Dashboard::kRecentRuns);
    for (std::size_t run = 1; run < table_.runs().runs().size(); ++run) {
      add_run(table_.runs().runs()[run]);
      latest.offer(table_.runs().runs()[run]);
    }
    Dashboard board;
    if (!range_.empty()) {
      board.from = Timestamp::from_unix_ns(range_.first_ns());
      board.until = Timestamp::from_unix_ns(range_.last_ns());
    }
    board.runs = kpi(&Figures::run_count);
    board.success_rate = kpi(&Figures::success_rate);
    board.cost_usd = kpi(&Figures::cost_usd);
    board.tokens = kpi(&Figures::token_sum);
    board.latency_s = kpi(&Figures::mean_latency_s);
    for (const RunEntry* const run : latest.take()) {
      board.recent_runs.push_back(run_summary(table_, *run, now_ns_, stale_after_ns_));
    }
    board.cost_over_time = cost_over_time();
    board.cost_by_provider = costing(by_provider_, by_provider_.size());
    board.top_agents = costing(by_agent_, Dashboard::kTopAgents);
    board.providers = health();
    return board;
  }

 private:
  static constexpr std::uint32_t kLookedAt =
      CostSums::kCounted | span_flag::kError | span_flag::kEnd | span_flag::kWhole;

  void add_chunk(const SpanChunk& chunk) {
    // Most chunks lie within one twelfth.
    const std::size_t first = range_.twelfth_of(chunk.time_min_ns);
    const bool has_times = chunk.time_min_ns <= chunk.time_max_ns;
    const bool is_one = has_times && first == range_.twelfth_of(chunk.time_max_ns);
    for (std::uint32_t row = 0; row < chunk.rows; ++row) {
      const std::uint32_t flags = chunk.flags[row];
      if ((flags & kLookedAt) == 0) continue;
      if ((flags & span_flag::kHasTime) == 0) {
        add({&chunk, row}, flags, untimed_);
        continue;
      }
      const std::size_t twelfth = is_one ? first : range_.twelfth_of(chunk.time_ns[row]);
      add({&chunk, row}, flags, halves_[twelfth / TimeRange::kHalf]);
      if ((flags & span_flag::kCountsCost) == 0) continue;
      add_saturating(twelfths_[twelfth], chunk.cost_nanos[row]);
      has_timed_cost_ = true;
    }
  }

  void add(const SpanRow& at, std::uint32_t flags, Figures& figures) {
    constexpr auto kLlm = static_cast<std::uint8_t>(static_cast<int>(SpanKind::kLlm) + 1);
    const SpanChunk& chunk = *at.chunk;
    const bool call = span_flag::ends(flags) && chunk.kind[at.row] == kLlm;
    const bool error =
        (flags & span_flag::kError) != 0 &&
        (chunk.text(SpanText::kModel)[at.row] != 0 || chunk.text(SpanText::kProvider)[at.row] != 0);
    const bool counts = (flags & CostSums::kCounted) != 0;
    if (!call && !error && !counts) return;
    const std::uint32_t provider = by_provider_.group_of(at);
    if (call || error) {
      if (provider >= health_.size()) health_.resize(by_provider_.size());
      Health& health = health_[provider];
      if (call) ++health.calls;
      if (error || (flags & span_flag::kFailed) != 0) ++health.errors;
    }
    if (call && (flags & span_flag::kHasDuration) != 0) {
      const auto ns = static_cast<double>(chunk.duration_ns[at.row]);
      ++health_[provider].timed;
      health_[provider].latency_ns += ns;
      ++figures.timed_calls;
      figures.latency_ns += ns;
    }
    if (!counts) return;
    const CostSums::Addend addend(at, flags);
    by_provider_.add(provider, addend);
    by_agent_.add(by_agent_.group_of(at), addend);
    figures.has_cost |= addend.has_cost;
    add_saturating(figures.cost_nanos, addend.cost_nanos);
    figures.has_tokens |= addend.has_tokens;
    add_saturating(figures.tokens, addend.tokens);
  }

  // A run counts in the half in which it began.
  void add_run(const RunEntry& run) {
    const bool has_times = run.first_ns <= run.last_ns && !range_.empty();
    Figures& figures =
        has_times ? halves_[range_.twelfth_of(run.first_ns) / TimeRange::kHalf] : untimed_;
    const RunStatus status = status_of(run, now_ns_, stale_after_ns_);
    ++figures.runs;
    if (status == RunStatus::kSucceeded) ++figures.succeeded;
    if (status == RunStatus::kFailed) ++figures.failed;
  }

  template <class Read>
  Kpi kpi(const Read& read) const {
    Figures all = halves_[0];
    all.add(halves_[1]);
    all.add(untimed_);
    return {(all.*read)(), (halves_[0].*read)(), (halves_[1].*read)()};
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

  static std::vector<SpentGroup> costing(const CostSums& sums, std::size_t most) {
    std::vector<SpentGroup> groups = sums.breakdown(most).groups;
    std::erase_if(groups, [](const SpentGroup& group) { return group.cost_nanos == 0; });
    return groups;
  }

  std::vector<ProviderHealth> health() const {
    std::vector<ProviderHealth> result;
    for (std::uint32_t number = 0; number < health_.size(); ++number) {
      const Health& health = health_[number];
      if (health.calls == 0) continue;
      ProviderHealth& provider = result.emplace_back();
      provider.name = by_provider_.name(number);
      provider.calls = health.calls;
      provider.errors = health.errors;
      const std::uint64_t good = health.calls - std::min(health.calls, health.errors);
      provider.success_rate = static_cast<double>(good) / static_cast<double>(health.calls);
      provider.is_ok = provider.success_rate >= kOkRate;
      if (health.timed != 0) {
        provider.mean_latency_ms = health.latency_ns / 1e6 / static_cast<double>(health.timed);
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
  const TimeRange range_;
  Figures halves_[2];
  Figures untimed_;
  std::int64_t twelfths_[Dashboard::kCostPoints] = {};
  bool has_timed_cost_ = false;
  CostSums by_provider_;
  CostSums by_agent_;
  std::vector<Health> health_;  // by group of providers
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
