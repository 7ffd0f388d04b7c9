// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/run_json.h"

#include "tracebus/core/visible_text.h"
#include "tracebus/studio/moment_text.h"
#include "tracebus/tools/json_fields.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kTimeDigits = 9;

std::optional<std::string> time_or_null(const std::optional<Timestamp>& time) {
  if (!time) return std::nullopt;
  return moment_text(time, kTimeDigits);
}

std::string_view name_of(TracePlace place) noexcept {
  constexpr std::string_view kNames[] = {"child", "root", "orphan", "cycle"};
  return kNames[static_cast<std::size_t>(place)];
}

std::string node_json(const Trace& trace, const TraceTree& tree, const TraceNode& node) {
  const TraceSpan& span = tree.span_of(node);
  JsonFields fields;
  fields.add("span_id", span.span_id_text())
      .add("parent_span_id", span.parent_span_id_text())
      .add("depth", node.depth)
      .add("place", name_of(node.place))
      .add("name", span.name())
      .add("kind", to_string(span.kind()))
      .add("status", to_string(span.status()))
      .add("error", span.status_message())
      .add("open", span.is_open())
      .add("start", moment_text(Timestamp::from_unix_ns(span.start_ns()), kTimeDigits));
  const double start_ns =
      static_cast<double>(span.start_ns()) - static_cast<double>(trace.start_ns());
  fields.add("start_ms", start_ns / 1e6)
      .add("duration_ms", static_cast<double>(span.duration_ns()) / 1e6)
      .add("model", span.model());
  const SpanFigures& own = node.own;
  const auto said = [](bool has, auto value) { return has ? std::optional(value) : std::nullopt; };
  return fields.add("cost_usd", said(own.has_cost, own.cost.to_dollars()))
      .add("input_tokens", said(own.has_usage, own.usage.input))
      .add("output_tokens", said(own.has_usage, own.usage.output))
      .to_string();
}

std::string printable(std::string_view json) {
  std::string out;
  append_visible_json(out, json);
  return out;
}

}  // namespace

std::string run_json(const RunSummary& run, const Trace& trace) {
  std::string spans = "[";
  const TraceTree tree = trace.get_span_tree();
  for (const TraceNode& node : tree.nodes()) {
    if (spans.size() > 1) spans += ',';
    spans += node_json(trace, tree, node);
  }
  return printable(JsonFields()
                       .add("run_id", run.run_id)
                       .add("workflow", run.workflow)
                       .add("pattern", run.pattern)
                       .add("session", run.session)
                       .add("user", run.user)
                       .add("status", to_string(run.status))
                       .add("start", time_or_null(run.start))
                       .add("end", time_or_null(run.end))
                       .add("duration_ms", run.duration_s * 1e3)
                       .add("steps", run.steps)
                       .add("calls", run.calls)
                       .add("errors", run.errors)
                       .add("events", run.events)
                       .add("open_spans", run.open_spans)
                       .add("cost_usd", run.cost_usd)
                       .add("input_tokens", run.input_tokens)
                       .add("output_tokens", run.output_tokens)
                       .add("tokens", run.tokens)
                       .add_json("spans", spans + "]")
                       .to_string());
}

std::string span_json(const StoredSpan& span, std::string_view event_json) {
  return printable(JsonFields()
                       .add("number", span.number)
                       .add("time", time_or_null(span.timestamp))
                       .add("event_type", span.event_type)
                       .add("agent_name", span.agent_name)
                       .add("name", span.name)
                       .add("kind", span.kind ? to_string(*span.kind) : std::string_view())
                       .add("status", to_string(span.status))
                       .add("open", span.is_open)
                       .add("stale", span.is_stale)
                       .add("model", span.model)
                       .add("provider", span.provider)
                       .add("workflow", span.workflow)
                       .add("pattern", span.pattern)
                       .add("run_id", span.run_id)
                       .add("session", span.session)
                       .add("user", span.user)
                       .add("duration_ms", span.duration_ms)
                       .add("cost_usd", span.cost_estimate)
                       .add("input_tokens", span.input_tokens)
                       .add("output_tokens", span.output_tokens)
                       .add("tokens", span.tokens)
                       .add_json("event", event_json)
                       .to_string());
}

}  // namespace v1
}  // namespace tracebus
