// SPDX-License-Identifier: Apache-2.0
//
// Names of attributes that carry messages, tool arguments and results, and names that look like
// them and do not. '#' stands for any number. Written from the vocabularies' own documents, not
// from the table in core/content_names.h.
#ifndef TRACEBUS_TESTS_CORE_CONTENT_KEYS_H_
#define TRACEBUS_TESTS_CORE_CONTENT_KEYS_H_

#include <random>
#include <string>
#include <string_view>

namespace tracebus::testing {

inline constexpr std::string_view kContentKeys[] = {
    // The seeds' own.
    "messages", "messages_in", "response", "result_output", "prompt", "completion", "content",
    "input", "output", "arguments", "result", "task_preview", "pyagent.agent.contribution",
    "exo.tool.arguments", "exo.tool.result", "exo.task.input", "tool.arguments", "tool.result",
    "arg.city", "arg.0", "messages.#.content", "prompt.#.content", "arguments.city",
    "tool.arguments.city",
    // OpenInference.
    "input.value", "output.value", "llm.input_messages", "llm.output_messages",
    "llm.input_messages.#.message.content", "llm.output_messages.#.message.content",
    "llm.input_messages.#.message.contents", "llm.input_messages.#.message.contents.#",
    "llm.input_messages.#.message.contents.#.message_content.text",
    "llm.input_messages.#.message.contents.#.message_content.image.image.url",
    "llm.output_messages.#.message.tool_calls.#.tool_call.function.arguments",
    "llm.output_messages.#.message.tool_calls.#.tool_call.function.arguments.name",
    "llm.output_messages.#.message.function_call_arguments_json",
    "llm.input_messages.#.message.content.role", "llm.prompts", "llm.prompts.#.prompt.text",
    "llm.choices.#.completion.text", "llm.prompt_template.template",
    "llm.prompt_template.variables", "llm.prompt_template.variables.city", "llm.function_call",
    "llm.tools", "llm.tools.#.tool.json_schema", "tool.parameters", "tool.json_schema",
    "retrieval.documents", "retrieval.documents.#.document.content",
    "retrieval.documents.#.document.metadata", "retrieval.documents.#.document.metadata.id",
    "reranker.query", "reranker.input_documents.#.document.content",
    "reranker.output_documents.#.document.content", "embedding.text", "embedding.vector",
    "embedding.embeddings.#.embedding.text", "embedding.embeddings.#.embedding.vector",
    "message.content", "message.contents.#.message_content.text",
    "message.tool_calls.#.tool_call.function.arguments", "document.content",
    // The GenAI conventions.
    "gen_ai.prompt", "gen_ai.completion", "gen_ai.input.messages", "gen_ai.output.messages",
    "gen_ai.input.messages.#.parts.#.content", "gen_ai.output.messages.#.parts.#.response.id",
    "gen_ai.system_instructions", "gen_ai.system_instructions.#.content",
    "gen_ai.tool.call.arguments", "gen_ai.tool.call.arguments.city", "gen_ai.tool.call.result",
    "gen_ai.tool.definitions", "gen_ai.tool_definitions.raw", "gen_ai.retrieval.documents",
    "gen_ai.retrieval.documents.#.content", "gen_ai.retrieval.query.text", "gen_ai.content.prompt",
    "gen_ai.content.completion", "gen_ai.event.content",
    // OpenLLMetry.
    "gen_ai.prompt.#", "gen_ai.prompt.#.content", "gen_ai.prompt.#.content.#.text",
    "gen_ai.prompt.#.tool_calls.#.arguments", "gen_ai.completion.#.content",
    "gen_ai.completion.#.tool_calls.#.arguments", "gen_ai.completion.#.function_call.arguments",
    "gen_ai.completion.#.reasoning", "gen_ai.completion.#.role.text", "llm.prompts.#.content",
    "llm.completions.#.content", "llm.request.functions.#.parameters",
    "llm.request.functions.#.description", "traceloop.entity.input", "traceloop.entity.output",
    "traceloop.entity.input.city", "traceloop.prompt.template",
    "traceloop.prompt.template_variables",
    // Langfuse.
    "langfuse.observation.input", "langfuse.observation.output", "langfuse.trace.input",
    "langfuse.trace.output", "langfuse.observation.input.city"};

inline constexpr std::string_view kPlainKeys[] = {
    // What stands beside content.
    "gen_ai.prompt.#.role", "gen_ai.completion.#.role", "gen_ai.completion.#.finish_reason",
    "gen_ai.completion.#.tool_calls.#.name", "gen_ai.completion.#.tool_calls.#.id",
    "gen_ai.prompt.#.tool_call_id", "gen_ai.output.messages.#.role",
    "gen_ai.output.messages.#.parts.#.type", "llm.input_messages.#.message.role",
    "llm.input_messages.#.message.name", "llm.input_messages.#.message.tool_call_id",
    "llm.input_messages.#.message.contents.#.message_content.type",
    "llm.output_messages.#.message.tool_calls.#.tool_call.id",
    "llm.output_messages.#.message.tool_calls.#.tool_call.function.name", "llm.tools.#.tool.name",
    "llm.request.functions.#.name", "retrieval.documents.#.document.id",
    "retrieval.documents.#.document.score", "reranker.output_documents.#.document.score",
    "input.mime_type", "output.mime_type", "tool.name", "tool.description", "tool.id",
    "message.role", "message.tool_call_id", "response.length", "response_id", "result_count",
    "decision.chosen", "messages.#.role",
    // Of the same vocabularies.
    "gen_ai.request.model", "gen_ai.request.max_tokens", "gen_ai.response.id",
    "gen_ai.response.finish_reasons", "gen_ai.operation.name", "gen_ai.provider.name",
    "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.completion_tokens", "gen_ai.tool.name", "gen_ai.tool.call.id",
    "gen_ai.prompt.name", "gen_ai.token.type", "gen_ai.conversation.id", "gen_ai.system",
    "llm.token_count.prompt", "llm.token_count.completion", "llm.cost.prompt",
    "llm.cost.completion", "llm.model_name", "llm.invocation_parameters",
    "llm.prompt_template.version", "llm.usage.total_tokens", "llm.prompt_tokens",
    "llm.finish_reason", "embedding.model_name", "reranker.model_name", "reranker.top_k",
    "traceloop.entity.name", "traceloop.span.kind", "traceloop.prompt.version",
    "langfuse.observation.type", "langfuse.trace.name", "exo.tool.call_id",
    "exo.tool.name", "exo.cost.input_tokens", "pyagent.agent.name",
    "pyagent.compress.output_tokens", "model", "input_tokens", "output_tokens", "cost_usd",
    "prompt_tokens", "completion_tokens", "duration_ms", "tracebus.run_id",
    // Nearly.
    "", ".", "arg", "arg_city", "argument", "args.city", "gen_ai", "gen_ai.", "gen_ai.prompts",
    "gen_ai.prompt.", "gen_ai.prompt.x.content", "gen_ai.prompt..content",
    "gen_ai.prompt.#x.content", "gen_ai.prompt.-1.content", "gen_ai.promp.#.content",
    "gen_ai_prompt.#.content", "my.gen_ai.prompt.#.content", "xgen_ai.prompt.#.content",
    "Gen_ai.prompt.#.content", "llm.input_message.#.message.content", "llm.inputs.#.content", "llm",
    "llm.", "message", "messagesx", "contents", "inputs", "outputs", "input.values",
    "tool.resulting", "retrieval.document.#.content"};

inline std::string with_numbers(std::string_view key, std::mt19937_64& random) {
  std::string name;
  for (const char c : key) {
    if (c != '#') {
      name += c;
      continue;
    }
    const std::uint64_t digits = random() % 20;  // seldom more than one
    name += std::to_string(digits < 12 ? random() % 10 : random() >> (digits * 3));
  }
  return name;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CORE_CONTENT_KEYS_H_
