// SPDX-License-Identifier: Apache-2.0
//
// Document 004, "End-to-End Tracing": an agent pipeline from input to output, in coroutines.
#include <map>
#include <string>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/tools/examples/seeds/task.h"
#include "tracebus/trace/traced.h"

using namespace tracebus;
using examples::Task;
using Conversation = std::map<std::string, std::string>;

namespace {

Task<Conversation> prepare_context(std::string input) { co_return Conversation{{"user", input}}; }
Task<std::string> call_llm(Conversation context) { co_return "plan for " + context["user"]; }
Task<std::string> execute_tools(std::string response) { co_return "done: " + response; }

// Each step creates a child span.
Task<std::string> run_pipeline(const Tracer& tracer, std::string input) {
  auto context = co_await traced(tracer, "prepare_context", [&] { return prepare_context(input); });
  auto response = co_await traced(tracer, "call_llm", [&] { return call_llm(context); });
  co_return co_await traced(tracer, "execute_tools", [&] { return execute_tools(response); });
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);
  auto agent_pipeline = traced_function(
      tracer, {.name = "agent_pipeline", .capture = true, .argument_names = {"input"}},
      [&](std::string input) { return run_pipeline(tracer, std::move(input)); });
  const std::string result = agent_pipeline(std::string("launch")).run();
  return result == "done: plan for launch" ? example.end() : 1;
}
