// SPDX-License-Identifier: Apache-2.0
//
// Document 002, "Programmatic Span Creation".
#include <map>
#include <string>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/span_builder.h"

int main(int count, char** arguments) {
  using namespace tracebus;
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);
  {
    SpanBuilder span(tracer, "orchestrator-step", SpanKind::kAgent);
    span.set_input(std::map<std::string, std::string>{{"query", "analyze competitors"}});
    span.set_agent("orchestrator", "custom");
    const std::string result = "three of them";  // do_complex_work()
    span.set_output(result);
    span.add_event("checkpoint", {{"step", 1}});
  }
  return example.end();
}
