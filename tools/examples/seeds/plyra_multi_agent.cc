// SPDX-License-Identifier: Apache-2.0
//
// Document 002, "In-Process Handoffs" and "Context Managers", and its examples/multi_agent.py: an
// orchestrator with two agents below it, for a session and a user, with metadata and tags.
#include <string>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/traced.h"

int main(int count, char** arguments) {
  using namespace tracebus;
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);

  auto agent = [&](const char* name, auto run) {
    return traced_function(tracer, {.name = name, .kind = SpanKind::kAgent}, std::move(run));
  };
  auto research_agent =
      agent("research_agent", [](const std::string& query) { return "notes on " + query; });
  auto analysis_agent =
      agent("analysis_agent", [](const std::string& notes) { return "analysis of " + notes; });
  auto orchestrator = agent("orchestrator", [&](const std::string& query) {
    const std::string research = research_agent(query);  // child span
    return analysis_agent(research);                     // child span
  });

  std::string result;
  {
    const auto session = Context::current().with({.session_id = "session-id"}).attach();
    const auto user = Context::current().with({.user_id = "user-id"}).attach();
    const auto metadata = Context::current().with({.metadata = {{"tier", "enterprise"}}}).attach();
    const auto tags = Context::current().with({.tags = {"production"}}).attach();
    result = orchestrator(std::string("competitors"));
  }
  research_agent(std::string("nobody in particular"));  // nothing leaks out of the block
  return result == "analysis of notes on competitors" ? example.end() : 1;
}
