// SPDX-License-Identifier: Apache-2.0
//
// Document 000, "TraceEventBus — Pub/Sub Event System".
#include <chrono>
#include <iostream>
#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/json_writer.h"

int main() {
  using namespace tracebus;
  TraceEventBus bus;

  // Subscribe a callback: it receives every event.
  const SubscriptionId all = bus.subscribe([](const EventView& event) {
    std::cout << "[" << event.event_type() << "] " << event.agent_name() << "\n";
  });

  // Subscribe to specific event types only.
  bus.subscribe_filter({"agent_start", "agent_end", "llm_call"}, [](const EventView& event) {
    std::string payload;
    append_json_payload(payload, event);
    std::cout << "Agent event: " << payload << "\n";
  });

  // Emit an event; it is stamped with the time of the emit.
  bus.emit({.event_type = "agent_start",
            .agent_name = "analyst",
            .pattern_type = "pipeline",
            .payload = {{"model", "claude-sonnet-4-20250514"}}});
  if (!bus.flush(std::chrono::seconds(20)).ok()) return 1;  // callbacks run on a thread of the bus

  bus.unsubscribe(all);
  bus.emit({.event_type = "agent_end", .agent_name = "analyst", .pattern_type = "pipeline"});
  return bus.shutdown(std::chrono::seconds(20)).ok() ? 0 : 1;
}
