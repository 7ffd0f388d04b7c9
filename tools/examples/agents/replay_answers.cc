// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/replay_answers.h"

#include <absl/status/status.h>

#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/tools/examples/agents/chat_json.h"

namespace tracebus::examples {
namespace {

std::vector<RecordedMessage> recorded_form(const std::vector<ChatMessage>& messages) {
  std::vector<RecordedMessage> recorded;
  for (const ChatMessage& message : messages) {
    recorded.push_back({message.role, message.content, std::nullopt});
  }
  return recorded;
}

// A text as it is, anything else as JSON; empty if there is none.
std::string metadata_text(const RecordedEntry& entry, std::string_view key) {
  const std::optional<ValueView> value = entry.metadata.find(key);
  if (!value || value->is_null()) return {};
  if (value->type() == ValueType::kString) return std::string(value->as_string());
  std::string json;
  append_json_value(json, *value);
  return json;
}

std::string finish_reason_of(const RecordedEntry& entry, bool calls_tools) {
  for (const char* const key : {"finish_reason", "stop_reason"}) {
    if (std::string reason = metadata_text(entry, key); !reason.empty()) return reason;
  }
  return calls_tools ? "tool_calls" : "stop";
}

ChatReply reply_of(const RecordedEntry& entry, const ChatRequest& request) {
  ChatReply reply;
  reply.model = entry.model().empty() ? request.model : std::string(entry.model());
  reply.text = entry.response;
  const std::string calls = metadata_text(entry, "tool_calls");
  if (!calls.empty()) reply.tool_calls = parse_tool_calls(calls);
  reply.finish_reason = finish_reason_of(entry, !reply.tool_calls.empty());
  if (const TokenUsage usage = entry.usage(); usage != TokenUsage()) {
    reply.usage = LlmUsage{.input_tokens = usage.input,
                           .output_tokens = usage.output,
                           .cache_read_tokens = usage.cache_read,
                           .reasoning_tokens = usage.reasoning};
  }
  return reply;
}

HttpAnswer failure(unsigned status, std::string_view message) {
  constexpr unsigned kMissing = 404;
  const bool asked_wrongly = status < 500;
  const std::string_view type = status == kMissing ? "not_recorded"
                                : asked_wrongly    ? "invalid_request_error"
                                                   : "server_error";
  return {status, error_json(message, type)};
}

}  // namespace

absl::StatusOr<ReplayLlm*> ReplayAnswers::llm_of(std::string_view agent) {
  const auto known = llms_.find(agent);
  if (known != llms_.end()) return known->second.get();
  ReplayOptions options = options_;
  if (agent.empty()) options.match = ReplayMatch::kByRequest;
  auto made = source_->llm(agent, std::move(options));
  if (!made.ok()) return made.status();
  return llms_.emplace(std::string(agent), *std::move(made)).first->second.get();
}

HttpAnswer ReplayAnswers::answer(std::string_view agent, std::string_view body) {
  try {
    const ChatRequest request = parse_request(body);
    const absl::StatusOr<ReplayLlm*> llm = llm_of(agent);
    if (!llm.ok()) return failure(404, std::string(llm.status().message()));
    const absl::StatusOr<Replayed> replayed = (*llm)->call(recorded_form(request.messages));
    if (!replayed.ok()) {
      const bool missing = replayed.status().code() == absl::StatusCode::kNotFound;
      return failure(missing ? 404 : 500, std::string(replayed.status().message()));
    }
    if (const auto error = replayed->error()) return failure(500, *error);
    ChatReply reply = reply_of(*replayed->entry, request);
    reply.id = "replay-" + std::to_string(++answered_);
    return {200, reply_json(reply)};
  } catch (const ChatError& error) {
    return failure(400, error.what());
  }
}

}  // namespace tracebus::examples
