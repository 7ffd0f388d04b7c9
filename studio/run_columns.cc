// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/run_columns.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/render/self_time.h"
#include "tracebus/studio/critical_path.h"
#include "tracebus/studio/store_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Texts in the order in which they were first met; the first is empty.
class Texts {
 public:
  Texts() { index_of({}); }
  // Borrows text.
  std::size_t index_of(std::string_view text) {
    const auto [place, is_new] = indexes_.try_emplace(text, texts_.size());
    if (is_new) texts_.push_back(text);
    return place->second;
  }
  std::string json() const {
    return json_array(texts_, [](std::string_view text) {
      std::string json;
      append_json_string(json, text);
      return json;
    });
  }

 private:
  std::unordered_map<std::string_view, std::size_t> indexes_;
  std::vector<std::string_view> texts_;
};

class Columns {
 public:
  Columns(const Trace& trace, const TraceTree& tree, std::size_t spans_max)
      : tree_(tree), start_ns_(trace.start_ns()),
        nodes_(std::span(tree.nodes()).first(std::min(spans_max, tree.nodes().size()))) {}

  // value(at): JSON's text appended to out for node number at.
  template <class Value>
  void add(std::string_view key, const Value& value) {
    out_ += out_.empty() ? "{\"" : ",\"";
    out_.append(key).append("\":[");
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      if (at != 0) out_ += ',';
      value(at);
    }
    out_ += ']';
  }
  template <class Value>
  void add_numbers(std::string_view key, const Value& value) {
    add(key, [&](std::size_t at) {
      append_json_int64(out_, static_cast<std::int64_t>(value(nodes_[at], span_at(at))));
    });
  }
  template <class Value>
  void add_texts(std::string_view key, const Value& value) {
    add_numbers(key, [&](const TraceNode& node, const TraceSpan& span) {
      return texts_.index_of(value(node, span));
    });
  }
  template <class Value>
  void add_ms(std::string_view key, const Value& value) {
    add(key, [&](std::size_t at) { append_json_double(out_, value(at) / 1e6); });
  }
  void add_usage(std::string_view key, std::int64_t TokenUsage::*tokens) {
    add(key, [&](std::size_t at) {
      const SpanFigures& own = nodes_[at].own;
      if (own.has_usage) return append_json_int64(out_, own.usage.*tokens);
      out_ += "null";
    });
  }

  void add_identity() {
    add("span_id",
        [this](std::size_t at) { append_json_string(out_, span_at(at).span_id_text()); });
    add_numbers("parent", [](const TraceNode& node, const TraceSpan&) {
      return node.parent == TraceNode::kNone ? std::int64_t{-1} : std::int64_t{node.parent};
    });
    add_numbers("depth", [](const TraceNode& node, const TraceSpan&) { return node.depth; });
    add_texts("place", [](const TraceNode& node, const TraceSpan&) { return to_text(node.place); });
    add_texts("name", [](const TraceNode&, const TraceSpan& span) { return span.name(); });
    add_texts("agent", [](const TraceNode&, const TraceSpan& span) { return span.agent_name(); });
    add_texts("kind",
              [](const TraceNode&, const TraceSpan& span) { return to_string(span.kind()); });
    add_texts("status",
              [](const TraceNode&, const TraceSpan& span) { return to_string(span.status()); });
    add_texts("model", [](const TraceNode&, const TraceSpan& span) { return span.model(); });
  }

  void add_times(const std::vector<std::uint8_t>& critical) {
    add_ms("start_ms", [this](std::size_t at) {
      return static_cast<double>(static_cast<__int128>(span_at(at).start_ns()) - start_ns_);
    });
    add_ms("duration_ms",
           [this](std::size_t at) { return static_cast<double>(span_at(at).duration_ns()); });
    add_ms("self_ms",
           [this](std::size_t at) { return static_cast<double>(self_time_ns(tree_, at)); });
    add_numbers("open", [](const TraceNode&, const TraceSpan& span) { return span.is_open(); });
    add("critical", [&](std::size_t at) { out_ += critical[at] != 0 ? '1' : '0'; });
  }

  void add_figures() {
    add("cost_usd", [this](std::size_t at) {
      const SpanFigures& own = nodes_[at].own;
      if (own.has_cost) return append_json_double(out_, own.cost.to_dollars());
      out_ += "null";
    });
    add_usage("input_tokens", &TokenUsage::input);
    add_usage("output_tokens", &TokenUsage::output);
    add_texts("error",
              [](const TraceNode&, const TraceSpan& span) { return span.status_message(); });
  }

  std::string json() const { return out_ + '}'; }
  std::string texts_json() const { return texts_.json(); }
  std::size_t left_out() const { return tree_.nodes().size() - nodes_.size(); }

 private:
  const TraceSpan& span_at(std::size_t at) const { return tree_.span_of(nodes_[at]); }

  const TraceTree& tree_;
  const std::int64_t start_ns_;
  const std::span<const TraceNode> nodes_;
  std::string out_;
  Texts texts_;
};

}  // namespace

std::string run_columns_json(const RunSummary& run, const Trace& trace, std::size_t spans_max) {
  const TraceTree tree = trace.get_span_tree();
  Columns columns(trace, tree, spans_max);
  columns.add_identity();
  columns.add_times(critical_path(trace, tree));
  columns.add_figures();
  std::optional<Timestamp> start;
  if (run.start) start = Timestamp::from_unix_ns(trace.start_ns());
  return JsonFields()
      .add_json("run", run_fields(run).to_string())
      .add("start", json_time(start))
      .add_json("texts", columns.texts_json())
      .add_json("spans", columns.json())
      .add("truncated", columns.left_out() + trace.lost_spans())
      .to_string();
}

}  // namespace v1
}  // namespace tracebus
