// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/run_summary.h"

#include <algorithm>

namespace tracebus {
inline namespace v1 {
namespace {

bool has_times(const RunEntry& run) noexcept { return run.first_ns <= run.last_ns; }

bool matches(const SpanTable& table, const RunEntry& run, const RunQuery& query) {
  const auto is = [&](const std::string& wanted, SpanText column, std::uint32_t number) {
    return wanted.empty() || table.names().of(column).text(number) == wanted;
  };
  const bool by_workflow = run.workflow != 0;
  return is(query.workflow, by_workflow ? SpanText::kWorkflow : SpanText::kPattern,
            by_workflow ? run.workflow : run.pattern) &&
         is(query.pattern, SpanText::kPattern, run.pattern) &&
         is(query.session, SpanText::kSession, run.session) &&
         is(query.user, SpanText::kUser, run.user) &&
         (!query.from_ns || (has_times(run) && run.last_ns >= *query.from_ns)) &&
         (!query.until_ns || (has_times(run) && run.first_ns < *query.until_ns));
}

}  // namespace

std::string_view to_string(RunStatus status) noexcept {
  constexpr std::string_view kNames[] = {"unknown", "open", "stale", "success", "failed"};
  return kNames[static_cast<std::size_t>(status)];
}

RunStatus status_of(const RunEntry& run, std::int64_t now_ns,
                    std::int64_t stale_after_ns) noexcept {
  if (run.open_spans != 0) {
    std::int64_t silent_ns = 0;
    if (__builtin_sub_overflow(now_ns, run.last_ns, &silent_ns)) return RunStatus::kStale;
    return silent_ns > stale_after_ns ? RunStatus::kStale : RunStatus::kOpen;
  }
  if (!run.has_ended) return RunStatus::kUnknown;
  return run.has_failed ? RunStatus::kFailed : RunStatus::kSucceeded;
}

RunSummary run_summary(const SpanTable& table, const RunEntry& run, std::int64_t now_ns,
                       std::int64_t stale_after_ns) {
  const SpanNames& names = table.names();
  RunSummary summary;
  summary.run_id = names.ids.text(run.id_text);
  summary.pattern = names.of(SpanText::kPattern).text(run.pattern);
  summary.workflow = run.workflow != 0
                         ? std::string(names.of(SpanText::kWorkflow).text(run.workflow))
                         : summary.pattern;
  summary.session = names.of(SpanText::kSession).text(run.session);
  summary.user = names.of(SpanText::kUser).text(run.user);
  summary.status = status_of(run, now_ns, stale_after_ns);
  if (has_times(run)) {
    summary.start = Timestamp::from_unix_ns(run.first_ns);
    summary.end = Timestamp::from_unix_ns(run.last_ns);
    summary.duration_s =
        (static_cast<double>(run.last_ns) - static_cast<double>(run.first_ns)) / 1e9;
    std::int64_t ns = 0;
    if (!__builtin_sub_overflow(run.last_ns, run.first_ns, &ns)) {
      summary.duration_s = static_cast<double>(ns) / 1e9;
    }
  }
  summary.steps = run.agents != 0 ? run.agents : run.calls;
  summary.calls = run.calls;
  summary.errors = run.errors;
  summary.events = run.events;
  summary.lost_events = run.lost_events;
  summary.open_spans = run.open_spans;
  summary.cost_nanos = run.cost_nanos;
  if (run.has_cost) summary.cost_usd = static_cast<double>(run.cost_nanos) / 1e9;
  summary.input_tokens = run.input_tokens;
  summary.output_tokens = run.output_tokens;
  summary.tokens = run.total_tokens;
  return summary;
}

void LatestRuns::offer(const RunEntry& run) {
  const Candidate candidate = {has_times(run) ? run.first_ns : 0, run.first_span, &run};
  if (is_cut_ && !(candidate < worst_)) return;
  kept_.push_back(candidate);
  constexpr std::size_t kSpare = 1024;
  if (kept_.size() >= kSpare && kept_.size() / 2 >= wanted_) cut();
}

void LatestRuns::cut() {
  if (kept_.size() <= wanted_) return;
  if (wanted_ != 0) {
    const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(wanted_ - 1);
    std::nth_element(kept_.begin(), last, kept_.end());
    worst_ = *last;
    is_cut_ = true;
  }
  kept_.resize(wanted_);
}

std::vector<const RunEntry*> LatestRuns::take() {
  cut();
  std::sort(kept_.begin(), kept_.end());
  std::vector<const RunEntry*> runs;
  for (const Candidate& each : kept_) runs.push_back(each.run);
  return runs;
}

RunPage select_runs(const SpanTable& table, const RunQuery& query, std::int64_t now_ns,
                    std::int64_t stale_after_ns) {
  const std::size_t room = std::numeric_limits<std::size_t>::max() / 4;
  LatestRuns latest(std::min(query.offset, room) + std::min(query.limit, room));
  RunPage page;
  const auto& runs = table.runs().runs();
  for (std::size_t number = 1; number < runs.size(); ++number) {
    const RunEntry& run = runs[number];
    const bool has_status =
        !query.status || status_of(run, now_ns, stale_after_ns) == *query.status;
    if (!has_status || !matches(table, run, query)) continue;
    ++page.matched;
    latest.offer(run);
  }
  const std::vector<const RunEntry*> found = latest.take();
  for (std::size_t i = query.offset; i < found.size(); ++i) {
    page.runs.push_back(run_summary(table, *found[i], now_ns, stale_after_ns));
  }
  return page;
}

}  // namespace v1
}  // namespace tracebus
