// SPDX-License-Identifier: Apache-2.0
//
// Document 002, "Quickstart", and its examples/basic_agent.py: a single agent with console output.
#include <string>
#include <vector>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/traced.h"

namespace {

struct Page {
  std::string title;
  std::string snippet;
};

// How a page looks where arguments and results are captured.
void append_trace_json(std::string& out, const Page& page) {
  tracebus::append_captured_json(out, std::vector<std::pair<std::string, std::string>>{
                                          {"title", page.title}, {"snippet", page.snippet}});
}

}  // namespace

int main(int count, char** arguments) {
  using namespace tracebus;
  // Initialize: exports to the console, no collector needed for development.
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus, {.service_name = "my-agent"});

  auto web_search =
      traced_function(tracer, {.name = "web-search", .kind = SpanKind::kTool, .capture = true},
                      [](const std::string&) {
                        return std::vector<Page>{{"Result 1", "..."}};
                      });
  auto research_agent =
      traced_function(tracer, {.name = "researcher", .kind = SpanKind::kAgent, .capture = true},
                      [&](const std::string& query) { return web_search(query); });

  // Run with session and user context.
  std::vector<Page> result;
  {
    const ContextScope session = Context::current().with({.session_id = "session-abc"}).attach();
    const ContextScope user = Context::current().with({.user_id = "user-123"}).attach();
    result = research_agent(std::string("What are the top EV companies?"));
  }
  return result.size() == 1 ? example.end() : 1;
}
