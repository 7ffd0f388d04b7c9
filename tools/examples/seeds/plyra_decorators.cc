// SPDX-License-Identifier: Apache-2.0
//
// Document 002, "Span Kinds" and "Decorators": each kind of span, of plain functions and of
// coroutines. Input and output are captured as JSON; an exception sets the status to ERROR.
#include <stdexcept>
#include <string>
#include <vector>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/tools/examples/seeds/task.h"
#include "tracebus/trace/traced.h"

using namespace tracebus;
using examples::Task;

namespace {

Task<std::string> plan(const Tracer& tracer, std::string goal) {
  const TracedOptions llm = {.name = "gpt-4", .kind = SpanKind::kLlm};
  const std::string answer =
      co_await traced(tracer, llm, [&]() -> Task<std::string> { co_return "steps for " + goal; });
  co_return answer;
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);

  auto retrieve = traced_function(tracer, {.name = "documents", .kind = SpanKind::kRetriever},
                                  [](const std::string&) {
                                    return std::vector<int>{1, 2};
                                  });
  auto route = traced_function(tracer, {.name = "by difficulty", .kind = SpanKind::kRouter},
                               [](const std::string& task) { return task.size() > 3; });
  auto search =
      traced_function(tracer, {.name = "search", .kind = SpanKind::kTool, .capture = true},
                      [](const std::string& query) -> std::vector<std::string> {
                        if (query.empty()) throw std::invalid_argument("an empty query");
                        return {query + " 1"};
                      });
  auto planner = traced_function(tracer, {.name = "planner", .kind = SpanKind::kAgent},
                                 [&](std::string goal) { return plan(tracer, std::move(goal)); });

  std::string answer;
  {
    auto root = tracer.chain("pipeline");  // a root span
    answer = planner(std::string("moon")).run();
    if (route(answer)) retrieve(answer);
    search(std::string("cats"));
    try {
      search(std::string());
      return 1;
    } catch (const std::invalid_argument&) {
    }
  }
  return answer == "steps for moon" ? example.end() : 1;
}
