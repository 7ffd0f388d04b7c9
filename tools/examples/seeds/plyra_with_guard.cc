// SPDX-License-Identifier: Apache-2.0
//
// Document 002, "Guard Integration", and its examples/with_guard.py: what a guard returns is on its
// span.
#include <string>
#include <string_view>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/traced.h"

int main(int count, char** arguments) {
  using namespace tracebus;
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);

  auto check_input = traced_function(
      tracer, {.name = "input-safety", .kind = SpanKind::kGuard}, [](const std::string& text) {
        const bool triggered = text.find("dangerous") != std::string::npos;
        return GuardResult{
            .policy = "content-safety",
            .action = triggered ? GuardAction::kBlock : GuardAction::kAllow,
            .triggered = triggered,
            .confidence = 0.95,
            .details = {{"reason", triggered ? "unsafe keyword detected" : "nothing found"}}};
      });
  auto execute = traced_function(tracer, {.name = "execute", .kind = SpanKind::kTool},
                                 [](const std::string& command) { return "done: " + command; });
  auto executor = traced_function(tracer, {.name = "executor", .kind = SpanKind::kAgent},
                                  [&](const std::string& command) {
                                    const GuardResult result = check_input(command);
                                    if (result.triggered) return "Blocked: " + result.policy;
                                    return execute(command);
                                  });

  const std::string blocked = executor(std::string("something dangerous"));
  const std::string allowed = executor(std::string("list files"));
  return blocked == "Blocked: content-safety" && allowed == "done: list files" ? example.end() : 1;
}
