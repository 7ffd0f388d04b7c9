// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tracebus/studio/moment_text.h"
#include "tracebus/tools/look/top_figures.h"

namespace tracebus {
inline namespace v1 {
namespace {

void add_spans(const SpanPage& page, std::vector<TopFigures::Span>& spans) {
  for (const StoredSpan& span : page) {
    spans.push_back({.time = moment_text(span.timestamp),
                     .event_type = std::string(span.event_type),
                     .agent = std::string(span.agent_name),
                     .name = std::string(span.name),
                     .model = std::string(span.model),
                     .run_id = std::string(span.run_id),
                     .duration_ms = span.duration_ms});
  }
}

}  // namespace

TopFigures top_of_store(const TraceStore& store, std::uint64_t events) {
  TopFigures top;
  top.events = events;
  const std::int64_t now_ns = Timestamp::now().to_unix_ns();
  const std::int64_t from_ns = now_ns - std::chrono::nanoseconds(TopFigures::kWindow).count();
  const SpanPage first = store.query({.from_ns = 0, .sort = SpanSort::kByTime, .limit = 1});
  if (!first.empty() && store.summary().evicted == 0) {
    top.see_from(first[0].timestamp->to_unix_ns(), now_ns);
  }
  const RunPage open = store.runs({.status = RunStatus::kOpen, .limit = TopFigures::kRuns});
  top.open_runs = open.matched;
  for (const RunSummary& run : open.runs) {
    top.runs.push_back({.run_id = run.run_id,
                        .workflow = run.workflow,
                        .start = moment_text(run.start),
                        .steps = run.steps,
                        .calls = run.calls,
                        .cost_usd = run.cost_usd});
  }
  const CostBreakdown costs = store.costs(GroupBy::kModel, {.from_ns = from_ns});
  top.cost_usd = static_cast<double>(costs.cost_nanos) / 1e9;
  top.calls = costs.calls;
  const SpanPage failed = store.query({.status = SpanStatus::kFailed,
                                       .from_ns = from_ns,
                                       .sort = SpanSort::kByTime,
                                       .descending = true,
                                       .limit = TopFigures::kSpans});
  top.errors = failed.matched();
  add_spans(failed, top.failed);
  for (const SpanKind kind : {SpanKind::kLlm, SpanKind::kTool}) {
    add_spans(store.query({.min_duration_ms = 0.001,
                           .kind = kind,
                           .from_ns = from_ns,
                           .sort = SpanSort::kByDuration,
                           .descending = true,
                           .limit = TopFigures::kSpans}),
              top.slowest);
  }
  std::ranges::stable_sort(top.slowest, std::ranges::greater{}, &TopFigures::Span::duration_ms);
  if (top.slowest.size() > TopFigures::kSpans) top.slowest.resize(TopFigures::kSpans);
  return top;
}

}  // namespace v1
}  // namespace tracebus
