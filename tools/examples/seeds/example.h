// SPDX-License-Identifier: Apache-2.0
//
// Example: where the events of an example go: to standard output, as in the seeds' development
// mode, and into a JSONL file if the program is given a path.
#ifndef TRACEBUS_TOOLS_EXAMPLES_SEEDS_EXAMPLE_H_
#define TRACEBUS_TOOLS_EXAMPLES_SEEDS_EXAMPLE_H_

#include <chrono>
#include <memory>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/console_exporter.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/trace/tracer.h"

namespace tracebus::examples {

class Example {
 public:
  Example(int count, char** arguments) {
    ok_ = bus.add_exporter(std::make_unique<ConsoleExporter>(), with_content()).ok();
    if (count < 2) return;
    auto file = JsonlExporter::open(arguments[1]);
    ok_ = ok_ && file.ok() && bus.add_exporter(*std::move(file), with_content()).ok();
  }

  // For the program's exit: 0 if all is where it belongs.
  int end() { return bus.shutdown(std::chrono::seconds(20)).ok() && ok_ ? 0 : 1; }

  TraceEventBus bus;

 private:
  // An example shows what went in and came out.
  static ExporterOptions with_content() {
    ExporterOptions options;
    options.content = true;
    return options;
  }

  bool ok_ = false;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_SEEDS_EXAMPLE_H_
