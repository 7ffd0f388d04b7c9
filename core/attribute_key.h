// SPDX-License-Identifier: Apache-2.0
//
// AttributeKey: a registered attribute name and its class.
//
// Thread safety: everything here may be called from any thread.
#ifndef TRACEBUS_CORE_ATTRIBUTE_KEY_H_
#define TRACEBUS_CORE_ATTRIBUTE_KEY_H_

#include <cstdint>
#include <string_view>

namespace tracebus {
inline namespace v1 {

inline constexpr std::uint16_t kReservedKeys = 4;

// Number 0 is "not registered": such a key travels inline with its event. Registration is for code;
// keys may be attackers' text, so keys of payloads are looked up and never entered.
class AttributeKey {
 public:
  constexpr AttributeKey() noexcept = default;
  constexpr explicit AttributeKey(std::uint16_t number) noexcept : number_(number) {}

  // The key called name, registered if need be; not registered when kAttributeKeysMax are in use or
  // the name is empty or longer than kNameBytesMax. Takes a mutex.
  static AttributeKey registered(std::string_view name);
  // As registered, and classes the key as content (see is_content), which the names that
  // core/content.h knows are in any case. The class of a key is decided before the first event that
  // carries it; events already written keep theirs. A key that found no place has no class.
  static AttributeKey registered_content(std::string_view name);
  static AttributeKey find(std::string_view name) noexcept;  // lock-free

  constexpr std::uint16_t number() const noexcept { return number_; }
  constexpr bool is_registered() const noexcept { return number_ != 0; }
  std::string_view name() const noexcept;  // empty if not registered

  // Content is what people and models said: messages, tool arguments and results. It is dropped at
  // emit unless some subscription was granted it, and hidden from the others. core/content.h says
  // what it is beside the keys that are classed as such.
  bool is_content() const noexcept;

  // Reserved keys carry the text of foreign ids. Payloads do not show them; an attribute that is
  // given such a name stays text, and so cannot pass for an id.
  constexpr bool is_reserved() const noexcept { return number_ != 0 && number_ <= kReservedKeys; }

  constexpr bool operator==(const AttributeKey&) const noexcept = default;

 private:
  std::uint16_t number_ = 0;
};

std::uint32_t attribute_key_count() noexcept;

// The text of ids that were not ours (see ForeignIds).
inline constexpr AttributeKey kRunIdText{1};
inline constexpr AttributeKey kTraceIdText{2};
inline constexpr AttributeKey kSpanIdText{3};
inline constexpr AttributeKey kParentSpanIdText{4};
// How many bytes of text were cut from an event that found no room whole; int64. An attribute like
// any other.
inline constexpr AttributeKey kTruncatedBytes{5};
// What spans say of themselves (core/span_kind.h).
inline constexpr AttributeKey kSpanName{6};
inline constexpr AttributeKey kSpanKind{7};
inline constexpr AttributeKey kSpanStatus{8};
inline constexpr AttributeKey kSpanStatusMessage{9};
inline constexpr AttributeKey kDurationMs{10};
inline constexpr AttributeKey kSpanEvents{11};
inline constexpr AttributeKey kSpanLinks{12};
inline constexpr AttributeKey kSpanDroppedAttributes{13};
inline constexpr AttributeKey kSpanDroppedEvents{14};
inline constexpr AttributeKey kSpanDroppedLinks{15};
inline constexpr AttributeKey kSpanTruncatedBytes{16};

// Whether only the library itself says it of a span; callers may not.
constexpr bool is_span_field(AttributeKey key) noexcept {
  return key.number() >= kSpanName.number() && key.number() <= kSpanTruncatedBytes.number();
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_ATTRIBUTE_KEY_H_
