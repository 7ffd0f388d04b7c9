// SPDX-License-Identifier: Apache-2.0
//
// Document 002, "OpenLLMetry (Traceloop)": the compatibility processor before an exporter. What
// came out is in FILE: plyra_openllmetry FILE.
#include <chrono>
#include <memory>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/exporters/openllmetry_processor.h"
#include "tracebus/exporters/processing_exporter.h"

int main(int count, char** arguments) {
  using namespace tracebus;
  if (count != 2) return 2;
  TraceEventBus bus;
  auto file = JsonlExporter::open(arguments[1]);
  if (!file.ok()) return 3;
  std::vector<std::unique_ptr<Processor>> span_processors;
  span_processors.push_back(std::make_unique<OpenLlmetryProcessor>());
  const auto id = bus.add_exporter(
      std::make_unique<ProcessingExporter>(std::move(span_processors), *std::move(file)));
  if (!id.ok()) return 3;

  // As an instrumentation of OpenLLMetry says it.
  bus.emit({.event_type = "llm_call_end",
            .payload = {{"gen_ai.system", "OpenAI"},
                        {"gen_ai.request.model", "gpt-4o"},
                        {"llm.request.type", "chat"},
                        {"gen_ai.usage.prompt_tokens", 12},
                        {"gen_ai.usage.completion_tokens", 30}}});
  return bus.shutdown(std::chrono::seconds(20)).ok() ? 0 : 1;
}
