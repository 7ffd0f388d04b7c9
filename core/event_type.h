// SPDX-License-Identifier: Apache-2.0
//
// EventType: a registered event type, and the vocabulary that every bus knows.
//
// Thread safety: everything here may be called from any thread.
#ifndef TRACEBUS_CORE_EVENT_TYPE_H_
#define TRACEBUS_CORE_EVENT_TYPE_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// A small number for a type's name. Number 0 is "not registered": such an event carries its type as
// text. Registration is for code; names from files and models stay inline, so nobody can fill the
// registry from outside.
class EventType {
 public:
  constexpr EventType() noexcept = default;
  constexpr explicit EventType(std::uint16_t number) noexcept : number_(number) {}

  // The type called name, registered if need be. Not registered when kEventTypesMax are in use, the
  // name is empty or longer than kNameBytesMax. Takes a mutex: keep the result, as a constant is.
  static EventType registered(std::string_view name);
  // The type called name if it is registered. Lock-free.
  static EventType find(std::string_view name) noexcept;

  constexpr std::uint16_t number() const noexcept { return number_; }
  constexpr bool is_registered() const noexcept { return number_ != 0; }
  // Empty if not registered.
  std::string_view name() const noexcept;

  constexpr bool operator==(const EventType&) const noexcept = default;

 private:
  std::uint16_t number_ = 0;
};

// How many numbers are in use, 0 included: numbers below this one may occur in records.
std::uint32_t event_type_count() noexcept;

// The types that a filter on `type` matches besides type itself: llm_call also means llm_call_end,
// which is how its end is called where the start is an event of its own.
std::span<const EventType> aliases_of(EventType type) noexcept;

// The vocabulary: the seed's types, those of its hooks and documents, and ours.
inline constexpr EventType kPatternStart{1};
inline constexpr EventType kPatternEnd{2};
inline constexpr EventType kAgentStart{3};
inline constexpr EventType kAgentEnd{4};
inline constexpr EventType kLlmCall{5};
inline constexpr EventType kLlmResponse{6};
inline constexpr EventType kRoutingDecision{7};
inline constexpr EventType kCompression{8};
inline constexpr EventType kError{9};
inline constexpr EventType kCostRecord{10};
inline constexpr EventType kLlmCallStart{11};
inline constexpr EventType kLlmCallEnd{12};
inline constexpr EventType kLlmCallError{13};
inline constexpr EventType kLlmToken{14};
inline constexpr EventType kToolStart{15};
inline constexpr EventType kToolEnd{16};
inline constexpr EventType kToolError{17};
inline constexpr EventType kHandoff{18};
inline constexpr EventType kProviderCallStart{19};
inline constexpr EventType kProviderCallEnd{20};
inline constexpr EventType kProviderCallError{21};
inline constexpr EventType kContextUpdate{22};
inline constexpr EventType kCost{23};
inline constexpr EventType kMessage{24};
inline constexpr EventType kPromptLog{25};
inline constexpr EventType kChainStart{26};
inline constexpr EventType kChainEnd{27};
inline constexpr EventType kRetrieverStart{28};
inline constexpr EventType kRetrieverEnd{29};
inline constexpr EventType kRouterStart{30};
inline constexpr EventType kRouterEnd{31};
inline constexpr EventType kEmbeddingStart{32};
inline constexpr EventType kEmbeddingEnd{33};
inline constexpr EventType kGuardStart{34};
inline constexpr EventType kGuardEnd{35};
inline constexpr EventType kMemoryStart{36};
inline constexpr EventType kMemoryEnd{37};
inline constexpr EventType kDecisionStart{38};
inline constexpr EventType kDecisionEnd{39};
inline constexpr std::uint16_t kVocabularyTypes = 39;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_EVENT_TYPE_H_
