// SPDX-License-Identifier: Apache-2.0
//
// What Langfuse calls what spans say (langfuse.com/integrations/native/opentelemetry; its server's
// OtelIngestionProcessor, v4.16, says what becomes of it). Private to LangfuseProcessor.
#ifndef TRACEBUS_EXPORTERS_LANGFUSE_NAMES_H_
#define TRACEBUS_EXPORTERS_LANGFUSE_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace tracebus {
inline namespace v1 {
namespace langfuse {

inline constexpr std::string_view kPrefix = "langfuse.";
inline constexpr std::string_view kTraceNameKey = "langfuse.trace.name";
inline constexpr std::string_view kTraceTagsKey = "langfuse.trace.tags";
inline constexpr std::string_view kTraceMetadataKey = "langfuse.trace.metadata";
inline constexpr std::string_view kSessionIdKey = "langfuse.session.id";
inline constexpr std::string_view kUserIdKey = "langfuse.user.id";
inline constexpr std::string_view kEnvironmentKey = "langfuse.environment";
inline constexpr std::string_view kReleaseKey = "langfuse.release";
inline constexpr std::string_view kVersionKey = "langfuse.version";
inline constexpr std::string_view kTypeKey = "langfuse.observation.type";
inline constexpr std::string_view kLevelKey = "langfuse.observation.level";
inline constexpr std::string_view kStatusMessageKey = "langfuse.observation.status_message";
inline constexpr std::string_view kInputKey = "langfuse.observation.input";
inline constexpr std::string_view kOutputKey = "langfuse.observation.output";
inline constexpr std::string_view kModelKey = "langfuse.observation.model.name";
inline constexpr std::string_view kModelParametersKey = "langfuse.observation.model.parameters";
inline constexpr std::string_view kUsageDetailsKey = "langfuse.observation.usage_details";
inline constexpr std::string_view kCostDetailsKey = "langfuse.observation.cost_details";
inline constexpr std::string_view kCompletionStartKey =
    "langfuse.observation.completion_start_time";
inline constexpr std::string_view kMetadataPrefix = "langfuse.observation.metadata.";

inline constexpr std::string_view kKeys[] = {
    kTraceNameKey,    kTraceTagsKey,     kTraceMetadataKey,  kSessionIdKey, kUserIdKey,
    kEnvironmentKey,  kReleaseKey,       kVersionKey,        kTypeKey,      kLevelKey,
    kInputKey,        kStatusMessageKey, kOutputKey,         kModelKey,     kModelParametersKey,
    kUsageDetailsKey, kCostDetailsKey,   kCompletionStartKey};

// What an attribute of ours is to Langfuse.
enum class Use : std::uint8_t {
  kTraceName,
  kSession,
  kUser,
  kTags,
  kTraceMetadata,
  kInput,
  kOutput,
  // Of calls of models alone: elsewhere they are sums of them, which Langfuse would count twice.
  kModel,
  kParameter,
  kUsage,
  kCost,
  kFirstChunk,
};
constexpr bool is_of_models(Use use) noexcept { return use >= Use::kModel; }

struct Row {
  std::string_view ours;
  Use use;
  std::string_view name = {};  // in the JSON of parameters, usage or cost
};

// Of several rows of one use (and name) the first that a span has is told.
inline constexpr Row kRows[] = {
    {"workflow", Use::kTraceName},
    {"session.id", Use::kSession},
    {"session_id", Use::kSession},
    {"user.id", Use::kUser},
    {"user_id", Use::kUser},
    {"tag.tags", Use::kTags},
    {"tags", Use::kTags},
    {"metadata", Use::kTraceMetadata},

    {"input.value", Use::kInput},
    {"gen_ai.input.messages", Use::kInput},
    {"messages", Use::kInput},
    {"messages_in", Use::kInput},
    {"tool.arguments", Use::kInput},
    {"gen_ai.tool.call.arguments", Use::kInput},
    {"arguments", Use::kInput},
    {"input", Use::kInput},
    {"prompt", Use::kInput},
    {"traceloop.entity.input", Use::kInput},
    {"task_preview", Use::kInput},

    {"output.value", Use::kOutput},
    {"gen_ai.output.messages", Use::kOutput},
    {"response", Use::kOutput},
    {"result_output", Use::kOutput},
    {"tool.result", Use::kOutput},
    {"gen_ai.tool.call.result", Use::kOutput},
    {"output", Use::kOutput},
    {"result", Use::kOutput},
    {"completion", Use::kOutput},
    {"traceloop.entity.output", Use::kOutput},

    {"response_model", Use::kModel},
    {"model", Use::kModel},
    {"temperature", Use::kParameter, "temperature"},
    {"max_tokens", Use::kParameter, "max_tokens"},
    {"top_p", Use::kParameter, "top_p"},
    {"top_k", Use::kParameter, "top_k"},
    {"frequency_penalty", Use::kParameter, "frequency_penalty"},
    {"presence_penalty", Use::kParameter, "presence_penalty"},
    {"stop_sequences", Use::kParameter, "stop_sequences"},
    {"seed", Use::kParameter, "seed"},
    {"choice_count", Use::kParameter, "choice_count"},
    {"stream", Use::kParameter, "stream"},
    {"time_to_first_chunk_seconds", Use::kFirstChunk},

    {"input_tokens", Use::kUsage, "input"},
    {"prompt_tokens", Use::kUsage, "input"},
    {"output_tokens", Use::kUsage, "output"},
    {"completion_tokens", Use::kUsage, "output"},
    {"cache_read_input_tokens", Use::kUsage, "input_cached_tokens"},
    {"cache_creation_input_tokens", Use::kUsage, "input_cache_creation"},
    {"reasoning_tokens", Use::kUsage, "output_reasoning_tokens"},
    {"total_tokens", Use::kUsage, "total"},
    {"tokens", Use::kUsage, "total"},
    {"token_count", Use::kUsage, "total"},
    {"cost_usd", Use::kCost, "total"},
    {"total_cost", Use::kCost, "total"},
    {"input_cost", Use::kCost, "input"},
    {"output_cost", Use::kCost, "output"},
};
inline constexpr std::size_t kRowCount = std::size(kRows);

}  // namespace langfuse
}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_LANGFUSE_NAMES_H_
