// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include <optional>

#include "tracebus/core/text_cut.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/tools/examples/agents/chat_json.h"

namespace tracebus::examples {
namespace {

using simdjson::dom::element;

[[noreturn]] void refuse(const std::string& what) { throw ChatError(what); }

// Deeper nesting than chat has any use for is refused by the parser.
class Document {
 public:
  Document(std::string_view json, const std::string& what) {
    if (parser_.allocate(json.size() + 1, kDepthMax) != simdjson::SUCCESS) {
      refuse(what + " is too large");
    }
    const auto error = parser_.parse(json.data(), json.size()).get(root_);
    if (error != simdjson::SUCCESS) {
      refuse(what + " is not JSON (" + simdjson::error_message(error) + ")");
    }
  }
  const element& root() const { return root_; }

 private:
  static constexpr std::size_t kDepthMax = 64;
  simdjson::dom::parser parser_;
  element root_;
};

// The member, unless it is missing or null.
std::optional<element> find(const element& object, std::string_view name) {
  element found;
  if (object[name].get(found) != simdjson::SUCCESS || found.is_null()) return std::nullopt;
  return found;
}

element need(const element& object, std::string_view name) {
  const std::optional<element> found = find(object, name);
  if (!found) refuse("has no \"" + std::string(name) + "\"");
  return *found;
}

std::string text_of(const element& value, std::string_view name) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    refuse("has a \"" + std::string(name) + "\" that is no text");
  }
  return std::string(text);
}

// Empty if there is none.
std::string text_in(const element& object, std::string_view name) {
  const std::optional<element> found = find(object, name);
  return found ? text_of(*found, name) : std::string();
}

std::int64_t count_in(const element& object, std::string_view name) {
  const std::optional<element> found = find(object, name);
  if (!found) return 0;
  std::int64_t count = 0;
  if (found->get(count) != simdjson::SUCCESS || count < 0) {
    refuse("has a \"" + std::string(name) + "\" that is no count");
  }
  return count;
}

template <class Take>
void take_list(const element& value, std::string_view name, const Take& take) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) {
    refuse("has \"" + std::string(name) + "\" that are no list");
  }
  std::size_t taken = 0;
  for (const element item : array) {
    if (++taken > kChatItemsMax) refuse("has too many \"" + std::string(name) + "\"");
    take(item);
  }
}

ToolCall tool_call_of(const element& value) {
  const element function = need(value, "function");
  return {text_in(value, "id"), text_of(need(function, "name"), "name"),
          text_in(function, "arguments")};
}

std::vector<ToolCall> tool_calls_of(const element& value) {
  std::vector<ToolCall> calls;
  take_list(value, "tool_calls", [&](const element& call) { calls.push_back(tool_call_of(call)); });
  return calls;
}

ChatMessage message_of(const element& value) {
  ChatMessage message;
  message.role = text_of(need(value, "role"), "role");
  message.content = text_in(value, "content");
  if (const auto calls = find(value, "tool_calls")) message.tool_calls = tool_calls_of(*calls);
  message.tool_call_id = text_in(value, "tool_call_id");
  return message;
}

LlmUsage usage_of(const element& value) {
  LlmUsage usage;
  usage.input_tokens = count_in(value, "prompt_tokens");
  usage.output_tokens = count_in(value, "completion_tokens");
  if (const auto details = find(value, "prompt_tokens_details")) {
    usage.cache_read_tokens = count_in(*details, "cached_tokens");
  }
  if (const auto details = find(value, "completion_tokens_details")) {
    usage.reasoning_tokens = count_in(*details, "reasoning_tokens");
  }
  return usage;
}

ToolCallPiece tool_call_piece_of(const element& value) {
  ToolCallPiece piece = {.index = static_cast<std::size_t>(count_in(value, "index")), .call = {}};
  piece.call.id = text_in(value, "id");
  if (const auto function = find(value, "function")) {
    piece.call.name = text_in(*function, "name");
    piece.call.arguments = text_in(*function, "arguments");
  }
  return piece;
}

// Of the first choice, which is the only one that is asked for. None where there is but usage.
void add_choice(const element& root, ChatChunk& chunk) {
  const element choices = need(root, "choices");
  element choice;
  if (choices.at(0).get(choice) != simdjson::SUCCESS) {
    if (!choices.is_array()) refuse("has \"choices\" that are no list");
    return;
  }
  chunk.finish_reason = text_in(choice, "finish_reason");
  const std::optional<element> delta = find(choice, "delta");
  if (!delta) return;
  chunk.role = text_in(*delta, "role");
  chunk.text = text_in(*delta, "content");
  if (const auto calls = find(*delta, "tool_calls")) {
    take_list(*calls, "tool_calls",
              [&](const element& call) { chunk.tool_calls.push_back(tool_call_piece_of(call)); });
  }
}

bool flag_in(const element& object, std::string_view name) {
  const std::optional<element> found = find(object, name);
  bool flag = false;
  if (found && found->get(flag) != simdjson::SUCCESS) {
    refuse("has a \"" + std::string(name) + "\" that is neither true nor false");
  }
  return flag;
}

}  // namespace

ChatRequest parse_request(std::string_view json) {
  const Document document(json, "the request");
  ChatRequest request;
  request.model = text_of(need(document.root(), "model"), "model");
  take_list(need(document.root(), "messages"), "messages",
            [&](const element& message) { request.messages.push_back(message_of(message)); });
  request.stream = flag_in(document.root(), "stream");
  if (const auto options = find(document.root(), "stream_options")) {
    request.include_usage = flag_in(*options, "include_usage");
  }
  return request;
}

ChatReply parse_reply(std::string_view json) {
  const Document document(json, "the answer");
  const element& root = document.root();
  try {
    element choice;
    if (need(root, "choices").at(0).get(choice) != simdjson::SUCCESS) refuse("has no choice");
    const ChatMessage message = message_of(need(choice, "message"));
    ChatReply reply = {.id = text_in(root, "id"),
                       .created = count_in(root, "created"),
                       .model = text_in(root, "model"),
                       .text = message.content,
                       .tool_calls = message.tool_calls,
                       .finish_reason = text_in(choice, "finish_reason"),
                       .usage = {}};
    if (const auto usage = find(root, "usage")) reply.usage = usage_of(*usage);
    return reply;
  } catch (const ChatError& error) {
    refuse("the answer " + std::string(error.what()));
  }
}

ChatChunk parse_chunk(std::string_view json) {
  const Document document(json, "a piece of the answer");
  const element& root = document.root();
  if (const auto error = find(root, "error")) {
    const std::string message = error->is_object() ? text_in(*error, "message") : std::string();
    refuse("broke off" + (message.empty() ? message : ": " + shown(message)));
  }
  try {
    ChatChunk chunk = {.id = text_in(root, "id"),
                       .created = count_in(root, "created"),
                       .model = text_in(root, "model"),
                       .role = {},
                       .text = {},
                       .tool_calls = {},
                       .finish_reason = {},
                       .usage = {}};
    add_choice(root, chunk);
    if (const auto usage = find(root, "usage")) chunk.usage = usage_of(*usage);
    return chunk;
  } catch (const ChatError& error) {
    refuse("a piece of the answer " + std::string(error.what()));
  }
}

std::string parse_error(std::string_view json) {
  try {
    const Document document(json, "the error");
    return text_in(need(document.root(), "error"), "message");
  } catch (const ChatError&) {
    return {};
  }
}

std::string shown(std::string_view said) {
  constexpr std::size_t kShownBytes = 300;
  std::string text;
  append_visible(text, cut_text(said, kShownBytes));
  return said.size() > kShownBytes ? text + "..." : text;
}

std::string text_member(std::string_view json, const std::string& name) {
  try {
    const Document document(json, "the input");
    return text_of(need(document.root(), name), name);
  } catch (const ChatError& error) {
    throw ToolError("the input: " + std::string(error.what()));
  }
}

std::vector<ToolCall> parse_tool_calls(std::string_view json) {
  const Document document(json, "the list of calls");
  return tool_calls_of(document.root());
}

}  // namespace tracebus::examples
