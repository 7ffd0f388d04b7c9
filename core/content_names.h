// SPDX-License-Identifier: Apache-2.0
//
// The names under which messages, tool arguments and results travel: those of the seeds, of
// OpenInference, of the GenAI conventions, of OpenLLMetry and of Langfuse; the one place where they
// stand.
// Private to ContentPath and content.h, which read them, and to attribute_key.cc, which registers
// those that are content themselves.
#ifndef TRACEBUS_CORE_CONTENT_NAMES_H_
#define TRACEBUS_CORE_CONTENT_NAMES_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {
namespace content {

// What is said by a name, and by the names below it: those that go on with a dot.
enum class Kind : std::uint8_t {
  kNone = 0,
  kName,   // it is content: input.value
  kTree,   // it is, and so is all below it: tool.arguments, tool.arguments.city
  kBelow,  // all below it is, but not the name itself: arg.city
  kList,   // it is, and so are the items that are numbered below it, but for kPlainParts:
           // gen_ai.prompt, gen_ai.prompt.0.content; not gen_ai.prompt.0.role
};

struct Row {
  std::string_view name;
  Kind kind;
};

inline constexpr Row kRows[] = {
    {"arg", Kind::kBelow},  // of a traced function
    {"arguments", Kind::kTree},
    {"completion", Kind::kList},
    {"content", Kind::kList},
    {"document.content", Kind::kTree},
    {"document.metadata", Kind::kTree},
    {"embedding.embeddings", Kind::kList},
    {"embedding.text", Kind::kTree},
    {"embedding.vector", Kind::kTree},
    {"exo.task.input", Kind::kTree},
    {"exo.tool.arguments", Kind::kTree},
    {"exo.tool.result", Kind::kTree},
    {"gen_ai.completion", Kind::kList},
    {"gen_ai.content", Kind::kBelow},
    {"gen_ai.event.content", Kind::kTree},
    {"gen_ai.input.messages", Kind::kList},
    {"gen_ai.output.messages", Kind::kList},
    {"gen_ai.prompt", Kind::kList},
    {"gen_ai.retrieval.documents", Kind::kList},
    {"gen_ai.retrieval.query.text", Kind::kTree},
    {"gen_ai.system_instructions", Kind::kList},
    {"gen_ai.tool.call.arguments", Kind::kTree},
    {"gen_ai.tool.call.result", Kind::kTree},
    {"gen_ai.tool.definitions", Kind::kList},
    {"gen_ai.tool_definitions.raw", Kind::kTree},
    {"input", Kind::kName},
    {"input.value", Kind::kName},
    {"langfuse.observation.input", Kind::kTree},
    {"langfuse.observation.output", Kind::kTree},
    {"langfuse.trace.input", Kind::kTree},
    {"langfuse.trace.output", Kind::kTree},
    {"llm.choices", Kind::kList},
    {"llm.completions", Kind::kList},
    {"llm.function_call", Kind::kTree},
    {"llm.input_messages", Kind::kList},
    {"llm.output_messages", Kind::kList},
    {"llm.prompt_template.template", Kind::kTree},
    {"llm.prompt_template.variables", Kind::kTree},
    {"llm.prompts", Kind::kList},
    {"llm.request.functions", Kind::kList},
    {"llm.tools", Kind::kList},
    {"message.content", Kind::kTree},
    {"message.contents", Kind::kList},
    {"message.function_call_arguments_json", Kind::kName},
    {"message.tool_calls", Kind::kList},
    {"message_content.image", Kind::kTree},
    {"message_content.text", Kind::kTree},
    {"messages", Kind::kList},
    {"messages_in", Kind::kList},
    {"output", Kind::kName},
    {"output.value", Kind::kName},
    {"prompt", Kind::kList},
    {"pyagent.agent.contribution", Kind::kName},
    {"reranker.input_documents", Kind::kList},
    {"reranker.output_documents", Kind::kList},
    {"reranker.query", Kind::kTree},
    {"response", Kind::kList},
    {"result", Kind::kList},
    {"result_output", Kind::kName},
    {"retrieval.documents", Kind::kList},
    {"task_preview", Kind::kName},
    {"tool.arguments", Kind::kTree},
    {"tool.json_schema", Kind::kTree},
    {"tool.parameters", Kind::kTree},
    {"tool.result", Kind::kTree},
    {"tool_call.function.arguments", Kind::kTree},
    {"traceloop.entity.input", Kind::kTree},
    {"traceloop.entity.output", Kind::kTree},
    {"traceloop.prompt.template", Kind::kTree},
    {"traceloop.prompt.template_variables", Kind::kTree},
};

// What the parts of a name below an item of a list may be called without making it content: those
// that only lead to others, and what stands at the end. All others do, whatever follows them.
inline constexpr std::string_view kLeadingParts[] = {
    "message",   "message_content", "contents",      "parts",    "tool_calls",
    "tool_call", "function",        "function_call", "document", "tool"};
inline constexpr std::string_view kPlainParts[] = {
    "role", "name", "id", "type", "index", "score", "tool_call_id", "finish_reason", "mime_type"};

// How names begin that are not in the table, but may be below one that is: a set of words of four
// bytes, each where its hash says. No two meet.
class Beginnings {
 public:
  static constexpr std::size_t kBytes = 4;

  constexpr Beginnings() {
    for (const Row& row : kRows) {
      if (row.kind != Kind::kName) enter(row.name);
    }
  }
  // REQUIRES: kBytes can be read there.
  bool contain(const char* name) const noexcept {
    const auto word = load_word<std::uint32_t>(name);
    return words_[place_of(word)] == word;
  }

 private:
  static constexpr std::size_t place_of(std::uint32_t word) noexcept {
    return word * 0x9E3779B1u >> 26;
  }
  constexpr void enter(std::string_view name) {
    std::uint32_t word = 0;
    for (std::size_t i = kBytes; i-- != 0;) {
      const char byte = i < name.size() ? name[i] : '.';
      word = word << 8 | static_cast<unsigned char>(byte);
    }
    std::uint32_t& place = words_[place_of(word)];
    if (name.size() + 1 < kBytes || (place != 0 && place != word)) throw "choose another hash";
    place = word;
  }

  std::array<std::uint32_t, 64> words_{};
};
static_assert(std::endian::native == std::endian::little);
inline constexpr Beginnings kBeginnings;

}  // namespace content
}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_CONTENT_NAMES_H_
