// SPDX-License-Identifier: Apache-2.0
//
// Document 003, "Rendering Traces": a sample trace as a timeline, as JSON and for Jaeger.
#include <chrono>
#include <iostream>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/render/jaeger_json.h"
#include "tracebus/render/timeline.h"
#include "tracebus/render/trace_json.h"
#include "tracebus/trace/trace_collector.h"
#include "tracebus/trace/tracer.h"

int main() {
  using namespace tracebus;
  TraceEventBus bus;
  TraceCollector collector;
  const auto watching = collector.watch(bus);
  if (!watching.ok()) return 1;

  // Create a sample trace.
  const Tracer tracer(bus, {.service_name = "agent_service"});
  {
    auto trace = tracer.chain("process_query");
    {
      auto validate = tracer.chain("validate");
      validate.add_event("validation_passed");
    }
    auto llm_call = tracer.chain("llm_call", {{"model", "gpt-4"}});
    auto inner = tracer.chain("generate", {{"tokens", 500}});
    inner.set_status(SpanStatus::kOk);
  }
  if (!bus.flush(std::chrono::seconds(20)).ok()) return 1;

  // Render.
  const Trace trace = collector.latest();
  std::cout << to_timeline(trace) << "\n"
            << to_json(trace) << "\n"
            << to_jaeger_format(trace) << "\n";
}
