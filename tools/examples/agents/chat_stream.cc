// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/chat_stream.h"

#include <utility>

namespace tracebus::examples {

ChatStream::ChatStream(const TakePiece& take)
    : take_(take), reader_([this](std::string_view data) { add(data); }) {}

void ChatStream::add(std::string_view data) {
  if (is_done_) return;
  if (data == "[DONE]") {
    is_done_ = true;
    return;
  }
  ChatChunk chunk = parse_chunk(data);
  if (!chunk.id.empty()) reply_.id = std::move(chunk.id);
  if (chunk.created != 0) reply_.created = chunk.created;
  if (!chunk.model.empty()) reply_.model = std::move(chunk.model);
  if (!chunk.finish_reason.empty()) reply_.finish_reason = std::move(chunk.finish_reason);
  // Some say with each piece what was used so far.
  if (chunk.usage) reply_.usage = chunk.usage;
  reply_.text += chunk.text;
  for (const ToolCallPiece& piece : chunk.tool_calls) add_tool_call(piece);
  if (!chunk.text.empty() || !chunk.tool_calls.empty()) take_(chunk.text);
}

void ChatStream::add_tool_call(const ToolCallPiece& piece) {
  if (piece.index > reply_.tool_calls.size() || piece.index >= kChatItemsMax) {
    throw ChatError("a piece of the answer is of a call of a tool that has not begun");
  }
  if (piece.index == reply_.tool_calls.size()) {
    if (piece.call.name.empty()) throw ChatError("a call of a tool begins without its name");
    reply_.tool_calls.push_back(piece.call);
    return;
  }
  ToolCall& call = reply_.tool_calls[piece.index];
  call.arguments += piece.call.arguments;
}

ChatReply ChatStream::finish() {
  if (!is_done_) throw ChatError("the answer ended before it was whole: there was no [DONE]");
  if (reply_.finish_reason.empty()) throw ChatError("the answer does not say why it ended");
  return std::move(reply_);
}

}  // namespace tracebus::examples
