// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/agent_traffic.h"

#include <algorithm>
#include <cstddef>

#include "tracebus/core/hash.h"
#include "tracebus/studio/span_filter.h"
#include "tracebus/trace/hand_off.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kReasonsMax = 65'536;  // texts; what comes later has the empty one
constexpr int kClimbMax = 256;                 // spans above a span

constexpr std::uint8_t column_of(SpanKind kind) noexcept {
  return static_cast<std::uint8_t>(static_cast<int>(kind) + 1);
}

std::uint64_t span_key(const SpanChunk& chunk, std::uint32_t row, std::uint64_t id) noexcept {
  if (id == 0) return 0;
  const std::uint64_t key = fold_words(id ^ kHashFirst, std::uint64_t{chunk.trace[row]} + 1);
  return key == 0 ? 1 : key;
}

TrafficFigures figures_of(const SpanChunk& chunk, std::uint32_t row) noexcept {
  using namespace span_flag;
  const std::uint32_t flags = chunk.flags[row];
  TrafficFigures figures;
  figures.events = 1;
  figures.calls = (flags & kCall) != 0;
  figures.errors = (flags & span_flag::kError) != 0 || (ends(flags) && (flags & kFailed) != 0);
  figures.open = (flags & kOpen) != 0;
  figures.outcomes = ends(flags) || (flags & span_flag::kError) != 0;
  if ((flags & kCountsCost) != 0) figures.cost_nanos = chunk.cost_nanos[row];
  if ((flags & kCountsTokens) != 0) figures.tokens = chunk.total_tokens[row];
  return figures;
}

TrafficFigures& at_number(std::vector<TrafficFigures>& all, std::uint32_t number) {
  if (number >= all.size()) all.resize(number + 1);
  return all[number];
}

std::string_view text_of(const Payload& payload, std::string_view key, std::string_view short_key) {
  std::string_view found;
  for (const Attribute& each : payload) {
    if (each.value.type() != ValueType::kString) continue;
    if (each.key == key) return each.value.as_string();
    if (each.key == short_key) found = each.value.as_string();
  }
  return found;
}

}  // namespace

void TrafficFigures::add(const TrafficFigures& other) noexcept {
  events += other.events;
  calls += other.calls;
  errors += other.errors;
  open += other.open;
  recent_calls += other.recent_calls;
  outcomes += other.outcomes;
  add_saturating(cost_nanos, other.cost_nanos);
  add_saturating(tokens, other.tokens);
}

AgentTraffic::AgentTraffic(const SpanTable& table, const SpanQuery& query, std::int64_t recent_ns)
    : table_(table),
      hand_off_type_(table.names().of(SpanText::kType).find(kHandoff.name()).value_or(0)),
      recent_ns_(recent_ns) {
  for_each_match(table, query, [this](const SpanRow& at) { add(at); });
  find_callers();
}

std::uint32_t AgentTraffic::actor_of(std::uint32_t pattern, std::uint32_t agent) {
  // Agents tend to say several things in a row.
  if (last_actor_ < actors_.size() && actors_[last_actor_].pattern == pattern &&
      actors_[last_actor_].agent == agent) {
    return last_actor_;
  }
  const auto [number, is_new] = actor_numbers_.enter(std::uint64_t{pattern} << 32 | agent);
  if (is_new) {
    number = static_cast<std::uint32_t>(actors_.size());
    actors_.push_back({pattern, agent, {}});
  }
  return last_actor_ = number;
}

void AgentTraffic::note_time(const SpanRow& at) noexcept {
  const SpanChunk& chunk = *at.chunk;
  if ((chunk.flags[at.row] & span_flag::kHasTime) == 0) return;
  const std::int64_t time_ns = chunk.time_ns[at.row];
  std::int64_t start_ns = 0;
  if (__builtin_sub_overflow(time_ns, chunk.duration_ns[at.row], &start_ns)) start_ns = time_ns;
  first_ns_ = std::min(first_ns_, start_ns);
  last_ns_ = std::max(last_ns_, time_ns);
}

AgentTraffic::Outcome AgentTraffic::outcome_of(const SpanRow& at) const noexcept {
  const std::uint32_t flags = at.chunk->flags[at.row];
  return {(flags & span_flag::kFailed) != 0,
          (flags & span_flag::kHasTime) != 0 && at.chunk->time_ns[at.row] >= recent_ns_};
}

void AgentTraffic::add(const SpanRow& at) {
  const SpanChunk& chunk = *at.chunk;
  const std::uint32_t agent = chunk.text(SpanText::kAgent)[at.row];
  TrafficFigures figures = figures_of(chunk, at.row);
  if (outcome_of(at).is_recent) figures.recent_calls = figures.calls;
  note_time(at);
  const std::uint32_t flags = chunk.flags[at.row];
  const bool uses_tool = chunk.kind[at.row] == column_of(SpanKind::kTool) && span_flag::ends(flags);
  std::uint32_t actor = kUser;
  // What nobody did is not an actor's, unless it called somebody or cost something.
  if (agent != 0 || figures.calls != 0 || uses_tool || figures.cost_nanos != 0 ||
      figures.tokens != 0) {
    actor = actor_of(chunk.text(SpanText::kPattern)[at.row], agent);
    actors_[actor].figures.add(figures);
    add_call(at, actor, figures);
  }
  add_span(at, actor);
  if (hand_off_type_ != 0 && chunk.text(SpanText::kType)[at.row] == hand_off_type_) {
    add_hand_off(at);
  }
}

void AgentTraffic::add_call(const SpanRow& at, std::uint32_t actor, const TrafficFigures& figures) {
  const SpanChunk& chunk = *at.chunk;
  const std::uint32_t flags = chunk.flags[at.row];
  const Outcome outcome = outcome_of(at);
  if (chunk.kind[at.row] == column_of(SpanKind::kTool)) {
    const std::uint32_t tool = chunk.text(SpanText::kName)[at.row];
    if (tool == 0) return;
    TrafficFigures& of = at_number(tools_, tool);
    of.add(figures);
    if (!span_flag::ends(flags)) return;
    ++of.calls;
    if (outcome.is_recent) ++of.recent_calls;
    calls_.push_back({actor, tool, true, outcome});
    return;
  }
  const std::uint32_t model = chunk.text(SpanText::kModel)[at.row];
  const bool is_call = chunk.kind[at.row] == column_of(SpanKind::kLlm) || figures.calls != 0 ||
                       figures.cost_nanos != 0 || figures.tokens != 0;
  if (model == 0 || !is_call) return;
  at_number(models_, model).add(figures);
  if (figures.calls != 0) calls_.push_back({actor, model, false, outcome});
}

void AgentTraffic::add_span(const SpanRow& at, std::uint32_t actor) {
  using namespace span_flag;
  const SpanChunk& chunk = *at.chunk;
  const std::uint32_t flags = chunk.flags[at.row];
  const std::uint64_t id = chunk.span_id[at.row];
  const bool first_heard = (flags & (kStart | kWhole)) != 0 || (flags & (kEnd | kPaired)) == kEnd;
  if (id == 0 || !first_heard || (flags & kDuplicate) != 0) return;
  // A model's call is around nothing.
  if (chunk.kind[at.row] == column_of(SpanKind::kLlm)) return;
  const bool is_agent = chunk.kind[at.row] == column_of(SpanKind::kAgent) &&
                        chunk.text(SpanText::kAgent)[at.row] != 0;
  const Above above = {span_key(chunk, at.row, chunk.parent_span_id[at.row]),
                       is_agent ? actor : kUser};
  spans_.enter(span_key(chunk, at.row, id)).first = above;
  if (is_agent) begun_.push_back({above.parent, actor, outcome_of(at)});
}

void AgentTraffic::add_hand_off(const SpanRow& at) {
  const SpanChunk& chunk = *at.chunk;
  const Payload payload = table_.event_at(at).payload;
  const std::uint32_t pattern = chunk.text(SpanText::kPattern)[at.row];
  const std::string_view from = text_of(payload, kHandOffFrom, "from");
  const std::string_view to = text_of(payload, kHandOffTo, "to");
  const std::uint32_t said = chunk.text(SpanText::kAgent)[at.row];
  if (to.empty() || (from.empty() && said == 0)) return;
  hand_offs_.push_back({actor_of(pattern, from.empty() ? said : agent_called(from)),
                        actor_of(pattern, agent_called(to)),
                        reason_called(text_of(payload, kHandOffReason, "reason")), outcome_of(at)});
}

void AgentTraffic::find_callers() {
  for (const Begun& begun : begun_) {
    std::uint64_t key = begun.parent;
    const Above* above = nullptr;
    for (int i = 0; i < kClimbMax && key != 0; ++i) {
      above = spans_.find(key);
      if (above == nullptr || above->actor != kUser) break;
      key = above->parent;
    }
    if (key == 0) {
      agent_calls_.push_back({kUser, begun.actor, begun.outcome});
    } else if (above != nullptr && above->actor != kUser &&
               actors_[above->actor].agent != actors_[begun.actor].agent) {
      agent_calls_.push_back({above->actor, begun.actor, begun.outcome});
    }
  }
}

std::uint32_t AgentTraffic::agent_called(std::string_view name) {
  const NameTable& agents = table_.names().of(SpanText::kAgent);
  if (const auto number = agents.find(name)) return *number;
  return agents.size() + strangers_.number_of(name);
}

std::uint32_t AgentTraffic::reason_called(std::string_view text) {
  if (reasons_.size() < kReasonsMax) return reasons_.number_of(text);
  return reasons_.find(text).value_or(0);
}

std::string_view AgentTraffic::agent_text(std::uint32_t agent) const noexcept {
  const NameTable& agents = table_.names().of(SpanText::kAgent);
  return agent < agents.size() ? agents.text(agent) : strangers_.text(agent - agents.size());
}
std::string_view AgentTraffic::pattern_text(std::uint32_t pattern) const noexcept {
  return table_.names().of(SpanText::kPattern).text(pattern);
}
std::string_view AgentTraffic::model_text(std::uint32_t model) const noexcept {
  return table_.names().of(SpanText::kModel).text(model);
}
std::string_view AgentTraffic::tool_text(std::uint32_t tool) const noexcept {
  return table_.names().of(SpanText::kName).text(tool);
}

}  // namespace v1
}  // namespace tracebus
