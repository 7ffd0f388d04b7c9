// SPDX-License-Identifier: Apache-2.0
//
// How agents are to be written with tracebus: a debate with a bull in it, a page that is fetched,
// and a request that goes from here to another agent.
#include <map>
#include <string>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/propagation.h"
#include "tracebus/trace/traced.h"

using namespace tracebus;
using Headers = std::map<std::string, std::string>;

namespace {

std::string fetch(const std::string& url) { return "page of " + url; }

std::string debate(TraceEventBus& bus, const std::string& url, Headers& headers) {
  Tracer tracer(bus, {.service_name = "investment-analysis"});
  set_default_tracer(&tracer);
  auto run =
      tracer.pattern("debate", {attr<"rounds">(2)});  // RAII; ends itself; ERROR if unwinding
  {
    auto bull = tracer.agent("bull");  // child of `run`
    auto call = tracer.llm_call({.model = "gemini-2.5-flash", .provider = "gcp.gemini"});
    call.usage({.input_tokens = 450, .output_tokens = 380, .cache_read_tokens = 200});
  }
  auto answer = traced("fetch", [&] { return fetch(url); });  // any callable
  inject(tracer.current(), headers,
         {.agent_name = "orchestrator", .handoff_reason = "needs research"});
  set_default_tracer(nullptr);
  return answer;
}

void research(TraceEventBus& bus, const Headers& request_headers) {
  Tracer tracer(bus, {.service_name = "research"});
  set_default_tracer(&tracer);
  {
    auto scope = continue_trace(extract(request_headers));
    auto agent = tracer.agent("researcher");
  }
  set_default_tracer(nullptr);
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  Headers headers;
  const std::string answer = debate(example.bus, "http://a", headers);
  research(example.bus, headers);
  return answer == "page of http://a" ? example.end() : 1;
}
