// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/cost_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "tracebus/studio/store_json.h"
#include "tracebus/tools/look/fitted_table.h"
#include "tracebus/tools/look/look_text.h"
#include "tracebus/tools/text.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::array<CostDimension, 10> kDimensions = {{
    {"model", "Cost by model", GroupBy::kModel},
    {"workflow", "Cost by workflow", GroupBy::kWorkflow},
    {"agent", "Cost by agent", GroupBy::kAgent},
    {"provider", "Cost by provider", GroupBy::kProvider},
    {"pattern", "Cost by pattern", GroupBy::kPattern},
    {"session", "Cost by session", GroupBy::kSession},
    {"user", "Cost by user", GroupBy::kUser},
    {"run", "Cost by run", GroupBy::kRun},
    {"day", "Daily spend (UTC)", GroupBy::kDay},
    {"hour", "Hourly spend (UTC)", GroupBy::kHour},
}};
constexpr std::size_t kBarMax = 16;

// Whatever costs something has a bar, and what costs nothing has none.
std::string bar_of(std::int64_t nanos, std::int64_t most) {
  if (nanos <= 0) return {};
  const double part = static_cast<double>(nanos) / static_cast<double>(most);
  const auto length = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::lround(part * static_cast<double>(kBarMax))));
  std::string bar;
  for (std::size_t i = 0; i < length; ++i) bar += "█";
  return bar;
}

std::string share_text(const CostGroup& group, std::int64_t total) {
  return total == 0 ? std::string("-") : fixed(100 * group.share, 1) + " %";
}

std::string per_run_text(const CostGroup& group) {
  if (group.runs == 0) return {};
  return dollars_text(std::llround(group.usd_per_run() * 1e6) * 1000) + "/run";
}

// Of all that are not shown; how many runs they have together cannot be told.
CostGroup others(const CostBreakdown& costs, std::size_t shown) {
  CostGroup sum;
  for (std::size_t i = shown; i < costs.groups.size(); ++i) {
    const CostGroup& group = costs.groups[i];
    add_saturating(sum.cost_nanos, group.cost_nanos);
    sum.calls += group.calls;
    sum.unpriced_calls += group.unpriced_calls;
    sum.tokens += group.tokens;
    sum.share += group.share;
  }
  sum.name = "(" + grouped(costs.groups.size() - shown) + " others)";
  return sum;
}

std::size_t shown_of(const CostBreakdown& costs, std::uint64_t limit) {
  if (limit == 0) return costs.groups.size();
  return static_cast<std::size_t>(std::min<std::uint64_t>(limit, costs.groups.size()));
}

}  // namespace

std::optional<CostDimension> cost_dimension_called(std::string_view name) {
  for (const CostDimension& dimension : kDimensions) {
    if (dimension.name == name) return dimension;
  }
  return std::nullopt;
}

std::string names_of_cost_dimensions() {
  std::string names;
  for (const CostDimension& dimension : kDimensions) {
    names.append(names.empty() ? "" : ", ").append(dimension.name);
  }
  return names;
}

std::string cost_total_text(const CostBreakdown& costs) {
  return dollars_text(costs.cost_nanos) + ", " + grouped_signed(costs.tokens) + " tokens, " +
         counted(costs.calls, "call");
}

std::string cost_section_text(const CostDimension& dimension, const CostBreakdown& costs,
                              std::uint64_t limit, const Terminal& terminal) {
  using Kind = FittedTable::Kind;
  FittedTable table({{std::string(dimension.name), Kind::kName},
                     {""},
                     {"cost", Kind::kNumber},
                     {"share", Kind::kNumber},
                     {"runs", Kind::kNumber},
                     {"avg", Kind::kNumber},
                     {"calls", Kind::kNumber},
                     {"unpriced", Kind::kNumber},
                     {"tokens", Kind::kNumber}});
  std::int64_t most = 0;
  for (const CostGroup& group : costs.groups) most = std::max(most, group.cost_nanos);
  const auto add = [&](const CostGroup& group, bool has_bar) {
    table.add({group.name.empty() ? "(not said)" : group.name,
               has_bar ? bar_of(group.cost_nanos, most) : "", dollars_text(group.cost_nanos),
               share_text(group, costs.cost_nanos), group.runs == 0 ? "" : grouped(group.runs),
               per_run_text(group), grouped(group.calls),
               group.unpriced_calls == 0 ? "" : grouped(group.unpriced_calls),
               grouped_signed(group.tokens)});
  };
  const std::size_t shown = shown_of(costs, limit);
  for (std::size_t i = 0; i < shown; ++i) add(costs.groups[i], true);
  if (shown < costs.groups.size()) add(others(costs, shown), false);
  const std::string title = terminal.inked(dimension.title, Ink::kBold) + "\n";
  return title + (costs.groups.empty() ? "  nothing\n" : table.to_string(terminal, 2));
}

std::string cost_groups_json(const CostBreakdown& costs, std::uint64_t limit) {
  return cost_groups_json(std::span(costs.groups).first(shown_of(costs, limit)));
}

}  // namespace v1
}  // namespace tracebus
