// SPDX-License-Identifier: Apache-2.0
//
// Document 004, "Basic Usage", "The @traced Decorator" and "Span Context Managers".
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/tools/examples/seeds/task.h"
#include "tracebus/trace/traced.h"

using namespace tracebus;
using examples::Stream;
using examples::Task;

namespace {

Task<std::string> research(std::string topic) { co_return "Results for " + topic; }

Task<std::string> http_get(std::string url) { co_return "data of " + url; }

std::string upper(std::string data) {
  std::ranges::transform(data, data.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return data;
}

Stream<std::string> stream_results(std::string query) {
  for (const char* const chunk : {"one", "two", "three"}) co_yield query + " " + chunk;
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);

  // When called, this creates a span named "research_task".
  auto traced_research = traced_function(tracer, {.name = "research_task"}, research);
  const std::string result = traced_research(std::string("quantum computing")).run();

  auto fetch_data =
      traced_function(tracer, {.name = "fetch_data", .attributes = {{"source", "api"}}}, http_get);
  auto process_data = traced_function(tracer, {.name = "process"}, upper);
  const std::string data = process_data(fetch_data(std::string("http://a")).run());

  // A generator: its span lasts until it is used up.
  std::vector<std::string> chunks;
  auto stream = traced_function(tracer, {.name = "stream_results"}, stream_results);
  for (const std::string& chunk : stream(std::string("cats"))) chunks.push_back(chunk);

  // With its arguments: as content, for those who are granted it.
  auto operation = traced_function(
      tracer,
      {.name = "my_operation",
       .capture = true,
       .attributes = {{"key", "value"}},
       .argument_names = {"text", "times"}},
      [](const std::string& text, int times) { return static_cast<int>(text.size()) * times; });
  const int size = operation(std::string("abc"), 2);

  // Without decorating a function.
  { auto span = tracer.chain("my_sync_operation", {{"step", 1}}); }
  const bool right = result == "Results for quantum computing" && data == "DATA OF HTTP://A" &&
                     chunks.size() == 3 && size == 6;
  return right ? example.end() : 1;
}
