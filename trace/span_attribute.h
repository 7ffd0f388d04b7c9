// SPDX-License-Identifier: Apache-2.0
//
// SpanAttribute: an attribute as the calls of spans take it: attr<"rounds">(2), or {"rounds", 2}.
#ifndef TRACEBUS_TRACE_SPAN_ATTRIBUTE_H_
#define TRACEBUS_TRACE_SPAN_ATTRIBUTE_H_

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "tracebus/core/attr.h"
#include "tracebus/core/attribute_key.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// A key, with what is to be known of it before a value is kept under it. Borrows the name.
// Thread safety: any thread.
class SpanKey {
 public:
  // Of attr<>: registered when somebody asks for its number.
  constexpr explicit SpanKey(std::string_view name) noexcept : name_(name), word_(kNotAsked) {}
  SpanKey(std::string_view name, AttributeKey key) noexcept : name_(name), word_(word_of(key)) {}
  SpanKey(const SpanKey& other) noexcept : name_(other.name_), word_(other.asked_word()) {}
  SpanKey& operator=(const SpanKey&) = delete;

  std::string_view name() const noexcept { return name_; }
  AttributeKey key() const noexcept {
    const std::uint32_t word = asked_word();
    return AttributeKey(word == kNotAsked ? 0 : static_cast<std::uint16_t>(word));
  }
  // 0 unless the key is known to be registered and ordinary: neither content nor a name that
  // callers may not use.
  std::uint16_t ordinary_number() const noexcept {
    return static_cast<std::uint16_t>(word() >> kOrdinaryShift);
  }

 private:
  static constexpr unsigned kOrdinaryShift = 16;
  static constexpr std::uint32_t kNotAsked = 0xffff;
  static_assert(kAttributeKeysMax < kNotAsked);

  static std::uint32_t word_of(AttributeKey key) noexcept {
    const std::uint32_t number = key.number();
    const bool ordinary =
        key.is_registered() && !key.is_content() && !key.is_reserved() && !is_span_field(key);
    return number | (ordinary ? number << kOrdinaryShift : 0);
  }
  // Relaxed: the word says all; what it stands for is read through the registry's own acquire.
  std::uint32_t word() const noexcept { return word_.load(std::memory_order_relaxed); }
  std::uint32_t asked_word() const noexcept {
    const std::uint32_t word = this->word();
    return word != kNotAsked ? word : ask();
  }
  [[gnu::noinline, gnu::cold]] std::uint32_t ask() const noexcept {
    const AttributeKey key = AttributeKey::registered(name_);
    if (!key.is_registered()) return kNotAsked;  // the registry is full; it may be asked again
    // Relaxed: idempotent, whoever comes first.
    word_.store(word_of(key), std::memory_order_relaxed);
    return word();
  }

  std::string_view name_;
  // The number, and the same again above it if it is ordinary.
  mutable std::atomic<std::uint32_t> word_;
};

// The key of attr<>.
template <KeyLiteral kKey>
inline constinit const SpanKey kKnownSpanKey{kKey.view()};

// Borrows key and value for the call; the span copies them. A key of the other form is looked up by
// its text.
class SpanAttribute {
 public:
  SpanAttribute(std::string_view name, Value value) noexcept
      : key_(name, AttributeKey::find(name)), value_(std::move(value)) {}
  template <KeyLiteral kKey, class T, ValueType kType>
  SpanAttribute(const TypedAttribute<kKey, T, kType>& attribute) noexcept
      : key_(kKnownSpanKey<kKey>), value_(attribute.value) {}

  const SpanKey& key() const noexcept { return key_; }
  const Value& value() const noexcept { return value_; }

 private:
  SpanKey key_;
  Value value_;
};

using SpanAttributeList = std::initializer_list<SpanAttribute>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_ATTRIBUTE_H_
