// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/cost_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "tracebus/core/json_fields.h"
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

constexpr std::string_view kUnpriced = "unpriced";

// Whether somebody said a cost of any of it; what nobody priced is not free.
bool is_priced(const SpentGroup& group) noexcept {
  return group.cost_nanos != 0 || group.calls > group.unpriced_calls;
}

std::string price_text(const SpentGroup& group) {
  return is_priced(group) ? dollars_text(group.cost_nanos) : std::string(kUnpriced);
}

std::string share_text(const SpentGroup& group, std::int64_t total) {
  return total == 0 || !is_priced(group) ? std::string("-") : fixed(100 * group.share, 1) + " %";
}

std::string per_run_text(const SpentGroup& group) {
  if (group.runs == 0 || !is_priced(group)) return {};
  return dollars_text(std::llround(group.usd_per_run() * 1e6) * 1000) + "/run";
}

// Of all groups, without their names.
SpentGroup sum_of(std::span<const SpentGroup> groups) {
  SpentGroup sum;
  for (const SpentGroup& group : groups) {
    add_saturating(sum.cost_nanos, group.cost_nanos);
    add_saturating(sum.input_tokens, group.input_tokens);
    add_saturating(sum.tokens, group.tokens);
    add_saturating(sum.cache_read_tokens, group.cache_read_tokens);
    sum.calls += group.calls;
    sum.unpriced_calls += group.unpriced_calls;
    sum.share += group.share;
  }
  return sum;
}

// Some dialects count what came from a cache among the input, and some beside it.
std::string cached_text(const SpentGroup& sum) {
  if (sum.cache_read_tokens <= 0) return {};
  if (sum.cache_read_tokens > sum.input_tokens) {
    return grouped_signed(sum.cache_read_tokens) + " from the cache";
  }
  return percent(static_cast<std::uint64_t>(sum.cache_read_tokens),
                 static_cast<std::uint64_t>(sum.input_tokens)) +
         " of the input cached";
}

std::string group_json(const SpentGroup& group) {
  const auto priced = [&group](double number) {
    return is_priced(group) ? std::optional(number) : std::nullopt;
  };
  return JsonFields()
      .add("name", group.name)
      .add("cost_usd", priced(group.cost_usd()))
      .add("share", priced(group.share))
      .add("calls", group.calls)
      .add("unpriced_calls", group.unpriced_calls)
      .add("runs", group.runs)
      .add("usd_per_run", priced(group.usd_per_run()))
      .add("input_tokens", group.input_tokens)
      .add("output_tokens", group.output_tokens)
      .add("tokens", group.tokens)
      .add("cache_read_tokens", group.cache_read_tokens)
      .add("cache_write_tokens", group.cache_write_tokens)
      .to_string();
}

// Of all that are not shown; how many runs they have together cannot be told.
SpentGroup others(const CostBreakdown& costs, std::size_t shown) {
  SpentGroup sum = sum_of(std::span(costs.groups).subspan(shown));
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

std::optional<double> cost_total_usd(const CostBreakdown& costs) {
  if (costs.calls != 0 && !is_priced(sum_of(costs.groups))) return std::nullopt;
  return static_cast<double>(costs.cost_nanos) / 1e9;
}

std::string cost_total_text(const CostBreakdown& costs) {
  const SpentGroup sum = sum_of(costs.groups);
  std::string text(kUnpriced);
  if (cost_total_usd(costs)) {
    text = dollars_text(costs.cost_nanos);
    if (sum.unpriced_calls != 0) {
      text += " + " + counted(sum.unpriced_calls, "call") + " unpriced";
    }
  }
  text += ", " + grouped_signed(costs.tokens) + " tokens";
  if (const std::string cached = cached_text(sum); !cached.empty()) text += " (" + cached + ")";
  return text + ", " + counted(costs.calls, "call");
}

std::string cost_section_text(const CostDimension& dimension, const CostBreakdown& costs,
                              std::uint64_t limit, const Terminal& terminal) {
  using Kind = FittedTable::Kind;
  constexpr std::size_t kNameMin = 12;
  FittedTable table({{std::string(dimension.name), Kind::kMiddle, kNameMin},
                     {"", Kind::kBar, 0, 9},
                     {"cost", Kind::kNumber},
                     {"share", Kind::kNumber, 0, 5},
                     {"runs", Kind::kNumber, 0, 6},
                     {"avg", Kind::kNumber, 0, 7},
                     {"calls", Kind::kNumber, 0, 4},
                     {"unpriced", Kind::kNumber, 0, 2},
                     {"tokens", Kind::kNumber, 0, 3},
                     {"cached", Kind::kNumber, 0, 8}});
  std::int64_t most = 0;
  for (const SpentGroup& group : costs.groups) most = std::max(most, group.cost_nanos);
  const auto add = [&](const SpentGroup& group, bool has_bar) {
    table.add({group.name.empty() ? "(not said)" : group.name,
               has_bar ? bar_of(group.cost_nanos, most) : "", price_text(group),
               share_text(group, costs.cost_nanos), group.runs == 0 ? "" : grouped(group.runs),
               per_run_text(group), grouped(group.calls),
               group.unpriced_calls == 0 ? "" : grouped(group.unpriced_calls),
               grouped_signed(group.tokens),
               group.cache_read_tokens == 0 ? "" : grouped_signed(group.cache_read_tokens)});
  };
  const std::size_t shown = shown_of(costs, limit);
  for (std::size_t i = 0; i < shown; ++i) add(costs.groups[i], true);
  if (shown < costs.groups.size()) add(others(costs, shown), false);
  const std::string title = terminal.inked(dimension.title, Ink::kBold) + "\n";
  return title + (costs.groups.empty() ? "  nothing\n" : table.to_string(terminal, 2));
}

std::string cost_groups_json(const CostBreakdown& costs, std::uint64_t limit) {
  return json_array(std::span(costs.groups).first(shown_of(costs, limit)), group_json);
}

}  // namespace v1
}  // namespace tracebus
