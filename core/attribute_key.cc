// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/attribute_key.h"

#include <array>

#include "tracebus/core/limits.h"
#include "tracebus/core/name_registry.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Those with fixed numbers, from 1.
constexpr std::array<std::string_view, 5> kFixed = {"tracebus.run_id", "tracebus.trace_id",
                                                    "tracebus.span_id", "tracebus.parent_span_id",
                                                    "tracebus.truncated_bytes"};

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

// Constant-initialised; the reserved keys are entered first, so that their numbers are fixed.
class KeyRegistry {
 public:
  NameRegistry<kAttributeKeysMax>& names() {
    if (!ready_.load(std::memory_order_acquire)) enter_vocabulary();  // pairs with the store below
    return names_;
  }

  bool is_content(std::uint32_t number) const noexcept {
    // Relaxed: a class bit is set before the key's first event (see registered_content).
    return (content_[number / 64].load(std::memory_order_relaxed) >> (number % 64) & 1) != 0;
  }

  std::uint32_t intern_content(std::string_view name) {
    const std::uint32_t number = names().intern(name);
    if (number != 0) mark_content(number);
    return number;
  }

 private:
  void mark_content(std::uint32_t number) noexcept {
    // Relaxed, as in is_content.
    content_[number / 64].fetch_or(std::uint64_t{1} << (number % 64), std::memory_order_relaxed);
  }

  // By several threads at once, perhaps: each enters all of it, and what is there already stays.
  void enter_vocabulary() {
    for (const std::string_view name : kFixed) names_.intern(name);
    for (const std::string_view name : kContent) mark_content(names_.intern(name));
    ready_.store(true, std::memory_order_release);  // pairs with names
  }

  NameRegistry<kAttributeKeysMax> names_;
  std::array<std::atomic<std::uint64_t>, kAttributeKeysMax / 64> content_{};
  std::atomic<bool> ready_{false};
};

constinit KeyRegistry g_keys;

}  // namespace

AttributeKey AttributeKey::registered(std::string_view name) {
  if (name.empty()) return {};
  return AttributeKey(static_cast<std::uint16_t>(g_keys.names().intern(name)));
}

AttributeKey AttributeKey::registered_content(std::string_view name) {
  if (name.empty()) return {};
  return AttributeKey(static_cast<std::uint16_t>(g_keys.intern_content(name)));
}

AttributeKey AttributeKey::find(std::string_view name) noexcept {
  if (name.empty()) return {};
  return AttributeKey(static_cast<std::uint16_t>(g_keys.names().find(name)));
}

std::string_view AttributeKey::name() const noexcept {
  return number_ == 0 ? std::string_view{} : g_keys.names().name(number_);
}

bool AttributeKey::is_content() const noexcept {
  return number_ != 0 && number_ < kAttributeKeysMax && g_keys.is_content(number_);
}

std::uint32_t attribute_key_count() noexcept { return g_keys.names().size() + 1; }

}  // namespace v1
}  // namespace tracebus
