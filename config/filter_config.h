// SPDX-License-Identifier: Apache-2.0
//
// A Filter as config files write it. All members must hold:
//
//   {"types": ["llm_call", "error"],            one of them, or an alias of one
//    "agents": ["planner", "role-*"],           one of them; * and ? as Filter::agent_glob
//    "patterns": ["debate"], "runs": ["r-1"], "traces": ["4bf9..."],
//    "has": ["model"],                          every one of these attributes
//    "where": [["duration_ms", ">", 2000]],     every one; = != < <= > >=
//    "any": [{...}, {...}], "all": [{...}], "not": {...}}
#ifndef TRACEBUS_CONFIG_FILTER_CONFIG_H_
#define TRACEBUS_CONFIG_FILTER_CONFIG_H_

#include "tracebus/config/config_object.h"
#include "tracebus/core/filter.h"

namespace tracebus {
inline namespace v1 {

// What is wrong is noted with the object; the filter then is of no use. An object that is not there
// is a filter for everything.
Filter read_filter(ConfigObject object);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CONFIG_FILTER_CONFIG_H_
