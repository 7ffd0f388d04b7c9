// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/attribute_key.h"

#include <array>

#include "tracebus/core/key_registry.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Those with fixed numbers, from 1.
constexpr std::array<std::string_view, 16> kFixed = {"tracebus.run_id",
                                                     "tracebus.trace_id",
                                                     "tracebus.span_id",
                                                     "tracebus.parent_span_id",
                                                     "tracebus.truncated_bytes",
                                                     "span.name",
                                                     "span.kind",
                                                     "span.status",
                                                     "span.status_message",
                                                     "duration_ms",
                                                     "span.events",
                                                     "span.links",
                                                     "span.dropped_attributes",
                                                     "span.dropped_events",
                                                     "span.dropped_links",
                                                     "span.truncated_bytes"};

// What the seeds, OpenInference and the GenAI conventions carry messages and tool data in.
constexpr std::string_view kContent[] = {"messages",
                                         "messages_in",
                                         "response",
                                         "result_output",
                                         "prompt",
                                         "completion",
                                         "content",
                                         "input",
                                         "output",
                                         "input.value",
                                         "output.value",
                                         "arguments",
                                         "result",
                                         "tool.arguments",
                                         "tool.result",
                                         "exo.tool.arguments",
                                         "exo.tool.result",
                                         "exo.task.input",
                                         "gen_ai.prompt",
                                         "gen_ai.completion",
                                         "gen_ai.input.messages",
                                         "gen_ai.output.messages",
                                         "gen_ai.system_instructions",
                                         "gen_ai.tool.call.arguments",
                                         "gen_ai.tool.call.result",
                                         "gen_ai.tool.definitions",
                                         "gen_ai.retrieval.documents",
                                         "gen_ai.retrieval.query.text",
                                         "traceloop.entity.input",
                                         "traceloop.entity.output",
                                         "task_preview",
                                         "pyagent.agent.contribution"};

}  // namespace

constinit KeyRegistry g_key_registry;

std::uint32_t KeyRegistry::intern_content(std::string_view name) noexcept {
  const std::uint32_t number = names().intern(name);
  mark(number, kIsContent);
  return number;
}

void KeyRegistry::enter_vocabulary() noexcept {
  mark(0, kIsUnknown);
  for (const std::string_view name : kFixed) names_.intern(name);
  for (std::uint32_t number = 1; number <= kReservedKeys; ++number) mark(number, kIsReserved);
  for (const std::string_view name : kContent) mark(names_.intern(name), kIsContent);
  ready_.store(true, std::memory_order_release);  // pairs with names
}

AttributeKey AttributeKey::registered(std::string_view name) {
  if (name.empty()) return {};
  return AttributeKey(static_cast<std::uint16_t>(g_key_registry.names().intern(name)));
}

AttributeKey AttributeKey::registered_content(std::string_view name) {
  if (name.empty()) return {};
  return AttributeKey(static_cast<std::uint16_t>(g_key_registry.intern_content(name)));
}

AttributeKey AttributeKey::find(std::string_view name) noexcept {
  return AttributeKey(static_cast<std::uint16_t>(g_key_registry.names().find(name)));
}

std::string_view AttributeKey::name() const noexcept {
  return number_ == 0 ? std::string_view{} : g_key_registry.names().name(number_);
}

bool AttributeKey::is_content() const noexcept {
  return number_ < kAttributeKeysMax &&
         (g_key_registry.classes(number_) & KeyRegistry::kIsContent) != 0;
}

std::uint32_t attribute_key_count() noexcept { return g_key_registry.names().size() + 1; }

}  // namespace v1
}  // namespace tracebus
