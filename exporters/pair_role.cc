// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/pair_role.h"

#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

using Moment = PairRole::Moment;

constexpr std::pair<std::string_view, SpanKind> kFamilies[] = {
    {"agent", SpanKind::kAgent},       {"chain", SpanKind::kChain},
    {"decision", SpanKind::kDecision}, {"embedding", SpanKind::kEmbedding},
    {"guard", SpanKind::kGuard},       {"llm_call", SpanKind::kLlm},
    {"memory", SpanKind::kMemory},     {"pattern", SpanKind::kPattern},
    {"provider_call", SpanKind::kLlm}, {"retriever", SpanKind::kRetriever},
    {"router", SpanKind::kRouter},     {"tool", SpanKind::kTool},
};

SpanKind kind_of(std::string_view family) noexcept {
  for (const auto& [name, kind] : kFamilies) {
    if (name == family) return kind;
  }
  return SpanKind::kChain;
}

}  // namespace

PairRole pair_role(std::string_view event_type) noexcept {
  if (event_type == "llm_call") return {Moment::kEnd, event_type, SpanKind::kLlm, false, true};
  if (event_type == "tool_call") return {Moment::kEnd, "tool", SpanKind::kTool, false, true};
  const std::size_t mark = event_type.rfind('_');
  if (mark == std::string_view::npos || mark == 0) return {};
  const std::string_view family = event_type.substr(0, mark);
  const std::string_view moment = event_type.substr(mark + 1);
  if (moment == "start") return {Moment::kStart, family, kind_of(family), false, false};
  if (moment != "end" && moment != "error") return {};
  return {Moment::kEnd, family, kind_of(family), moment == "error", false};
}

}  // namespace v1
}  // namespace tracebus
