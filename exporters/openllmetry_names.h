// SPDX-License-Identifier: Apache-2.0
//
// The names of OpenLLMetry (opentelemetry-semantic-conventions-ai 0.4) and what OpenInference calls
// the same. Private to OpenLlmetryProcessor.
#ifndef TRACEBUS_EXPORTERS_OPENLLMETRY_NAMES_H_
#define TRACEBUS_EXPORTERS_OPENLLMETRY_NAMES_H_

#include <cstdint>
#include <string_view>

namespace tracebus {
inline namespace v1 {
namespace openllmetry {

enum class Kind : std::uint8_t {
  kRename,      // the value as it is
  kJson,        // the same, and a MIME type beside it
  kSpanKind,    // the value by kSpanKinds
  kEntityName,  // the name of an agent or a tool, by the span's kind
};

struct Row {
  std::string_view from;
  std::string_view to;
  Kind kind = Kind::kRename;
};

inline constexpr std::string_view kSpanKind = "traceloop.span.kind";
inline constexpr std::string_view kOpenInferenceKind = "openinference.span.kind";
inline constexpr std::string_view kJsonMimeType = "application/json";

inline constexpr Row kRows[] = {
    {kSpanKind, kOpenInferenceKind, Kind::kSpanKind},
    {"llm.request.type", kOpenInferenceKind, Kind::kSpanKind},
    {"traceloop.entity.name", "", Kind::kEntityName},
    {"traceloop.entity.input", "input.value", Kind::kJson},
    {"traceloop.entity.output", "output.value", Kind::kJson},
    {"traceloop.association.properties.session_id", "session.id"},
    {"traceloop.association.properties.user_id", "user.id"},
    {"gen_ai.system", "llm.provider"},
    {"gen_ai.request.model", "llm.model_name"},
    {"gen_ai.usage.prompt_tokens", "llm.token_count.prompt"},
    {"gen_ai.usage.input_tokens", "llm.token_count.prompt"},
    {"gen_ai.usage.completion_tokens", "llm.token_count.completion"},
    {"gen_ai.usage.output_tokens", "llm.token_count.completion"},
    {"llm.usage.total_tokens", "llm.token_count.total"},
    {"gen_ai.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read"},
    {"gen_ai.usage.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write"},
    {"llm.request.functions", "llm.tools"},
    {"traceloop.prompt.template", "llm.prompt_template.template"},
    {"traceloop.prompt.template_variables", "llm.prompt_template.variables"},
    {"traceloop.prompt.version", "llm.prompt_template.version"},
    {"llm.response.finish_reason", "llm.finish_reason"},
};

struct SpanKindRow {
  std::string_view from;
  std::string_view to;
};
inline constexpr SpanKindRow kSpanKinds[] = {
    {"workflow", "CHAIN"},      {"task", "CHAIN"},      {"agent", "AGENT"},
    {"tool", "TOOL"},           {"chat", "LLM"},        {"completion", "LLM"},
    {"embedding", "EMBEDDING"}, {"rerank", "RERANKER"},
};

// <from>N.<rest> becomes <to>N.<infix><rest>.
struct NumberedRow {
  std::string_view from;
  std::string_view to;
  std::string_view infix;
};
inline constexpr NumberedRow kNumberedRows[] = {
    {"gen_ai.prompt.", "llm.input_messages.", "message."},
    {"gen_ai.completion.", "llm.output_messages.", "message."},
    {"llm.request.functions.", "llm.tools.", "tool."},
};
// Within the rest, tool_calls.M.<from> becomes tool_calls.M.<to>.
inline constexpr std::string_view kToolCalls = "tool_calls.";
inline constexpr SpanKindRow kToolCallRows[] = {
    {"name", "tool_call.function.name"},
    {"arguments", "tool_call.function.arguments"},
    {"id", "tool_call.id"},
};

// All others of these become members of kMetadata, a JSON object as a text.
inline constexpr std::string_view kProperties = "traceloop.association.properties.";
inline constexpr std::string_view kMetadata = "metadata";

}  // namespace openllmetry
}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OPENLLMETRY_NAMES_H_
