// SPDX-License-Identifier: Apache-2.0
//
// What spans say of chat requests and replies.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_MODEL_SPAN_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_MODEL_SPAN_H_

#include <string>
#include <vector>

#include "tracebus/core/attribute_key.h"
#include "tracebus/tools/examples/agents/chat_json.h"
#include "tracebus/trace/model_call.h"

namespace tracebus::examples {

inline std::vector<ModelMessage> prompt_of(const std::vector<ChatMessage>& messages) {
  std::vector<ModelMessage> prompt;
  for (const ChatMessage& message : messages) prompt.push_back({message.role, message.content});
  return prompt;
}

// What a reply says besides its text and its usage. The calls are what a recording answers with.
template <class Set>
void describe(const ChatReply& reply, const Set& set) {
  if (!reply.model.empty()) set("response_model", Value(reply.model));
  if (!reply.finish_reason.empty()) set("finish_reason", Value(reply.finish_reason));
  if (reply.tool_calls.empty()) return;
  // Their arguments are what the model said.
  static const AttributeKey kToolCalls = AttributeKey::registered_content("tool_calls");
  const std::string calls = tool_calls_json(reply.tool_calls);
  set(kToolCalls.name(), Value(calls));
}

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_MODEL_SPAN_H_
