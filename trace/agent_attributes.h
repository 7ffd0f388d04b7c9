// SPDX-License-Identifier: Apache-2.0
//
// The attributes that exo gives agents and tools, by its own names: for spans and for metrics.
//
//   build_agent_attributes({.name = "researcher", .step = 1, .model = "gpt-4o"});
//   // {"exo.agent.name": "researcher", "exo.agent.step": 1, "exo.agent.model": "gpt-4o"}
#ifndef TRACEBUS_TRACE_AGENT_ATTRIBUTES_H_
#define TRACEBUS_TRACE_AGENT_ATTRIBUTES_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

struct AgentAttributes {
  std::string_view name = {};
  std::optional<std::int64_t> step = {};
  std::string_view model = {};
  std::string_view status = {};
  std::string_view task_id = {};
  std::string_view session_id = {};
  std::string_view user_id = {};
};

struct ToolAttributes {
  std::string_view name = {};
  std::string_view status = {};
  std::string_view error = {};
  std::string_view agent_name = {};
  std::string_view task_id = {};
  std::string_view call_id = {};
};

// In the order above, without those that are empty. They borrow the texts. Thread safety: pure.
Payload build_agent_attributes(const AgentAttributes& agent);
Payload build_tool_attributes(const ToolAttributes& tool);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_AGENT_ATTRIBUTES_H_
