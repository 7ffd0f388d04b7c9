// SPDX-License-Identifier: Apache-2.0
//
// SpanKind: what a span is the time of, and by which events it says so: one table.
//
//   kind        start             end             end in an error
//   PATTERN     pattern_start     pattern_end     pattern_end, after an `error`
//   AGENT       agent_start       agent_end       agent_end, after an `error`
//   LLM         llm_call_start    llm_call_end    llm_call_error
//   TOOL        tool_start        tool_end        tool_error
//   any other   <kind>_start      <kind>_end      <kind>_end, after an `error`
//
// A start carries span.name, span.kind and the attributes that the span began with. An end carries
// span.name, span.kind, span.status, duration_ms and all attributes; where there are any, also
// span.status_message, span.events, span.links and what was dropped (core/attribute_key.h). The
// event's timestamp is the end, and the start lies duration_ms before it. Ids, agent and pattern
// are the event's own.
#ifndef TRACEBUS_CORE_SPAN_KIND_H_
#define TRACEBUS_CORE_SPAN_KIND_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tracebus/core/event_type.h"

namespace tracebus {
inline namespace v1 {

enum class SpanKind : std::uint8_t {
  kAgent,
  kTool,
  kGuard,
  kLlm,
  kChain,
  kRetriever,
  kRouter,
  kEmbedding,
  kPattern,
  kMemory,
  kDecision,
};
inline constexpr std::size_t kSpanKinds = 11;

// OpenTelemetry's: kOk is final, kFailed overrides kUnset.
enum class SpanStatus : std::uint8_t { kUnset, kOk, kFailed };

struct SpanKindEntry {
  std::string_view name;  // as in span.kind
  EventType start;
  EventType end;
  EventType error;  // the end of one that failed; end itself where an `error` goes before it
};

// By SpanKind.
inline constexpr std::array<SpanKindEntry, kSpanKinds> kSpanKindTable = {{
    {"AGENT", kAgentStart, kAgentEnd, kAgentEnd},
    {"TOOL", kToolStart, kToolEnd, kToolError},
    {"GUARD", kGuardStart, kGuardEnd, kGuardEnd},
    {"LLM", kLlmCallStart, kLlmCallEnd, kLlmCallError},
    {"CHAIN", kChainStart, kChainEnd, kChainEnd},
    {"RETRIEVER", kRetrieverStart, kRetrieverEnd, kRetrieverEnd},
    {"ROUTER", kRouterStart, kRouterEnd, kRouterEnd},
    {"EMBEDDING", kEmbeddingStart, kEmbeddingEnd, kEmbeddingEnd},
    {"PATTERN", kPatternStart, kPatternEnd, kPatternEnd},
    {"MEMORY", kMemoryStart, kMemoryEnd, kMemoryEnd},
    {"DECISION", kDecisionStart, kDecisionEnd, kDecisionEnd},
}};

constexpr const SpanKindEntry& entry_of(SpanKind kind) noexcept {
  return kSpanKindTable[static_cast<std::size_t>(kind)];
}
constexpr std::string_view to_string(SpanKind kind) noexcept { return entry_of(kind).name; }
// The kind of that name, as in span.kind.
constexpr std::optional<SpanKind> span_kind_called(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    if (kSpanKindTable[i].name == name) return static_cast<SpanKind>(i);
  }
  return std::nullopt;
}
constexpr std::string_view to_string(SpanStatus status) noexcept {
  constexpr std::array<std::string_view, 3> kNames = {"unset", "ok", "error"};
  return kNames[static_cast<std::size_t>(status)];
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_SPAN_KIND_H_
