// SPDX-License-Identifier: Apache-2.0
//
// What agents ask of models, and what they get: the part of OpenAI's chat completions that these
// agents use. ChatClient is who answers: an endpoint over HTTP, or a stub in a test.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/trace/llm_span.h"

namespace tracebus::examples {

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON, as the model wrote it: anything may stand there
};

struct ChatMessage {
  std::string role;  // system, user, assistant or tool
  std::string content;
  std::vector<ToolCall> tool_calls = {};  // of the assistant
  std::string tool_call_id = {};          // of a tool's answer
};

struct ToolDescription {
  std::string name;
  std::string description;
  std::string parameters;  // a JSON schema
};

struct ChatRequest {
  std::string agent;  // who asks
  std::string model;
  std::vector<ChatMessage> messages;
  std::vector<ToolDescription> tools = {};
  std::optional<double> temperature = {};
  std::optional<std::int64_t> max_tokens = {};
  bool stream = false;         // the answer comes in pieces
  bool include_usage = false;  // and at its end what it used
};

struct ChatReply {
  std::string id;
  std::int64_t created = 0;  // seconds since 1970
  std::string model;         // that answered
  std::string text;
  std::vector<ToolCall> tool_calls;
  std::string finish_reason;
  std::optional<LlmUsage> usage;
};

// That a question was not answered, in words for people. What the endpoint said is in it escaped.
class ChatError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// That a tool could not do what it was asked, in words for the model.
class ToolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Takes a piece of an answer as it comes: text of whole characters, or nothing for a piece of a
// tool's call.
using TakePiece = std::function<void(std::string_view text)>;

class ChatClient {
 public:
  ChatClient() = default;
  ChatClient(const ChatClient&) = delete;
  ChatClient& operator=(const ChatClient&) = delete;
  virtual ~ChatClient() = default;

  // Waits for the answer. Throws ChatError.
  virtual ChatReply complete(const ChatRequest& request) = 0;

  // The same, and tells of each piece of the answer at once; of who cannot stream it is one piece.
  // What take throws ends the call, and is thrown on.
  virtual ChatReply stream(const ChatRequest& request, const TakePiece& take) {
    ChatReply reply = complete(request);
    take(reply.text);
    return reply;
  }
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_CHAT_H_
