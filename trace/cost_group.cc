// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/cost_group.h"

#include <cstddef>
#include <string_view>

namespace tracebus {
inline namespace v1 {

std::optional<std::string> group_name_of(const CostEntry& entry, CostDimension dimension) {
  if (dimension == CostDimension::kDay) return std::string();
  const std::string_view texts[] = {entry.pattern,  entry.agent,    entry.model,   {},
                                    entry.workflow, entry.provider, entry.session, entry.user};
  std::string group(texts[static_cast<std::size_t>(dimension)]);
  if (dimension == CostDimension::kRun) {
    group = entry.foreign_run;
    if (group.empty() && entry.ids.run_id) group = entry.ids.run_id.hex();
  }
  if (group.empty()) return std::nullopt;
  return group;
}

}  // namespace v1
}  // namespace tracebus
