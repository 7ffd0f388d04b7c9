// SPDX-License-Identifier: Apache-2.0
//
// Document 004, "Instrumentation Helpers", "Building Attributes" and "Custom Metric Collection".
#include <cstdio>
#include <string>

#include "tracebus/core/json_writer.h"
#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/agent_attributes.h"
#include "tracebus/trace/captured_json.h"
#include "tracebus/trace/instrumentation.h"
#include "tracebus/trace/timer.h"

using namespace tracebus;

namespace {

std::string text_of(const Payload& payload) {
  std::string text;
  for (const Attribute& attribute : payload) {
    text += text.empty() ? "{" : ", ";
    append_captured_value(text, attribute.key);
    text += ": ";
    append_captured_value(text, attribute.value);
  }
  return text + "}";
}

std::string timed_operation() {
  Timer timer;
  timer.start();

  std::string result = "expensive";  // expensive_operation()

  const double elapsed = timer.stop();
  record_agent_run({.agent_name = "worker", .step = 1, .elapsed_ms = elapsed * 1000});
  return result;
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);
  set_default_tracer(&tracer);

  // Record an agent run span.
  record_agent_run({.agent_name = "researcher",
                    .step = 1,
                    .model = "gpt-4o",
                    .prompt_tokens = 500,
                    .output_tokens = 150,
                    .elapsed_ms = 420});
  // Record a tool execution span.
  record_tool_step({.tool_name = "search", .status = "success", .elapsed_ms = 120.5});

  const std::string result = timed_operation();

  const Payload agent =
      build_agent_attributes({.name = "researcher", .step = 1, .model = "gpt-4o"});
  const Payload tool = build_tool_attributes({.name = "search", .status = "success"});
  std::printf("%s\n%s\n", text_of(agent).c_str(), text_of(tool).c_str());
  std::fflush(stdout);
  set_default_tracer(nullptr);
  return result == "expensive" ? example.end() : 1;
}
