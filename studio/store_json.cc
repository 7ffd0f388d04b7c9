// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/store_json.h"

#include "tracebus/core/span_kind.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/studio/moment_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

// As its source wrote it, else as hex digits; empty for none.
template <class Id>
std::string id_text(std::string_view foreign, const Id& id) {
  if (!foreign.empty()) return std::string(foreign);
  return id ? id.hex() : std::string();
}

std::string group_json(const SpentGroup& group) {
  return JsonFields()
      .add("name", group.name)
      .add("cost_usd", group.cost_usd())
      .add("share", group.share)
      .add("calls", group.calls)
      .add("unpriced_calls", group.unpriced_calls)
      .add("runs", group.runs)
      .add("usd_per_run", group.usd_per_run())
      .add("input_tokens", group.input_tokens)
      .add("output_tokens", group.output_tokens)
      .add("tokens", group.tokens)
      .add("cache_read_tokens", group.cache_read_tokens)
      .add("cache_write_tokens", group.cache_write_tokens)
      .to_string();
}

}  // namespace

std::optional<std::string> json_time(const std::optional<Timestamp>& time) {
  constexpr int kDigits = 9;
  if (!time) return std::nullopt;
  return moment_text(time, kDigits);
}

std::string_view to_text(TracePlace place) noexcept {
  constexpr std::string_view kNames[] = {"child", "root", "orphan", "cycle"};
  return kNames[static_cast<std::size_t>(place)];
}

JsonFields run_fields(const RunSummary& run) {
  JsonFields fields;
  fields.add("run_id", run.run_id)
      .add("workflow", run.workflow)
      .add("pattern", run.pattern)
      .add("session", run.session)
      .add("user", run.user)
      .add("status", to_string(run.status))
      .add("start", json_time(run.start))
      .add("end", json_time(run.end))
      .add("duration_ms", run.duration_s * 1e3)
      .add("steps", run.steps)
      .add("calls", run.calls)
      .add("errors", run.errors)
      .add("events", run.events)
      .add("lost_events", run.lost_events)
      .add("open_spans", run.open_spans)
      .add("cost_usd", run.cost_usd)
      .add("input_tokens", run.input_tokens)
      .add("output_tokens", run.output_tokens)
      .add("tokens", run.tokens);
  return fields;
}

JsonFields event_fields(const StoredSpan& span, std::string_view event_json) {
  JsonFields fields;
  fields.add("number", span.number)
      .add("time", json_time(span.timestamp))
      .add("event_type", span.event_type)
      .add("agent_name", span.agent_name)
      .add("name", span.name)
      .add("kind", span.kind ? to_string(*span.kind) : std::string_view())
      .add("status", to_string(span.status))
      .add("open", span.is_open)
      .add("stale", span.is_stale)
      .add("duplicate", span.is_duplicate)
      .add("model", span.model)
      .add("provider", span.provider)
      .add("workflow", span.workflow)
      .add("pattern", span.pattern)
      .add("run_id", span.run_id)
      .add("trace_id", id_text(span.trace_id, span.trace))
      .add("span_id", id_text(span.foreign_span_id, span.span_id))
      .add("parent_span_id", id_text(span.foreign_parent_span_id, span.parent_span_id))
      .add("session", span.session)
      .add("user", span.user)
      .add("duration_ms", span.duration_ms)
      .add("cost_usd", span.cost_estimate)
      .add("input_tokens", span.input_tokens)
      .add("output_tokens", span.output_tokens)
      .add("tokens", span.tokens)
      .add_json("event", event_json);
  return fields;
}

std::string cost_groups_json(std::span<const SpentGroup> groups) {
  return json_array(groups, group_json);
}

std::string visible_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  append_visible_json(out, json);
  return out;
}

}  // namespace v1
}  // namespace tracebus
