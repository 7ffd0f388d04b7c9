// SPDX-License-Identifier: Apache-2.0
//
// Document 003, "Span Decorator Pattern": functions and coroutines within spans of their own, and
// blocks within spans.
#include <map>
#include <string>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/tools/examples/seeds/task.h"
#include "tracebus/trace/traced.h"

using namespace tracebus;
using examples::Task;
using Parameters = std::map<std::string, std::string>;

namespace {

// LLM call with automatic tracing.
Task<std::string> call_llm(const Tracer& tracer, std::string prompt) {
  const TracedOptions options = {.name = "llm_call", .attributes = {{"model", "gpt-4"}}};
  return traced(tracer, options, [prompt = std::move(prompt)]() -> Task<std::string> {
    co_return "response to " + prompt;
  });
}

// Tool execution with automatic tracing, and with where it stands.
Parameters execute_tool(const Tracer& tracer, const std::string& tool, const Parameters&) {
  return traced(tracer, {.name = "tool_execution", .where = CodeLocation::current()}, [&] {
    return Parameters{{"result", "success"}, {"tool", tool}};
  });
}

bool validate(const std::string& request) { return !request.empty(); }

// Example of manual span creation.
Task<std::string> process_request(const Tracer& tracer, std::string request) {
  auto span = tracer.chain("process_request", {{"request_length", request.size()}});
  span.add_event("request_received");

  // Add custom attributes.
  span.set("request.type", "query");
  {
    auto validation_span = tracer.chain("validate_input");
    validation_span.set("valid", validate(request));
  }
  std::string response;
  {
    auto response_span = tracer.chain("generate_response");
    response = co_await call_llm(tracer, request);
    response_span.set("response.length", response.size());
  }
  co_return response;
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);
  const std::string response = process_request(tracer, "What now?").run();
  const Parameters result = execute_tool(tracer, "search", {{"query", "test"}});
  const bool right = response == "response to What now?" && result.at("result") == "success";
  return right ? example.end() : 1;
}
