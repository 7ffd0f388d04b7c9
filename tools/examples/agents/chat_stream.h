// SPDX-License-Identifier: Apache-2.0
//
// ChatStream: puts an answer that is streamed together again, and tells of each piece.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_STREAM_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_STREAM_H_

#include <string_view>

#include "tracebus/tools/examples/agents/chat_json.h"
#include "tracebus/tools/examples/agents/event_stream.h"

namespace tracebus::examples {

// Thread safety: none.
class ChatStream {
 public:
  // REQUIRES: take outlives it.
  explicit ChatStream(const TakePiece& take);
  ChatStream(const ChatStream&) = delete;
  ChatStream& operator=(const ChatStream&) = delete;

  // The next bytes of the answer's body. Throws ChatError for what is no such answer, and for an
  // error that the endpoint tells in its midst; and what take throws.
  void feed(std::string_view bytes) { reader_.feed(bytes); }

  // Whether the endpoint said that there is no more. Nothing is taken after that.
  bool is_done() const noexcept { return is_done_; }

  // When there is no more. Throws ChatError unless the answer is whole.
  ChatReply finish();

 private:
  void add(std::string_view data);
  void add_tool_call(const ToolCallPiece& piece);

  const TakePiece& take_;
  EventStreamReader reader_;
  ChatReply reply_;
  bool is_done_ = false;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_STREAM_H_
