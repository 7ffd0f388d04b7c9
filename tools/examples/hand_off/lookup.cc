// SPDX-License-Identifier: Apache-2.0
//
// lookup FILE: a tool that agents start as a process of its own. It goes on with the trace that its
// environment names, and what happened here is in FILE.
#include <chrono>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/trace/environment_carrier.h"
#include "tracebus/trace/propagation.h"
#include "tracebus/trace/tracer.h"

int main(int count, char** arguments) {
  using namespace tracebus;
  if (count != 2) return 2;
  TraceEventBus bus;
  auto file = JsonlExporter::open(arguments[1]);
  if (!file.ok() || !bus.add_exporter(*std::move(file)).ok()) return 3;
  const Tracer tracer(bus, {.service_name = "lookup"});
  {
    const ContinuedTrace trace = continue_trace(tracer, extract(ProcessEnvironment()));
    auto tool = tracer.tool("lookup");
    tool.set(attr<"tenant">(trace.context().baggage().get("tenant").value_or("")));
  }
  return bus.shutdown(std::chrono::seconds(20)).ok() ? 0 : 1;
}
