// SPDX-License-Identifier: Apache-2.0
//
// What was paid, as people and programs read it.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_TOOLS_LOOK_COST_TEXT_H_
#define TRACEBUS_TOOLS_LOOK_COST_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/studio/cost_breakdown.h"
#include "tracebus/tools/look/terminal.h"

namespace tracebus {
inline namespace v1 {

struct CostDimension {
  std::string_view name;   // as --by names it
  std::string_view title;  // "Cost by model"
  GroupBy by;
};

std::optional<CostDimension> cost_dimension_called(std::string_view name);
std::string names_of_cost_dimensions();

// Absent: there were calls, and nobody said what any of them cost.
std::optional<double> cost_total_usd(const CostBreakdown& costs);

// "$0.0248, 1,840 tokens, 3 calls"; "$0.0248 + 1 call unpriced, 1,840 tokens (10.0 % of the input
// cached), 4 calls"; "unpriced, 8 tokens, 1 call".
std::string cost_total_text(const CostBreakdown& costs);

// A title, and a line a group with its bar, the longest being that of the dearest:
//   Cost by model
//     claude-3-5-sonnet  ████████████████  $0.0185  74.6 %  1 run  avg $0.0185/run ...
// Beyond limit groups (0: all) the others are one line.
std::string cost_section_text(const CostDimension& dimension, const CostBreakdown& costs,
                              std::uint64_t limit, const Terminal& terminal);

// An array of the first limit groups; 0: of all.
std::string cost_groups_json(const CostBreakdown& costs, std::uint64_t limit);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_COST_TEXT_H_
