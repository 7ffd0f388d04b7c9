// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_TRACE_COST_GROUP_H_
#define TRACEBUS_TRACE_COST_GROUP_H_

#include <optional>
#include <string>

#include "tracebus/trace/cost_entry.h"

namespace tracebus {
inline namespace v1 {

// The name of an entry's group, as CostGroup has it; of kDay, where all days are one, "". Nothing
// for an entry without a name in that dimension.
std::optional<std::string> group_name_of(const CostEntry& entry, CostDimension dimension);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_COST_GROUP_H_
