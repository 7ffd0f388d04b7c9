// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/event_type.h"

#include <array>

#include "tracebus/core/name_registry.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::array<std::string_view, kVocabularyTypes> kVocabulary = {"pattern_start",
                                                                        "pattern_end",
                                                                        "agent_start",
                                                                        "agent_end",
                                                                        "llm_call",
                                                                        "llm_response",
                                                                        "routing_decision",
                                                                        "compression",
                                                                        "error",
                                                                        "cost_record",
                                                                        "llm_call_start",
                                                                        "llm_call_end",
                                                                        "llm_call_error",
                                                                        "llm_token",
                                                                        "tool_start",
                                                                        "tool_end",
                                                                        "tool_error",
                                                                        "handoff",
                                                                        "provider_call_start",
                                                                        "provider_call_end",
                                                                        "provider_call_error",
                                                                        "context_update",
                                                                        "cost",
                                                                        "message",
                                                                        "prompt_log",
                                                                        "chain_start",
                                                                        "chain_end",
                                                                        "retriever_start",
                                                                        "retriever_end",
                                                                        "router_start",
                                                                        "router_end",
                                                                        "embedding_start",
                                                                        "embedding_end",
                                                                        "guard_start",
                                                                        "guard_end",
                                                                        "memory_start",
                                                                        "memory_end",
                                                                        "decision_start",
                                                                        "decision_end"};

// Constant-initialised, so that static initialisers of other files may register types; the
// vocabulary is entered first by whoever comes first.
class TypeRegistry {
 public:
  NameRegistry<kEventTypesMax>& names() {
    if (!ready_.load(std::memory_order_acquire)) [[unlikely]]  // pairs with the store below
      enter_vocabulary();
    return names_;
  }

 private:
  // By several threads at once, perhaps: each enters all of it, and what is there already stays.
  [[gnu::noinline, gnu::cold]] void enter_vocabulary() {
    for (const std::string_view name : kVocabulary) names_.intern(name);
    ready_.store(true, std::memory_order_release);  // pairs with names
  }

  NameRegistry<kEventTypesMax> names_;
  std::atomic<bool> ready_{false};
};

constinit TypeRegistry g_types;

constexpr std::array<EventType, 1> kAliasesOfLlmCall = {kLlmCallEnd};
constexpr std::array<EventType, 1> kAliasesOfCost = {kCostRecord};

}  // namespace

EventType EventType::registered(std::string_view name) {
  if (name.empty()) return {};
  return EventType(static_cast<std::uint16_t>(g_types.names().intern(name)));
}

EventType EventType::find(std::string_view name) noexcept {
  return EventType(static_cast<std::uint16_t>(g_types.names().find(name)));
}

std::string_view EventType::name() const noexcept {
  if (number_ == 0) return {};
  return number_ <= kVocabularyTypes ? kVocabulary[number_ - 1u] : g_types.names().name(number_);
}

std::uint32_t event_type_count() noexcept { return g_types.names().size() + 1; }

std::span<const EventType> aliases_of(EventType type) noexcept {
  if (type == kLlmCall) return kAliasesOfLlmCall;
  if (type == kCost) return kAliasesOfCost;
  return {};
}

}  // namespace v1
}  // namespace tracebus
