// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/tree_text.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/visible_text.h"
#include "tracebus/render/filled_line.h"
#include "tracebus/render/text_parts.h"
#include "tracebus/render/tree_lines.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kDollarDigits = 5;
constexpr std::size_t kRunDollarDigits = 4;
constexpr std::size_t kRuleWidth = 41;
constexpr std::size_t kShortIdDigits = 8;
constexpr std::size_t kColumnGap = 2;
constexpr std::size_t kNameMin = 8;  // code points; names are not made shorter than that
// Of lines whose width is bounded: what stands beside the bars of the levels above.
constexpr std::size_t kBesideIndent = 32;
constexpr std::size_t kWidthMin = 40;
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

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

// Absent: nobody said how long anything took.
std::optional<std::int64_t> known_duration_ns(const Trace& trace) noexcept {
  const std::int64_t duration = trace.duration_ns();
  const auto& spans = trace.spans();
  const bool is_known =
      duration > 0 || std::ranges::any_of(spans, [](const auto& s) { return s->has_duration(); });
  return is_known ? std::optional(duration) : std::nullopt;
}

// A foreign id, or the first digits of ours.
void append_short_id(std::string& out, const Trace& trace, const TreeTextOptions& options) {
  const std::string_view text = trace.trace_id_text();
  const bool is_ours = TraceId::from_hex(text).has_value();
  append_cut_visible(out, is_ours ? text.substr(0, kShortIdDigits) : text, options.name_max);
}

std::string unpriced_text(std::uint64_t calls) {
  return std::to_string(calls) + (calls == 1 ? " call unpriced" : " calls unpriced");
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
  std::string_view before = " (";
  const auto next = [&] { out += std::exchange(before, ", "); };
  if (const auto duration = known_duration_ns(trace)) {
    next();
    append_duration(out, *duration);
    out += has_open_spans(trace) ? " so far" : " total";
  }
  if (tree.total().has_cost) {
    next();
    append_dollars(out, tree.total().cost, kDollarDigits);
  }
  if (tree.total().unpriced != 0) {
    next();
    out += unpriced_text(static_cast<std::uint64_t>(tree.total().unpriced));
  }
  if (before != " (") out += ')';
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
  if (total.unpriced != 0) out += ", " + unpriced_text(static_cast<std::uint64_t>(total.unpriced));
  append_early_stop(out, trace);
  if (trace.lost_spans() != 0) out += ", spans lost: " + std::to_string(trace.lost_spans());
  out += '\n';
}

// "Run #174" of run-174 and run_174.
std::string run_name(const Trace& trace, std::size_t name_max) {
  std::string_view text = trace.trace_id_text();
  if (TraceId::from_hex(text)) text = text.substr(0, kShortIdDigits);
  if (text.starts_with("run-") || text.starts_with("run_")) text.remove_prefix(4);
  std::string name = "Run #";
  append_cut_visible(name, text, name_max);
  return name;
}

std::string money_of(const RunFigures& run) {
  std::string text;
  if (run.cost) append_dollars(text, *run.cost, kRunDollarDigits);
  if (run.unpriced == 0) return text;
  return text + (text.empty() ? "" : " + ") + unpriced_text(run.unpriced);
}

struct Part {
  std::string text;
  std::size_t gap = 3;  // spaces before it
};

// The headline of a run, part by part.
std::vector<Part> parts_of(const Trace& trace, const TraceTree& tree, const RunFigures& run,
                           const TreeTextOptions& options) {
  const TraceNode* const root = headline_of(tree);
  std::vector<Part> parts = {{run_name(trace, options.name_max)}};
  append_cut_visible(parts.emplace_back().text,
                     root != nullptr ? tree.span_of(*root).name() : pattern_of(trace),
                     options.name_max);
  parts.push_back({std::to_string(run.steps) + (run.steps == 1 ? " step" : " steps")});
  if (run.duration_ns) append_duration(parts.emplace_back().text, *run.duration_ns);
  parts.push_back({money_of(run)});
  if (trace.lost_spans() != 0) {
    parts.push_back({"spans lost: " + std::to_string(trace.lost_spans())});
  }
  std::string error;
  if (root != nullptr) append_error(error, tree.span_of(*root), options);
  if (error.empty() && run.failed) error = " [failed]";
  if (!error.empty()) parts.push_back({error.substr(1), 1});
  parts.push_back({run.mark, 1});
  std::erase_if(parts, [](const Part& part) { return part.text.empty(); });
  return parts;
}

std::size_t width_of(const std::vector<Part>& parts) noexcept {
  std::size_t width = 0;
  for (const Part& part : parts) {
    width += (width == 0 ? 0 : part.gap) + count_code_points(part.text);
  }
  return width;
}

// Names as long as the width allows.
template <class WidthOf>
void shorten_names(TreeTextOptions& options, const WidthOf& width_of_lines) {
  for (std::size_t width = 0; options.width_max != 0 && options.name_max > kNameMin &&
                              (width = width_of_lines()) > options.width_max;) {
    const std::size_t excess = width - options.width_max;
    options.name_max = std::max(kNameMin, options.name_max - std::min(options.name_max, excess));
  }
}

void append_run_headline(std::string& out, const Trace& trace, const TraceTree& tree,
                         const RunFigures& run, TreeTextOptions options) {
  shorten_names(options, [&] { return width_of(parts_of(trace, tree, run, options)); });
  if (options.color) out += run.failed ? kRed : kBold;
  FilledLine line(out, options.width_max, "  ");
  for (const Part& part : parts_of(trace, tree, run, options)) line.add(part.text, part.gap);
  if (options.color) out += kPlain;
  out += '\n';
}

// As far as the tree tells it.
RunFigures figures_of(const Trace& trace, const TraceTree& tree) {
  const TraceNode* const root = headline_of(tree);
  RunFigures run;
  for (const TraceNode& node : tree.nodes()) run.steps += node.depth == (root == nullptr ? 0u : 1u);
  run.duration_ns = known_duration_ns(trace);
  if (tree.total().has_cost) run.cost = tree.total().cost;
  run.unpriced = static_cast<std::uint64_t>(tree.total().unpriced);
  if (root == nullptr) return run;
  run.failed = tree.span_of(*root).status() == SpanStatus::kFailed;
  std::string oddities;
  append_oddities(oddities, tree.span_of(*root), root->place);
  if (!oddities.empty()) run.mark = oddities.substr(1);
  return run;
}

}  // namespace

std::string to_tree_text(const Trace& trace, const TreeTextOptions& options) {
  if (trace.empty()) return "Empty trace\n";
  const TraceTree tree = trace.get_span_tree();
  TreeTextOptions unbounded = options;
  unbounded.width_max = 0;
  std::string out;
  append_headline(out, trace, tree, options);
  TreeLines(tree, unbounded, headline_of(tree) != nullptr, kColumnGap).append_to(out);
  append_footer(out, trace, tree.total());
  return out;
}

std::string to_run_text(const Trace& trace, const RunFigures& run,
                        const TreeTextOptions& given) {
  const TraceTree tree = trace.get_span_tree();
  const bool headline = headline_of(tree) != nullptr;
  constexpr std::size_t kCostGap = 1;
  TreeTextOptions options = given;
  std::string out;
  append_run_headline(out, trace, tree, run, options);
  if (options.width_max != 0) {
    const std::size_t levels = (std::max(options.width_max, kWidthMin) - kBesideIndent) / 4;
    options.indent_max = std::min(options.indent_max, static_cast<std::uint32_t>(levels));
    shorten_names(options, [&] { return TreeLines(tree, options, headline, kCostGap).width(); });
  }
  TreeLines lines(tree, options, headline, kCostGap);
  if (options.width_max != 0) lines.leave_out_until(options.width_max);
  lines.append_to(out);
  return out;
}

std::string to_run_text(const Trace& trace, const TreeTextOptions& options) {
  return to_run_text(trace, figures_of(trace, trace.get_span_tree()), options);
}

}  // namespace v1
}  // namespace tracebus
