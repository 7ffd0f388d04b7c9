// SPDX-License-Identifier: Apache-2.0
//
// Document 000, "Built-in Exporters": several on one bus, each with a queue and a thread of its
// own, so that none waits for another, and no agent for any. Given a path, its JSONL goes there.
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/console_exporter.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/exporters/memory_exporter.h"

using namespace tracebus;

namespace {

constexpr auto kLimit = std::chrono::seconds(20);

}  // namespace

int main(int count, char** arguments) {
  MemoryExporter* memory = nullptr;
  TraceEventBus bus;

  // Development: print to stdout.
  if (!bus.add_exporter(std::make_unique<ConsoleExporter>()).ok()) return 1;

  // Persistence: write every event to JSONL.
  auto file = JsonlExporter::open(count > 1 ? arguments[1] : "traces/run_001.jsonl");
  if (!file.ok()) {
    std::fprintf(stderr, "%s\n", file.status().ToString().c_str());
    return 1;
  }
  if (!bus.add_exporter(*std::move(file)).ok()) return 1;

  // Tests, and an audit log: the last errors, to be asked for.
  auto kept = std::make_unique<MemoryExporter>();
  memory = kept.get();  // the bus keeps it as long as itself
  if (!bus.add_exporter(std::move(kept), {.filter = Filter::types({"error"})}).ok()) return 1;

  bus.emit({.event_type = "agent_start", .agent_name = "analyst", .pattern_type = "pipeline"});
  bus.emit({.event_type = "error",
            .agent_name = "analyst",
            .pattern_type = "pipeline",
            .payload = {{"message", "overloaded"}}});
  bus.emit({.event_type = "agent_end", .agent_name = "analyst", .pattern_type = "pipeline"});

  if (!bus.flush(kLimit).ok()) return 1;  // now each of them has everything
  std::printf("errors: %zu\n", memory->query().size());
  std::fflush(stdout);
  return bus.shutdown(kLimit).ok() ? 0 : 1;  // flushes and closes them all
}
