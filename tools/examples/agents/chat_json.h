// SPDX-License-Identifier: Apache-2.0
//
// Chat requests and replies as OpenAI's chat completions have them in JSON, in both directions.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_JSON_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_JSON_H_

#include <string>
#include <string_view>

#include "tracebus/tools/examples/agents/chat.h"

namespace tracebus::examples {

// Parsers throw ChatError, which says what is wrong and where. What they take is anybody's text:
// members that they do not know are passed over, those that they need are of the right type or an
// error, and of lists at most kChatItemsMax members are taken.
inline constexpr std::size_t kChatItemsMax = 1000;

std::string request_json(const ChatRequest& request);
ChatRequest parse_request(std::string_view json);

std::string reply_json(const ChatReply& reply);
ChatReply parse_reply(std::string_view json);

// A piece of an answer that is streamed: what it says more than those before it.
struct ToolCallPiece {
  std::size_t index;  // of the call in the answer
  ToolCall call;      // what is not said is empty
};
struct ChatChunk {
  std::string id;
  std::int64_t created = 0;
  std::string model;
  std::string role;  // of the first piece
  std::string text;
  std::vector<ToolCallPiece> tool_calls;
  std::string finish_reason;  // of the last piece
  std::optional<LlmUsage> usage;
};

// With usage, a chunk says nothing else, as OpenAI's last one.
std::string chunk_json(const ChatChunk& chunk);
// Throws the message of an error that comes in place of a piece, too.
ChatChunk parse_chunk(std::string_view json);

// {"error": {"message": ..., "type": ...}}
std::string error_json(std::string_view message, std::string_view type);
// The message of such an error; empty if json is none.
std::string parse_error(std::string_view json);

// What an endpoint said, for the message of an error: safe to print, and not too long.
std::string shown(std::string_view said);

// A member of a JSON object that is a text, as tools' arguments are. Throws ToolError.
std::string text_member(std::string_view json, const std::string& name);

// The calls as the "tool_calls" of a message; and back.
std::string tool_calls_json(const std::vector<ToolCall>& calls);
std::vector<ToolCall> parse_tool_calls(std::string_view json);

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_JSON_H_
