// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/replay_answers.h"

#include <absl/status/status.h>

#include <algorithm>
#include <utility>

#include "tracebus/core/json_writer.h"
#include "tracebus/tools/examples/agents/chat_json.h"
#include "tracebus/tools/examples/agents/reply_stream.h"

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
  reply.created = entry.timestamp.seconds;
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
  return {status, {error_json(message, type)}};
}

// How long the first piece took of the time that the whole answer took; none if it was not told.
std::optional<double> first_share_of(const RecordedEntry& entry) {
  const std::optional<ValueView> first = entry.metadata.find("time_to_first_chunk_seconds");
  const std::optional<double> whole_ms = entry.duration_ms();
  if (!first || first->type() != ValueType::kDouble || !whole_ms) return std::nullopt;
  const double share = first->as_double() * 1000 / *whole_ms;
  if (!(share >= 0 && share <= 1)) return std::nullopt;
  return share;
}

std::chrono::nanoseconds part_of(std::chrono::nanoseconds time, double share) {
  const auto count = static_cast<double>(time.count());
  return std::chrono::nanoseconds(static_cast<std::int64_t>(count * share));
}

}  // namespace

std::chrono::nanoseconds HttpAnswer::due(std::size_t part) const noexcept {
  if (parts.size() < 2) return last_due;
  const double share = static_cast<double>(part) / static_cast<double>(parts.size() - 1);
  return first_due + part_of(last_due - first_due, share);
}

ReplayAnswers::ReplayAnswers(std::shared_ptr<const ReplaySource> source, ReplayOptions options)
    : source_(std::move(source)), options_(std::move(options)) {
  options_.sleep = [this](std::chrono::nanoseconds latency) { latency_ = latency; };
}

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
  latency_ = {};
  try {
    HttpAnswer answer = answer_to(agent, parse_request(body));
    answer.last_due = latency_;
    return answer;
  } catch (const ChatError& error) {
    return failure(400, error.what());
  }
}

HttpAnswer ReplayAnswers::answer_to(std::string_view agent, const ChatRequest& request) {
  const absl::StatusOr<ReplayLlm*> llm = llm_of(agent);
  if (!llm.ok()) return failure(404, std::string(llm.status().message()));
  const absl::StatusOr<Replayed> replayed = (*llm)->call(recorded_form(request.messages));
  if (!replayed.ok()) {
    const bool missing = replayed.status().code() == absl::StatusCode::kNotFound;
    return failure(missing ? 404 : 500, std::string(replayed.status().message()));
  }
  if (const auto error = replayed->error()) return failure(500, *error);
  const RecordedEntry& entry = *replayed->entry;
  ChatReply reply = reply_of(entry, request);
  reply.id = "replay-" + std::to_string(++answered_);
  if (!request.stream) return {200, {reply_json(reply)}};
  HttpAnswer answer = {200, stream_events(reply, request.include_usage), true};
  const double even_share = 1 / static_cast<double>(answer.parts.size());
  answer.first_due = part_of(latency_, first_share_of(entry).value_or(even_share));
  return answer;
}

}  // namespace tracebus::examples
