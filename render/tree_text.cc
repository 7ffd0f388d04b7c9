// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/tree_text.h"

#include <string_view>

#include "tracebus/core/visible_text.h"
#include "tracebus/render/text_parts.h"
#include "tracebus/render/tree_lines.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kDollarDigits = 5;
constexpr std::size_t kRunDollarDigits = 4;
constexpr std::size_t kRuleWidth = 41;
constexpr std::size_t kShortIdDigits = 8;

// The one root that everything lies below; null if there is none, or nothing below it.
const TraceNode* headline_of(const TraceTree& tree) noexcept {
  if (tree.tops() != 1 || tree.nodes().size() < 2) return nullptr;
  const TraceNode& top = tree.nodes().front();
  return top.place == TracePlace::kRoot ? &top : nullptr;
}

bool has_open_spans(const Trace& trace) noexcept {
  for (const auto& span : trace.spans()) {
    if (span->is_open()) return true;
  }
  return false;
}

// A foreign id, or the first digits of ours.
void append_short_id(std::string& out, const Trace& trace, const TreeTextOptions& options) {
  const std::string_view text = trace.trace_id_text();
  const bool is_ours = TraceId::from_hex(text).has_value();
  append_cut_visible(out, is_ours ? text.substr(0, kShortIdDigits) : text, options.name_max);
}

void append_unpriced(std::string& out, const SpanFigures& total) {
  if (total.unpriced == 0) return;
  out += ", " + std::to_string(total.unpriced);
  out += total.unpriced == 1 ? " call unpriced" : " calls unpriced";
}

std::string_view pattern_of(const Trace& trace) noexcept {
  for (const auto& span : trace.spans()) {
    if (!span->pattern_type().empty()) return span->pattern_type();
  }
  return {};
}

void append_headline(std::string& out, const Trace& trace, const TraceTree& tree,
                     const TreeTextOptions& options) {
  const TraceNode* const root = headline_of(tree);
  out += "Trace: ";
  const std::string_view service = trace.service_name();
  append_cut_visible(out, service, options.name_max);
  if (!service.empty()) out += " / ";
  if (root != nullptr) {
    append_cut_visible(out, tree.span_of(*root).name(), options.name_max);
  } else {
    append_short_id(out, trace, options);
  }
  out += " (";
  append_duration(out, trace.duration_ns());
  out += has_open_spans(trace) ? " so far" : " total";
  if (tree.total().has_cost) {
    out += ", ";
    append_dollars(out, tree.total().cost, kDollarDigits);
  }
  append_unpriced(out, tree.total());
  out += ')';
  if (root != nullptr) append_remarks(out, tree.span_of(*root), root->place, options);
  out += '\n';
}

// What the pattern says of having ended before its last round.
void append_early_stop(std::string& out, const Trace& trace) {
  const TraceSpan* const root = trace.get_root_span();
  if (root == nullptr) return;
  for (const std::string_view key : {"early_stop", "pyagent.early_stop"}) {
    const std::optional<ValueView> stopped = root->find(key);
    if (!stopped || stopped->type() != ValueType::kBool) continue;
    out += stopped->as_bool() ? ", early_stop: true" : ", early_stop: false";
    return;
  }
}

void append_footer(std::string& out, const Trace& trace, const SpanFigures& total) {
  for (std::size_t i = 0; i < kRuleWidth; ++i) out += "─";
  out += "\nTotal: ";
  if (total.has_cost) {
    append_dollars(out, total.cost, kDollarDigits);
  } else {
    out += "no cost known";
  }
  append_unpriced(out, total);
  append_early_stop(out, trace);
  if (trace.lost_spans() != 0) out += ", spans lost: " + std::to_string(trace.lost_spans());
  out += '\n';
}

// "Run #174" of run-174 and run_174.
void append_run_name(std::string& out, const Trace& trace, const TreeTextOptions& options) {
  std::string_view text = trace.trace_id_text();
  if (TraceId::from_hex(text)) text = text.substr(0, kShortIdDigits);
  if (text.starts_with("run-") || text.starts_with("run_")) text.remove_prefix(4);
  out += "Run #";
  append_cut_visible(out, text, options.name_max);
}

}  // namespace

std::string to_tree_text(const Trace& trace, const TreeTextOptions& options) {
  if (trace.empty()) return "Empty trace\n";
  const TraceTree tree = trace.get_span_tree();
  std::string out;
  append_headline(out, trace, tree, options);
  TreeLines(tree, options, headline_of(tree) != nullptr).append_to(out, 2);
  append_footer(out, trace, tree.total());
  return out;
}

std::string to_run_text(const Trace& trace, const TreeTextOptions& options) {
  const TraceTree tree = trace.get_span_tree();
  const TraceNode* const root = headline_of(tree);
  const TreeLines lines(tree, options, root != nullptr);
  std::string out;
  append_run_name(out, trace, options);
  out += "   ";
  if (root != nullptr) {
    append_cut_visible(out, tree.span_of(*root).name(), options.name_max);
  } else {
    append_cut_visible(out, pattern_of(trace), options.name_max);
  }
  out += "   " + std::to_string(lines.steps()) + (lines.steps() == 1 ? " step   " : " steps   ");
  append_duration(out, trace.duration_ns());
  if (tree.total().has_cost) {
    out += "   ";
    append_dollars(out, tree.total().cost, kRunDollarDigits);
  }
  append_unpriced(out, tree.total());
  if (trace.lost_spans() != 0) out += "   spans lost: " + std::to_string(trace.lost_spans());
  if (root != nullptr) append_remarks(out, tree.span_of(*root), root->place, options);
  out += '\n';
  lines.append_to(out, 1);
  return out;
}

}  // namespace v1
}  // namespace tracebus
