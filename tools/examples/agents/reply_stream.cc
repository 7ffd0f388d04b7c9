// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/reply_stream.h"

#include <algorithm>
#include <utility>

#include "tracebus/core/text_cut.h"
#include "tracebus/tools/examples/agents/chat_json.h"

namespace tracebus::examples {
namespace {

// Makes the events of one reply.
class StreamWriter {
 public:
  explicit StreamWriter(const ChatReply& reply) : reply_(reply) {}

  void add_role() {
    ChatChunk chunk = begin();
    chunk.role = "assistant";
    add(chunk);
  }
  void add_text() {
    for (const std::string_view piece : pieces_of(reply_.text)) {
      ChatChunk chunk = begin();
      chunk.text = piece;
      add(chunk);
    }
  }
  void add_tool_calls() {
    for (std::size_t i = 0; i < reply_.tool_calls.size(); ++i) {
      const ToolCall& call = reply_.tool_calls[i];
      ChatChunk chunk = begin();
      chunk.tool_calls = {{i, {call.id, call.name, ""}}};
      add(chunk);
      for (const std::string_view piece : pieces_of(call.arguments)) {
        chunk.tool_calls = {{i, {"", "", std::string(piece)}}};
        add(chunk);
      }
    }
  }
  void add_end(bool include_usage) {
    ChatChunk chunk = begin();
    chunk.finish_reason = reply_.finish_reason;
    add(chunk);
    if (include_usage && reply_.usage) {
      chunk.usage = reply_.usage;
      add(chunk);
    }
    events_.push_back("data: [DONE]\n\n");
  }

  std::vector<std::string> take() { return std::move(events_); }

 private:
  ChatChunk begin() const {
    return {.id = reply_.id,
            .created = reply_.created,
            .model = reply_.model,
            .role = {},
            .text = {},
            .tool_calls = {},
            .finish_reason = {},
            .usage = {}};
  }
  void add(const ChatChunk& chunk) { events_.push_back("data: " + chunk_json(chunk) + "\n\n"); }

  const ChatReply& reply_;
  std::vector<std::string> events_;
};

}  // namespace

std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  // Rounded down, which makes at most twice as many pieces.
  const std::size_t bytes_min = text.size() / (kPiecesMax / 2);
  const std::size_t bytes_max = bytes_min + kPieceBytesMax;
  while (!text.empty()) {
    std::string_view piece = cut_text(text, bytes_max);
    const std::size_t space = piece.find(' ', std::max<std::size_t>(bytes_min, 1));
    piece = piece.substr(0, space);
    pieces.push_back(piece);
    text.remove_prefix(piece.size());
  }
  return pieces;
}

std::vector<std::string> stream_events(const ChatReply& reply, bool include_usage) {
  StreamWriter writer(reply);
  writer.add_role();
  writer.add_text();
  writer.add_tool_calls();
  writer.add_end(include_usage);
  return writer.take();
}

}  // namespace tracebus::examples
