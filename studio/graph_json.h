// SPDX-License-Identifier: Apache-2.0
//
// A graph of agents as the JSON of /api/graph.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_GRAPH_JSON_H_
#define TRACEBUS_STUDIO_GRAPH_JSON_H_

#include <string>

#include "tracebus/studio/agent_graph.h"

namespace tracebus {
inline namespace v1 {

std::string graph_json(const AgentGraph& graph);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_GRAPH_JSON_H_
