// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/run_json.h"

#include "tracebus/core/json_fields.h"
#include "tracebus/studio/store_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string node_json(const Trace& trace, const TraceTree& tree, const TraceNode& node) {
  const TraceSpan& span = tree.span_of(node);
  JsonFields fields;
  fields.add("span_id", span.span_id_text())
      .add("parent_span_id", span.parent_span_id_text())
      .add("depth", node.depth)
      .add("place", to_text(node.place))
      .add("name", span.name())
      .add("kind", to_string(span.kind()))
      .add("status", to_string(span.status()))
      .add("error", span.status_message())
      .add("open", span.is_open())
      .add("start", json_time(Timestamp::from_unix_ns(span.start_ns())));
  const double start_ns =
      static_cast<double>(span.start_ns()) - static_cast<double>(trace.start_ns());
  const SpanFigures& own = node.own;
  const auto said = [](bool has, auto value) { return has ? std::optional(value) : std::nullopt; };
  const double duration_ms = static_cast<double>(span.duration_ns()) / 1e6;
  fields.add("start_ms", start_ns / 1e6)
      .add("duration_ms", said(span.has_duration(), duration_ms))
      .add("model", span.model());
  return fields.add("cost_usd", said(own.has_cost, own.cost.to_dollars()))
      .add("input_tokens", said(own.has_usage, own.usage.input))
      .add("output_tokens", said(own.has_usage, own.usage.output))
      .to_string();
}

}  // namespace

std::string run_json(const RunSummary& run, const Trace& trace) {
  std::string spans = "[";
  const TraceTree tree = trace.get_span_tree();
  for (const TraceNode& node : tree.nodes()) {
    if (spans.size() > 1) spans += ',';
    spans += node_json(trace, tree, node);
  }
  return visible_json(run_fields(run).add_json("spans", spans + "]").to_string());
}

std::string span_json(const StoredSpan& span, std::string_view event_json) {
  return visible_json(event_fields(span, event_json).to_string());
}

}  // namespace v1
}  // namespace tracebus
