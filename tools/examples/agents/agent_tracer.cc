// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/agent_tracer.h"

namespace tracebus::examples {

std::string_view preview_of(std::string_view task, std::size_t characters_max) noexcept {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < task.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(task[i]) & 0xC0) != 0x80;
    if (begins && ++characters > characters_max) return task.substr(0, i);
  }
  return task;
}

Value config_value(const AgentConfig& config) {
  return Value::object({{"name", config.name},
                        {"type", config.type},
                        {"model", config.model},
                        {"max_iterations", config.max_iterations}});
}

}  // namespace tracebus::examples
