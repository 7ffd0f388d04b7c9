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
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// A key, with what is to be known of it before a value is kept under it. Borrows the name.
struct SpanKey {
  std::string_view name;
  std::uint16_t number = 0;  // as AttributeKey's
  bool ordinary = false;     // neither content nor unknown nor a name that callers may not use

  static SpanKey of(std::string_view name, AttributeKey key) noexcept {
    return {name, key.number(),
            key.is_registered() && !key.is_content() && !key.is_reserved() && !is_span_field(key)};
  }
  AttributeKey key() const noexcept { return AttributeKey(number); }
};

// The key of attr<>, registered at its first use.
template <KeyLiteral kKey>
class KnownSpanKey {
 public:
  static SpanKey get() noexcept {
    // Relaxed: the word says all; what it stands for is read through the registry's own acquire.
    const std::uint32_t word = word_.load(std::memory_order_relaxed);
    if (word == 0) [[unlikely]]
      return make();
    return {kKey.view(), static_cast<std::uint16_t>(word), (word & kOrdinary) != 0};
  }

 private:
  static constexpr std::uint32_t kOrdinary = 1u << 16;

  [[gnu::noinline, gnu::cold]] static SpanKey make() noexcept {
    const SpanKey key = SpanKey::of(kKey.view(), AttributeKey::registered(kKey.view()));
    // Pairs with get: idempotent, whoever comes first. A registry that is full may be asked again.
    word_.store(key.number | (key.ordinary ? kOrdinary : 0), std::memory_order_relaxed);
    return key;
  }
  static constinit inline std::atomic<std::uint32_t> word_{0};
};

// Borrows key and value for the call; the span copies them. A key of the other form is looked up by
// its text.
class SpanAttribute {
 public:
  SpanAttribute(std::string_view name, Value value) noexcept
      : key_(SpanKey::of(name, AttributeKey::find(name))), value_(std::move(value)) {}
  template <KeyLiteral kKey, class T, ValueType kType>
  SpanAttribute(const TypedAttribute<kKey, T, kType>& attribute) noexcept
      : key_(KnownSpanKey<kKey>::get()), value_(attribute.value) {}

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
