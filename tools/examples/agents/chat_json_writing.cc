// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/json_writer.h"
#include "tracebus/tools/examples/agents/chat_json.h"

namespace tracebus::examples {
namespace {

// "key": without a comma before the first one.
void add_key(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ", ";
  append_json_string(out, key);
  out += ": ";
}

void add_text(std::string& out, std::string_view key, std::string_view text) {
  add_key(out, key);
  append_json_string(out, text);
}

void add_number(std::string& out, std::string_view key, std::int64_t number) {
  add_key(out, key);
  append_json_int64(out, number);
}

template <class Items, class Append>
void add_list(std::string& out, const Items& items, const Append& append) {
  out += '[';
  bool is_first = true;
  for (const auto& item : items) {
    if (!is_first) out += ", ";
    is_first = false;
    append(out, item);
  }
  out += ']';
}

void append_tool_call(std::string& out, const ToolCall& call) {
  out += '{';
  add_text(out, "id", call.id);
  add_text(out, "type", "function");
  add_key(out, "function");
  out += '{';
  add_text(out, "name", call.name);
  add_text(out, "arguments", call.arguments);
  out += "}}";
}

void append_message(std::string& out, const ChatMessage& message) {
  out += '{';
  add_text(out, "role", message.role);
  if (message.content.empty() && !message.tool_calls.empty()) {
    add_key(out, "content");
    out += "null";
  } else {
    add_text(out, "content", message.content);
  }
  if (!message.tool_calls.empty()) {
    add_key(out, "tool_calls");
    add_list(out, message.tool_calls, append_tool_call);
  }
  if (!message.tool_call_id.empty()) add_text(out, "tool_call_id", message.tool_call_id);
  out += '}';
}

void append_tool(std::string& out, const ToolDescription& tool) {
  out += "{\"type\": \"function\", \"function\": {";
  add_text(out, "name", tool.name);
  add_text(out, "description", tool.description);
  add_key(out, "parameters");
  out += tool.parameters;
  out += "}}";
}

void append_usage(std::string& out, const LlmUsage& usage) {
  out += '{';
  add_number(out, "prompt_tokens", usage.input_tokens);
  add_number(out, "completion_tokens", usage.output_tokens);
  add_number(out, "total_tokens", usage.input_tokens + usage.output_tokens);
  out += ", \"prompt_tokens_details\": {";
  add_number(out, "cached_tokens", usage.cache_read_tokens);
  out += "}, \"completion_tokens_details\": {";
  add_number(out, "reasoning_tokens", usage.reasoning_tokens);
  out += "}}";
}

void append_tool_call_piece(std::string& out, const ToolCallPiece& piece) {
  out += '{';
  add_number(out, "index", static_cast<std::int64_t>(piece.index));
  // Who it is of is said by the first piece alone.
  if (!piece.call.id.empty()) add_text(out, "id", piece.call.id);
  if (!piece.call.name.empty()) add_text(out, "type", "function");
  add_key(out, "function");
  out += '{';
  if (!piece.call.name.empty()) add_text(out, "name", piece.call.name);
  add_text(out, "arguments", piece.call.arguments);
  out += "}}";
}

void append_delta(std::string& out, const ChatChunk& chunk) {
  out += '{';
  if (!chunk.role.empty()) add_text(out, "role", chunk.role);
  if (!chunk.role.empty() || !chunk.text.empty()) add_text(out, "content", chunk.text);
  if (!chunk.tool_calls.empty()) {
    add_key(out, "tool_calls");
    add_list(out, chunk.tool_calls, append_tool_call_piece);
  }
  out += '}';
}

void add_head(std::string& out, const std::string& id, std::string_view object,
              std::int64_t created) {
  add_text(out, "id", id);
  add_text(out, "object", object);
  add_number(out, "created", created);
}

}  // namespace

std::string request_json(const ChatRequest& request) {
  std::string out = "{";
  add_text(out, "model", request.model);
  add_key(out, "messages");
  add_list(out, request.messages, append_message);
  if (!request.tools.empty()) {
    add_key(out, "tools");
    add_list(out, request.tools, append_tool);
  }
  if (request.temperature) {
    add_key(out, "temperature");
    append_json_double(out, *request.temperature);
  }
  if (request.max_tokens) add_number(out, "max_tokens", *request.max_tokens);
  if (request.stream) {
    out += ", \"stream\": true";
    if (request.include_usage) out += ", \"stream_options\": {\"include_usage\": true}";
  }
  return out + "}";
}

std::string chunk_json(const ChatChunk& chunk) {
  std::string out = "{";
  add_head(out, chunk.id, "chat.completion.chunk", chunk.created);
  add_text(out, "model", chunk.model);
  add_key(out, "choices");
  if (chunk.usage) {
    out += "[], \"usage\": ";
    append_usage(out, *chunk.usage);
    return out + "}";
  }
  out += "[{\"index\": 0, \"delta\": ";
  append_delta(out, chunk);
  add_key(out, "finish_reason");
  if (chunk.finish_reason.empty()) {
    out += "null";
  } else {
    append_json_string(out, chunk.finish_reason);
  }
  return out + "}]}";
}

std::string reply_json(const ChatReply& reply) {
  std::string out = "{";
  add_head(out, reply.id, "chat.completion", reply.created);
  add_text(out, "model", reply.model);
  out += ", \"choices\": [{\"index\": 0, \"message\": ";
  append_message(out, {"assistant", reply.text, reply.tool_calls});
  add_text(out, "finish_reason", reply.finish_reason);
  out += "}]";
  if (reply.usage) {
    add_key(out, "usage");
    append_usage(out, *reply.usage);
  }
  return out + "}";
}

std::string error_json(std::string_view message, std::string_view type) {
  std::string out = "{\"error\": {";
  add_text(out, "message", message);
  add_text(out, "type", type);
  return out + "}}";
}

std::string tool_calls_json(const std::vector<ToolCall>& calls) {
  std::string out;
  add_list(out, calls, append_tool_call);
  return out;
}

}  // namespace tracebus::examples
