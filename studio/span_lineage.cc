// SPDX-License-Identifier: Apache-2.0
//
// What a SpanTable knows of an event by others of its span, or of those above it: that it came
// before, and whose it is.
#include "tracebus/core/hash.h"
#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kClimbMax = 256;  // spans above a span

constexpr std::uint8_t column_of(SpanKind kind) noexcept {
  return static_cast<std::uint8_t>(static_cast<int>(kind) + 1);
}

// The duration that the event itself says.
std::int64_t said_duration_ns(const SpanChunk& chunk, std::uint32_t row,
                              std::uint32_t flags) noexcept {
  constexpr std::uint32_t kBoth = span_flag::kHasDuration | span_flag::kPairedDuration;
  return (flags & kBoth) == span_flag::kHasDuration ? chunk.duration_ns[row] : -1;
}

}  // namespace

void SpanTable::index(const SpanChunk& chunk, std::uint32_t row, std::uint64_t key) {
  index_.put(key, chunk.first + row, [this](std::uint64_t number) {
    const SpanRow at = find(number);
    return at.chunk == nullptr ? 0 : span_key(*at.chunk, at.row, at.chunk->span_id[at.row]);
  });
}

// The event before that is this one: delivered twice, as by a spool that was not told.
SpanRow SpanTable::find_twin(const SpanRow& of, std::uint32_t flags, std::uint64_t key,
                             const std::optional<Origin>& origin) const {
  using namespace span_flag;
  const SpanChunk& chunk = *of.chunk;
  const std::uint32_t row = of.row;
  SpanRow twin;
  const auto is_twin = [&](std::uint64_t number) {
    const SpanRow at = find(number);
    if (at.chunk == nullptr) return false;
    const SpanChunk& its = *at.chunk;
    const std::uint32_t other = at.row;
    const std::uint32_t its_flags = its.flags[other];
    constexpr std::uint32_t kSame =
        kStart | kEnd | kWhole | kFailed | kOk | kHasTime | kHasCost | kHasTokens;
    const bool same =
        its.span_id[other] == chunk.span_id[row] && its.run[other] == chunk.run[row] &&
        its.trace[other] == chunk.trace[row] && ((its_flags ^ flags) & kSame) == 0 &&
        its.text(SpanText::kType)[other] == chunk.text(SpanText::kType)[row] &&
        its.time_ns[other] == chunk.time_ns[row] &&
        its.cost_nanos[other] == chunk.cost_nanos[row] &&
        its.input_tokens[other] == chunk.input_tokens[row] &&
        its.output_tokens[other] == chunk.output_tokens[row] &&
        its.total_tokens[other] == chunk.total_tokens[row] &&
        said_duration_ns(its, other, its_flags) == said_duration_ns(chunk, row, flags);
    if (!same) return false;
    // Who numbers its events says itself whether they are one.
    if (const auto its_origin = origin ? event_at(at).origin : std::nullopt) {
      if (*its_origin != *origin) return false;
    }
    twin = at;
    return true;
  };
  index_.find(key, is_twin);
  return twin;
}

// A duplicate is shown as the first is, and counts nothing.
std::uint32_t SpanTable::copy_twin(SpanChunk& chunk, std::uint32_t row, std::uint32_t flags,
                                   const SpanRow& twin) {
  using namespace span_flag;
  const SpanChunk& its = *twin.chunk;
  chunk.kind.set(row, its.kind[twin.row]);
  chunk.duration_ns.set(row, its.duration_ns[twin.row]);
  chunk.parent_span_id.set(row, its.parent_span_id[twin.row]);
  for (const SpanText column : {SpanText::kModel, SpanText::kProvider, SpanText::kName}) {
    set_text(chunk, row, column, its.text(column)[twin.row]);
  }
  ++duplicates_;
  constexpr std::uint32_t kShown = kHasDuration | kPairedDuration | kPaired;
  return flags | kDuplicate | (its.flags[twin.row] & kShown);
}

// Of the span with that id and those above it, in the run of the row.
SpanTable::Above SpanTable::look_above(const SpanChunk& chunk, std::uint32_t row,
                                       std::uint64_t id) const {
  const std::uint32_t run = chunk.run[row];
  for (int i = 0; i < kClimbMax && id != 0; ++i) {
    const std::uint64_t key = span_key(chunk, row, id);
    bool is_known = false;
    std::uint32_t agent = 0;
    std::uint64_t parent = 0;
    index_.find(key, [&](std::uint64_t number) {
      const SpanRow at = find(number);
      if (at.chunk == nullptr || at.chunk->span_id[at.row] != id || at.chunk->run[at.row] != run) {
        return false;
      }
      is_known = true;
      if (at.chunk->parent_span_id[at.row] != 0) parent = at.chunk->parent_span_id[at.row];
      agent = at.chunk->text(SpanText::kAgent)[at.row];
      return agent != 0;
    });
    if (agent != 0) return {agent, 0};
    if (!is_known) return {0, key};
    id = parent;
  }
  return {};
}

// What says no agent is of the nearest span above it that does; others may say it later.
std::uint32_t SpanTable::take_agent(SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type) {
  const std::uint8_t kind = chunk.kind[row];
  const bool is_own = kind == column_of(SpanKind::kAgent) || kind == column_of(SpanKind::kPattern);
  if (is_own || chunk.text(SpanText::kAgent)[row] != 0) return 0;
  const bool is_span = type.moment != SpanMoment::kNone;
  const Above above =
      look_above(chunk, row, is_span ? chunk.parent_span_id[row] : chunk.span_id[row]);
  if (above.missing != 0) waiting_.add(above.missing, chunk.first + row);
  if (above.agent == 0) return 0;
  set_text(chunk, row, SpanText::kAgent, above.agent);
  return span_flag::kTakenAgent;
}

// The span of the row is heard of for the first time: those below it that waited know more now.
void SpanTable::tell_waiting(const SpanChunk& chunk, std::uint32_t row, std::uint64_t key) {
  if (!waiting_.has(key)) return;
  Above above{chunk.text(SpanText::kAgent)[row], 0};
  if (above.agent == 0) above = look_above(chunk, row, chunk.parent_span_id[row]);
  if (above.missing != 0 && above.missing != key) return waiting_.move(key, above.missing);
  waiting_.take(key, [&](std::uint64_t number) {
    SpanChunk* const its = chunk_of(number);
    if (its == nullptr || above.agent == 0) return;
    const auto its_row = static_cast<std::uint32_t>(number - its->first);
    set_text(*its, its_row, SpanText::kAgent, above.agent);
    its->flags.set(its_row, its->flags[its_row] | span_flag::kTakenAgent);
  });
}

}  // namespace v1
}  // namespace tracebus
