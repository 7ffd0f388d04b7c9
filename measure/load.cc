// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/load.h"

#include <cstdio>
#include <string_view>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kPattern = "supervisor";
constexpr std::string_view kModel = "claude-sonnet-4-20250514";
constexpr std::int64_t kOutputTokens = 380;
constexpr double kCostUsd = 0.00705;

Load::Agent make_agent(std::size_t number) {
  char name[64];
  std::snprintf(name, sizeof name, "research-agent-%06zu", number);
  Load::Agent agent{name, {}};
  agent.ids.run_id = RunId::from_foreign("run of " + agent.name);
  agent.ids.trace_id = TraceId::from_foreign("trace of " + agent.name);
  agent.ids.span_id = SpanId::from_foreign("span of " + agent.name);
  agent.ids.parent_span_id = SpanId::from_foreign("parent of " + agent.name);
  return agent;
}

// Words, as what agents say: what exporters escape or compress costs as it does there.
std::string make_text(std::size_t bytes) {
  constexpr std::string_view kWords = "the agent reads what the tool returned and plans again; ";
  std::string text;
  text.reserve(bytes + kWords.size());
  while (text.size() < bytes) text.append(kWords);
  text.resize(bytes);
  return text;
}

}  // namespace

Load::Load(std::size_t agents, std::size_t text_bytes) : text_(make_text(text_bytes)) {
  agents_.reserve(agents);
  for (std::size_t i = 0; i < agents; ++i) agents_.push_back(make_agent(i));
}

EmitResult Load::emit(Producer& producer, const Agent& agent, std::int64_t tokens) const noexcept {
  const auto emit = [&](const auto&... text) {
    return producer.emit(kLlmCallEnd, agent.ids, agent.name, kPattern, attr<"model">(kModel),
                         attr<"input_tokens">(tokens), attr<"output_tokens">(kOutputTokens),
                         attr<"cost_usd">(kCostUsd), text...);
  };
  // Not a key whose values are content, which would be dropped at once where nobody may see it.
  return text_.empty() ? emit() : emit(attr<"text">(text_));
}

}  // namespace v1
}  // namespace tracebus
