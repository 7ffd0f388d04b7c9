// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/tree_lines.h"

#include <algorithm>
#include <optional>

#include "tracebus/core/visible_text.h"
#include "tracebus/render/filled_line.h"
#include "tracebus/render/text_parts.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::size_t kDollarDigits = 5;
// A name further right than this does not move the other columns.
constexpr std::size_t kNameColumnMax = 72;

bool is_model_call(const TraceSpan& span) noexcept {
  return span.kind() == SpanKind::kLlm || span.kind() == SpanKind::kEmbedding;
}

// Which round of a pattern a span is of; 0 if it does not say.
std::int64_t round_of(const TraceSpan& span) noexcept {
  for (const std::string_view key : {"round", "pyagent.pattern.round"}) {
    const std::optional<ValueView> round = span.find(key);
    if (round && round->type() == ValueType::kInt64) return round->as_int64();
  }
  return 0;
}

// The model without the day of its version: "claude-sonnet-4" of "claude-sonnet-4-20250514", and
// "gpt-4o" of "gpt-4o-2024-08-06".
std::string_view without_date(std::string_view model) noexcept {
  for (const std::string_view form : {"-20dddddd", "-20dd-dd-dd"}) {
    if (model.size() <= form.size()) continue;
    const std::string_view end = model.substr(model.size() - form.size());
    const bool is_date = std::equal(end.begin(), end.end(), form.begin(), [](char c, char wanted) {
      return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
    });
    if (is_date) return model.substr(0, model.size() - form.size());
  }
  return model;
}

void append_tokens(std::string& out, const SpanFigures& figures) {
  if (!figures.has_usage) return;
  out += std::to_string(figures.usage.input) + "→" + std::to_string(figures.usage.output) + " tok";
}

void append_cost(std::string& out, const SpanFigures& figures) {
  if (figures.has_cost) append_dollars(out, figures.cost, kDollarDigits);
  if (figures.unpriced == 0) return;
  if (figures.has_cost) out += " + ";
  out += "unpriced";
}

}  // namespace

void append_label(std::string& out, const TraceTree& tree, const TraceNode& node,
                  const TreeTextOptions& options) {
  const TraceSpan& span = tree.span_of(node);
  std::string_view name = span.name();
  // Where nothing above says whose call it is, the agent's name says more than the model's.
  const std::string_view agent_above = node.parent == TraceNode::kNone
                                           ? std::string_view()
                                           : tree.span_of(tree.nodes()[node.parent]).agent_name();
  const bool for_agent =
      is_model_call(span) && !span.agent_name().empty() && span.agent_name() != agent_above;
  if (for_agent) name = span.agent_name();
  if (!options.profile || for_agent) return append_cut_visible(out, name, options.name_max);
  std::string full;
  append_span_name(full, *options.profile, span.kind(), name);
  append_cut_visible(out, full, options.name_max);
}

void append_error(std::string& out, const TraceSpan& span, const TreeTextOptions& options) {
  if (span.status() != SpanStatus::kFailed) return;
  out += " [error";
  if (!span.status_message().empty()) out += ": ";
  append_cut_visible(out, span.status_message(), options.name_max);
  out += ']';
}

void append_remarks(std::string& out, const TraceSpan& span, TracePlace place,
                    const TreeTextOptions& options) {
  append_error(out, span, options);
  append_oddities(out, span, place);
}

TreeLines::TreeLines(const TraceTree& tree, const TreeTextOptions& options, bool headline,
                     std::size_t cost_gap)
    : tree_(tree), times_(tree), options_(options), headline_(headline), cost_gap_(cost_gap) {
  const std::vector<TraceNode>& nodes = tree.nodes();
  last_line_.resize(nodes.size());
  // Who has no line leaves being the last to the one before it.
  std::vector<bool> parent_done(nodes.size() + 1);
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (is_folded(nodes[i])) continue;
    const std::size_t parent = std::min<std::size_t>(nodes[i].parent, nodes.size());
    last_line_[i] = !parent_done[parent];
    parent_done[parent] = true;
  }
  for (std::size_t i = headline ? 1 : 0; i < nodes.size(); ++i) {
    if (!is_folded(nodes[i])) add_line(i);
  }
}

bool TreeLines::is_folded(const TraceNode& node) const noexcept {
  if (!options_.fold_calls || node.subtree != 1 || node.place != TracePlace::kChild) return false;
  if (headline_ && node.parent == 0) return false;
  const TraceSpan& span = tree_.span_of(node);
  return is_model_call(span) && span.status() != SpanStatus::kFailed && !span.is_open() &&
         !span.is_duplicate();
}

void TreeLines::add_line(std::size_t at) {
  const TraceNode& node = tree_.nodes()[at];
  const TraceSpan& span = tree_.span_of(node);
  const std::uint32_t level = headline_ ? node.depth - 1 : node.depth;
  if (level < options_.indent_max) {
    more_below_.resize(level + 1);
    more_below_[level] = !last_line_[at];
  }
  Line& line = lines_.emplace_back();
  append_indent(line.cells[kNameColumn], node, level);
  line.margin = line.cells[kNameColumn] + (last_line_[at] ? "      " : "│     ");
  line.cells[kNameColumn] += last_line_[at] ? "└── " : "├── ";
  std::string label;
  append_label(label, tree_, node, options_);
  line.cells[kNameColumn] += label;
  if (const auto duration = times_.duration_ns(at)) {
    append_duration(line.cells[kDurationColumn], *duration);
  }
  line.cells[kModelColumn] = model_of(at);
  if (line.cells[kModelColumn] == label) line.cells[kModelColumn].clear();  // a call, so named
  append_tokens(line.cells[kTokensColumn], node.total);
  append_cost(line.cells[kCostColumn], node.total);
  append_remarks(line.remarks, span, node.place, options_);
  line.failed = span.status() == SpanStatus::kFailed;
}

void TreeLines::append_indent(std::string& out, const TraceNode& node, std::uint32_t level) {
  if (level > options_.indent_max) {
    out += "⋯ depth " + std::to_string(node.depth) + ' ';
    return;
  }
  for (std::uint32_t i = 0; i < level; ++i) out += more_below_[i] ? "│   " : "    ";
}

// The span's own, or that of the calls that are told in its line.
std::string TreeLines::model_of(std::size_t at) const {
  const TraceNode& node = tree_.nodes()[at];
  const TraceSpan& span = tree_.span_of(node);
  const std::int64_t round = round_of(span);
  if (round > 1) return "(round " + std::to_string(round) + ")";
  std::string_view model = span.model();
  std::size_t calls = 0;
  bool several = false;
  if (options_.fold_calls) {
    for (std::size_t i = at + 1; i < at + node.subtree; i += tree_.nodes()[i].subtree) {
      if (!is_folded(tree_.nodes()[i])) continue;
      const std::string_view called = tree_.span_of(tree_.nodes()[i]).model();
      several |= ++calls > 1 && called != model;
      model = called;
    }
  }
  std::string text;
  if (several) return std::to_string(calls) + " calls";
  append_cut_visible(text, without_date(model), options_.name_max);
  if (calls > 1) text += " ×" + std::to_string(calls);
  return text;
}

// A column that is empty throughout takes no room.
TreeLines::Places TreeLines::places() const {
  Places widths{};
  for (const Line& line : lines_) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::size_t width = count_code_points(line.cells[i]);
      if (i != kNameColumn || width <= kNameColumnMax) widths[i] = std::max(widths[i], width);
    }
  }
  Places places{};
  std::size_t column = widths[kNameColumn];
  for (std::size_t i = kDurationColumn; i < kColumns; ++i) {
    if (widths[i] == 0) continue;
    column += i == kCostColumn ? cost_gap_ : 2;
    places[i] = column;
    column += widths[i];
  }
  return places;
}

std::size_t TreeLines::width() const {
  const Places places = this->places();
  std::size_t most = 0;
  for (const Line& line : lines_) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (line.cells[i].empty()) continue;
      const std::size_t begin = width == 0 ? 0 : std::max(places[i], width + 1);
      width = begin + count_code_points(line.cells[i]);
    }
    most = std::max(most, width);
  }
  return most;
}

void TreeLines::leave_out_until(std::size_t width_max) {
  for (const Column column : {kModelColumn, kTokensColumn, kDurationColumn}) {
    if (width() <= width_max) return;
    bool says_anything = false;
    for (Line& line : lines_) {
      says_anything |= !line.cells[column].empty();
      line.cells[column].clear();
    }
    if (says_anything) left_out_.push_back(column);
  }
}

void TreeLines::append_to(std::string& out) const {
  const Places places = this->places();
  for (const Line& line : lines_) {
    if (options_.color && line.failed) out += kRed;
    append_line(out, line, places);
    if (options_.color && line.failed) out += kPlain;
    out += '\n';
  }
  constexpr std::string_view kNames[kColumns] = {"name", "duration", "model", "tokens", "cost"};
  for (std::size_t i = 0; i < left_out_.size(); ++i) {
    out.append(i == 0 ? "  no room for " : ", ").append(kNames[left_out_[i]]);
  }
  if (!left_out_.empty()) out += '\n';
}

void TreeLines::append_line(std::string& out, const Line& line, const Places& places) const {
  FilledLine filled(out, options_.width_max, line.margin);
  filled.add(line.cells[kNameColumn], 0);
  for (std::size_t i = kDurationColumn; i < kColumns; ++i) {
    if (options_.align) {
      filled.add_at(places[i], line.cells[i]);
    } else {
      filled.add(line.cells[i], 1);
    }
  }
  if (!line.remarks.empty()) filled.add(std::string_view(line.remarks).substr(1), 1);
}

}  // namespace v1
}  // namespace tracebus
