// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/agent_attributes.h"

namespace tracebus {
inline namespace v1 {
namespace {

void add_text(Payload& payload, std::string_view key, std::string_view text) {
  if (!text.empty()) payload.add(key, text);
}

}  // namespace

Payload build_agent_attributes(const AgentAttributes& agent) {
  Payload payload;
  add_text(payload, "exo.agent.name", agent.name);
  if (agent.step) payload.add("exo.agent.step", *agent.step);
  add_text(payload, "exo.agent.model", agent.model);
  add_text(payload, "exo.agent.status", agent.status);
  add_text(payload, "exo.task.id", agent.task_id);
  add_text(payload, "exo.session.id", agent.session_id);
  add_text(payload, "exo.user.id", agent.user_id);
  return payload;
}

Payload build_tool_attributes(const ToolAttributes& tool) {
  Payload payload;
  add_text(payload, "exo.tool.name", tool.name);
  add_text(payload, "exo.tool.status", tool.status);
  add_text(payload, "exo.tool.error", tool.error);
  add_text(payload, "exo.agent.name", tool.agent_name);
  add_text(payload, "exo.task.id", tool.task_id);
  add_text(payload, "exo.tool.call_id", tool.call_id);
  return payload;
}

}  // namespace v1
}  // namespace tracebus
