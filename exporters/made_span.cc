// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/made_span.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kFailedWords[] = {"error", "ERROR", "failed", "failure"};

std::string_view text_of(const EventView& event, std::string_view key) noexcept {
  const auto value = event.find(key);
  return value && value->type() == ValueType::kString ? value->as_string() : std::string_view();
}

std::string_view first_text(const EventView& event, std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const std::string_view text = text_of(event, key); !text.empty()) return text;
  }
  return {};
}

bool says_failed(const EventView& event) noexcept {
  const std::string_view status = text_of(event, "status");
  if (std::ranges::find(kFailedWords, status) != std::end(kFailedWords)) return true;
  const auto success = event.find("success");
  return success && success->type() == ValueType::kBool && !success->as_bool();
}

std::string_view failure_of(const EventView& event) {
  constexpr std::string_view kKeys[] = {"message", "error", "error_message", "error.message"};
  return first_text(event, kKeys);
}

std::string_view name_of(const EventView& event, const PairRole& role) {
  constexpr std::string_view kModels[] = {"model", "gen_ai.request.model", "llm.model_name"};
  constexpr std::string_view kTools[] = {"tool_name", "tool", "gen_ai.tool.name", "name"};
  constexpr std::string_view kNames[] = {"name"};
  std::string_view name;
  switch (role.kind) {
    case SpanKind::kAgent:
      name = event.agent_name();
      break;
    case SpanKind::kPattern:
      name = event.pattern_type();
      break;
    case SpanKind::kLlm:
    case SpanKind::kEmbedding:
      name = first_text(event, kModels);
      break;
    case SpanKind::kTool:
      name = first_text(event, kTools);
      break;
    default:
      name = first_text(event, kNames);
  }
  return name;
}

// In nanoseconds; events before 1970 or after 2262 saturate.
double milliseconds_between(const Timestamp& from, const Timestamp& to) noexcept {
  const std::int64_t ns = to.to_unix_ns() - from.to_unix_ns();
  return std::max<double>(0, static_cast<double>(ns) / 1e6);
}

bool has_key(const Payload& payload, std::string_view key) noexcept {
  return std::ranges::any_of(payload, [&](const Attribute& each) { return each.key == key; });
}

// Of the event's attributes, those that are not said already.
void add_attributes(Payload& payload, const Payload& said, const Payload& of_event) {
  for (const Attribute& attribute : of_event) {
    if (attribute.key == "duration_ms" || has_key(said, attribute.key)) continue;
    payload.add(attribute);
  }
}

template <class Id>
void fill(Id& id, std::uint64_t first, std::uint64_t second) noexcept {
  std::uint64_t words[] = {first | 1, second};  // one bit, so that it is not none
  std::memcpy(id.bytes.data(), words, std::min(sizeof id.bytes, sizeof words));
}

}  // namespace

EventIds completed_ids(const EventView& event, const EventIds* enclosing) noexcept {
  EventIds ids = event.ids();
  const Origin origin = event.origin();
  const std::uint64_t producer =
      fold_words(origin.instance ^ kHashFirst, std::uint64_t{origin.producer} ^ kHashSecond);
  const std::uint64_t first = fold_words(producer ^ kHashFirst, origin.sequence ^ kHashSecond);
  if (ids.parent_span_id.is_none() && enclosing != nullptr &&
      enclosing->span_id.bytes != ids.span_id.bytes) {
    ids.parent_span_id = enclosing->span_id;
    if (ids.trace_id.is_none()) ids.trace_id = enclosing->trace_id;
  }
  if (ids.trace_id.is_none()) ids.trace_id.bytes = ids.run_id.bytes;
  if (ids.trace_id.is_none()) fill(ids.trace_id, first, producer);
  if (ids.span_id.is_none()) fill(ids.span_id, first, 0);
  return ids;
}

std::optional<double> said_duration_ms(const EventView& event) noexcept {
  const auto ms = event.find("duration_ms");
  if (ms && ms->is_number()) return ms->to_double();
  const auto seconds = event.find("duration_seconds");
  if (seconds && seconds->is_number()) return seconds->to_double() * 1e3;
  return std::nullopt;
}

TraceEvent span_of_pair(const EventView& start, const EventIds& start_ids, const EventView& end,
                        const PairRole& role) {
  const double lasted = milliseconds_between(start.timestamp(), end.timestamp());
  EventIds ids = end.ids();
  if (ids.run_id.is_none()) ids.run_id = start_ids.run_id;
  if (ids.trace_id.is_none()) ids.trace_id = start_ids.trace_id;
  if (ids.span_id.is_none()) ids.span_id = start_ids.span_id;
  if (ids.parent_span_id.is_none()) ids.parent_span_id = start_ids.parent_span_id;
  const auto said = end.find("duration_ms");
  TraceEvent made =
      span_of_end(end, role, said && said->is_number() ? said->to_double() : lasted, ids);
  const TraceEvent begun = start.to_event();
  if (made.agent_name.empty()) made.agent_name = begun.agent_name;
  if (made.pattern_type.empty()) made.pattern_type = begun.pattern_type;
  const Payload of_end = made.payload;
  add_attributes(made.payload, of_end, begun.payload);
  if (!has_key(of_end, "span.name")) {
    if (const std::string_view name = name_of(start, role); !name.empty()) {
      made.payload.add("span.name", name);
    }
  }
  ForeignIds& texts = made.foreign_ids;
  if (end.run_id().is_none()) texts.run_id = begun.foreign_ids.run_id;
  if (end.trace_id().is_none()) texts.trace_id = begun.foreign_ids.trace_id;
  if (end.span_id().is_none()) texts.span_id = begun.foreign_ids.span_id;
  if (end.parent_span_id().is_none()) texts.parent_span_id = begun.foreign_ids.parent_span_id;
  return made;
}

TraceEvent span_of_end(const EventView& end, const PairRole& role, double duration_ms,
                       const EventIds& ids) {
  TraceEvent made = end.to_event();
  const bool failed = role.failed || says_failed(end);
  const Payload of_end = std::move(made.payload);
  made.ids = ids;
  made.payload = {{"span.kind", to_string(role.kind)},
                  {"span.status", to_string(failed ? SpanStatus::kFailed : SpanStatus::kOk)},
                  {"duration_ms", duration_ms}};
  const std::string_view name = name_of(end, role);
  if (!name.empty()) made.payload.add("span.name", name);
  const std::string_view failure = failed ? failure_of(end) : std::string_view();
  if (!failure.empty()) made.payload.add("span.status_message", failure);
  add_attributes(made.payload, {}, of_end);
  return made;
}

TraceEvent unfinished_span(const EventView& start, const PairRole& role, const EventIds& ids,
                           Timestamp until) {
  const double lasted = milliseconds_between(start.timestamp(), until);
  TraceEvent made = span_of_end(start, role, lasted, ids);
  Payload payload;
  for (const Attribute& attribute : made.payload) {
    if (attribute.key == "span.status") {
      payload.add(attribute.key, to_string(SpanStatus::kUnset));
    } else {
      payload.add(attribute);
    }
  }
  payload.add("unfinished", true);
  made.payload = std::move(payload);
  made.timestamp = std::max(start.timestamp(), until);
  return made;
}

}  // namespace v1
}  // namespace tracebus
