// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/span_selection.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

#include "tracebus/studio/packed_payload.h"
#include "tracebus/studio/span_filter.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Among equals the one that came first is first, whichever way the rest goes.
struct Candidate {
  std::int64_t key;
  SpanRow at;

  bool operator<(const Candidate& other) const noexcept {
    if (key != other.key) return key < other.key;
    return at.number() < other.at.number();
  }
};

std::int64_t key_of(const SpanChunk& chunk, std::uint32_t row, SpanSort sort) noexcept {
  switch (sort) {
    case SpanSort::kByTime:
      return chunk.time_ns[row];
    case SpanSort::kByDuration:
      return chunk.duration_ns[row];
    case SpanSort::kByCost:
      return chunk.cost_nanos[row];
    case SpanSort::kByTokens:
      return chunk.total_tokens[row];
    default:
      return static_cast<std::int64_t>(chunk.first + row);
  }
}

// Keeps the first `wanted` of those that are offered.
class Selector {
 public:
  explicit Selector(std::size_t wanted) : wanted_(wanted) {}

  void offer(const Candidate& candidate) {
    if (is_cut_ && !(candidate < worst_)) return;
    kept_.push_back(candidate);
    if (kept_.size() < 2 * std::max<std::size_t>(wanted_, 512) || kept_.size() < wanted_) return;
    cut();
  }
  std::vector<Candidate> take() {
    cut();
    std::sort(kept_.begin(), kept_.end());
    return std::move(kept_);
  }

 private:
  void cut() {
    if (kept_.size() <= wanted_) return;
    if (wanted_ != 0) {
      const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(wanted_ - 1);
      std::nth_element(kept_.begin(), last, kept_.end());
      worst_ = *last;
      is_cut_ = true;
    }
    kept_.resize(wanted_);
  }

  const std::size_t wanted_;
  std::vector<Candidate> kept_;
  Candidate worst_{};
  bool is_cut_ = false;
};

std::size_t page_end(const SpanQuery& query) noexcept {
  const std::size_t room = std::numeric_limits<std::size_t>::max() / 4;
  return std::min(query.offset, room) + std::min(query.limit, room);
}

}  // namespace

SpanSelection select_spans(const SpanTable& table, const SpanQuery& query) {
  SpanSelection selection;
  const std::size_t end = page_end(query);
  if (query.sort == SpanSort::kByArrival && !query.descending) {
    for_each_match(table, query, [&](const SpanRow& at) {
      const std::uint64_t index = selection.matched++;
      if (index >= query.offset && index < end) selection.rows.push_back(at);
    });
    return selection;
  }
  Selector selector(end);
  for_each_match(table, query, [&](const SpanRow& at) {
    ++selection.matched;
    const std::int64_t key = key_of(*at.chunk, at.row, query.sort);
    // The complement turns the order around without leaving the range.
    selector.offer({query.descending ? ~key : key, at});
  });
  const std::vector<Candidate> kept = selector.take();
  for (std::size_t i = query.offset; i < kept.size(); ++i) selection.rows.push_back(kept[i].at);
  return selection;
}

StoredSpan stored_span(const SpanTable& table, const SpanRow& at, std::int64_t now_ns,
                       std::int64_t stale_after_ns) {
  const SpanChunk& chunk = *at.chunk;
  const std::uint32_t row = at.row;
  const SpanNames& names = table.names();
  const auto text = [&](SpanText column) { return names.of(column).text(chunk.text(column)[row]); };
  const std::uint32_t flags = chunk.flags[row];
  StoredSpan span;
  span.number = at.number();
  if ((flags & span_flag::kHasTime) != 0) {
    span.timestamp = Timestamp::from_unix_ns(chunk.time_ns[row]);
  }
  span.event_type = text(SpanText::kType);
  span.agent_name = text(SpanText::kAgent);
  span.pattern = text(SpanText::kPattern);
  span.workflow = text(SpanText::kWorkflow);
  span.model = text(SpanText::kModel);
  span.provider = text(SpanText::kProvider);
  span.session = text(SpanText::kSession);
  span.user = text(SpanText::kUser);
  span.name = text(SpanText::kName);
  const RunEntry& run = table.runs().runs()[chunk.run[row]];
  span.run_id = names.ids.text(run.id_text);
  const TraceEntry& trace = table.runs().trace(chunk.trace[row]);
  span.trace_id = names.ids.text(trace.text);
  span.trace = trace.id;
  const std::uint64_t ids[2] = {chunk.span_id[row], chunk.parent_span_id[row]};
  std::memcpy(span.span_id.bytes.data(), &ids[0], sizeof ids[0]);
  std::memcpy(span.parent_span_id.bytes.data(), &ids[1], sizeof ids[1]);
  const SpanIdTexts foreign = unpack_span_ids(chunk.payload(row));
  span.foreign_span_id = foreign.span_id;
  span.foreign_parent_span_id = foreign.parent_span_id;
  if (chunk.kind[row] != 0) span.kind = static_cast<SpanKind>(chunk.kind[row] - 1);
  if ((flags & span_flag::kOk) != 0) span.status = SpanStatus::kOk;
  if ((flags & span_flag::kFailed) != 0) span.status = SpanStatus::kFailed;
  span.is_start = (flags & span_flag::kStart) != 0;
  span.is_duplicate = (flags & span_flag::kDuplicate) != 0;
  span.is_open = (flags & span_flag::kOpen) != 0;
  const std::int64_t last_ns = std::max(run.last_ns, chunk.time_ns[row]);
  span.is_stale = span.is_open && now_ns > last_ns && now_ns - last_ns > stale_after_ns;
  span.duration_ms = static_cast<double>(chunk.duration_ns[row]) / 1e6;
  if ((flags & span_flag::kHasCost) != 0) {
    span.cost_nanos = chunk.cost_nanos[row];
    span.cost_estimate = static_cast<double>(*span.cost_nanos) / 1e9;
  }
  span.input_tokens = chunk.input_tokens[row];
  span.output_tokens = chunk.output_tokens[row];
  span.tokens = chunk.total_tokens[row];
  span.cache_read_tokens = chunk.cache_read_tokens[row];
  span.cache_write_tokens = chunk.cache_write_tokens[row];
  return span;
}

}  // namespace v1
}  // namespace tracebus
