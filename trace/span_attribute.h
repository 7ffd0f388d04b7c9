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

// Borrows key and value for the call; the span copies them. The key of attr<> is registered at its
// first use; that of the other form is looked up by its text.
class SpanAttribute {
 public:
  SpanAttribute(std::string_view name, Value value) noexcept
      : key_(AttributeKey::find(name)), name_(name), value_(std::move(value)) {}
  template <KeyLiteral kKey, class T, ValueType kType>
  SpanAttribute(const TypedAttribute<kKey, T, kType>& attribute) noexcept
      : key_(KnownKey<kKey>::get()), name_(attribute.kKey), value_(attribute.value) {}
  // For a key that is known by its number.
  SpanAttribute(AttributeKey key, Value value) noexcept : key_(key), value_(std::move(value)) {}

  AttributeKey key() const noexcept { return key_; }
  std::string_view name() const noexcept { return name_; }  // needed only if not registered
  const Value& value() const noexcept { return value_; }

 private:
  template <KeyLiteral kKey>
  class KnownKey {
   public:
    static AttributeKey get() noexcept {
      // Relaxed: the number says all; its name is read through the registry's own acquire.
      const std::uint16_t number = number_.load(std::memory_order_relaxed);
      return number != 0 ? AttributeKey(number) : make();
    }

   private:
    [[gnu::noinline, gnu::cold]] static AttributeKey make() noexcept {
      const AttributeKey key = AttributeKey::registered(kKey.view());
      number_.store(key.number(), std::memory_order_relaxed);  // as in get
      return key;
    }
    static constinit inline std::atomic<std::uint16_t> number_{0};
  };

  AttributeKey key_;
  std::string_view name_;
  Value value_;
};

using SpanAttributeList = std::initializer_list<SpanAttribute>;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_ATTRIBUTE_H_
