// SPDX-License-Identifier: Apache-2.0
//
// Document 000, "Quick Start — Decorator Tracing": a pattern and its agents, each wrapped once.
#include <string>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/traced.h"

using namespace tracebus;

namespace {

// What the models answer here.
std::string extract_facts(const Tracer& tracer, const std::string& text) {
  auto call = tracer.llm_call({.model = "claude-haiku-3-5-20241022", .provider = "anthropic"});
  call.usage({.input_tokens = 180, .output_tokens = 42, .cost = NanoDollars(60'000)});
  return "Revenue: $25.2B (" + text.substr(0, 8) + ")";
}

std::string write_brief(const Tracer& tracer, const std::string& facts) {
  auto call = tracer.llm_call({.model = "gpt-4o-mini", .provider = "openai"});
  call.usage({.input_tokens = 60, .output_tokens = 85, .cost = NanoDollars(90'000)});
  return "In brief: " + facts;
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);

  auto traced_agent = [&](const char* name, auto run) {
    return traced_function(tracer, {.name = name, .kind = SpanKind::kAgent}, std::move(run));
  };
  auto extractor = traced_agent(
      "extractor", [&](const std::string& text) { return extract_facts(tracer, text); });
  auto writer =
      traced_agent("writer", [&](const std::string& facts) { return write_brief(tracer, facts); });

  // Every call of the pipeline emits its spans.
  auto pipeline = traced_function(tracer, {.name = "pipeline", .kind = SpanKind::kPattern},
                                  [&](const std::string& text) { return writer(extractor(text)); });

  const std::string brief = pipeline(std::string("Tesla Q3 2025 earnings report..."));
  return brief == "In brief: Revenue: $25.2B (Tesla Q3)" ? example.end() : 1;
}
