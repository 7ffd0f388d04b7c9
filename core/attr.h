// SPDX-License-Identifier: Apache-2.0
//
// attr<"model">(value): an attribute whose key is part of its type, for the hot way to emit.
#ifndef TRACEBUS_CORE_ATTR_H_
#define TRACEBUS_CORE_ATTR_H_

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracebus/core/schema.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// A string literal as a template argument.
template <std::size_t kSize>
struct KeyLiteral {
  char text[kSize]{};
  consteval KeyLiteral(const char (&literal)[kSize]) { std::copy_n(literal, kSize, text); }
  constexpr std::string_view view() const noexcept { return {text, kSize - 1}; }
};

template <KeyLiteral kKeyLiteral, class T, ValueType kValueType>
struct TypedAttribute {
  static constexpr std::string_view kKey = kKeyLiteral.view();
  static constexpr ValueType kType = kValueType;
  static constexpr bool kIsText = kType == ValueType::kString || kType == ValueType::kBytes;
  static_assert(!kKey.empty(), "an attribute has a key");
  T value;
};

// Borrows text and bytes until emit returns. Unsigned values beyond int64 become the largest int64.
template <KeyLiteral kKey>
constexpr auto attr(bool value) noexcept {
  return TypedAttribute<kKey, bool, ValueType::kBool>{value};
}
template <KeyLiteral kKey, std::integral T>
  requires(!std::same_as<T, bool>)
constexpr auto attr(T value) noexcept {
  return TypedAttribute<kKey, std::int64_t, ValueType::kInt64>{to_int64(value)};
}
template <KeyLiteral kKey, std::floating_point T>
constexpr auto attr(T value) noexcept {
  return TypedAttribute<kKey, double, ValueType::kDouble>{static_cast<double>(value)};
}
template <KeyLiteral kKey, class T>
  requires(std::convertible_to<const T&, std::string_view>)
constexpr auto attr(const T& text) noexcept {
  return TypedAttribute<kKey, std::string_view, ValueType::kString>{
      static_cast<std::string_view>(text)};
}
template <KeyLiteral kKey>
constexpr auto attr(Bytes bytes) noexcept {
  return TypedAttribute<kKey, Bytes, ValueType::kBytes>{bytes};
}

// The schema of a list of typed attributes: one constant-initialised word per distinct list, filled
// at its first emit. No static guard, and usable from static initialisers.
template <class... Attributes>
class CallSiteSchema {
 public:
  static constexpr std::uint32_t kContentBit = 1u << 16;

  // The schema's number in the low 16 bits (0: describe the record in full), and kContentBit if any
  // key is content. 0 altogether where the registries are full.
  static std::uint32_t get() noexcept {
    // Relaxed: the number says all; what it stands for is read through the registry's own acquire.
    const std::uint32_t known = word_.load(std::memory_order_relaxed);
    return known & kKnownBit ? known & ~kKnownBit : make();
  }

 private:
  static constexpr std::uint32_t kKnownBit = 1u << 31;

  [[gnu::noinline, gnu::cold]] static std::uint32_t make() noexcept {
    const SchemaField fields[] = {
        SchemaField{AttributeKey::registered(Attributes::kKey), Attributes::kType}...,
        SchemaField{}};
    std::uint32_t word = kKnownBit;
    bool registered = true;
    for (std::size_t i = 0; i < sizeof...(Attributes); ++i) {
      registered = registered && fields[i].key.is_registered();
      if (fields[i].key.is_content()) word |= kContentBit;
    }
    if (registered) word |= register_schema({fields, sizeof...(Attributes)});
    word_.store(word,
                std::memory_order_relaxed);  // pairs with get: idempotent, whoever comes first
    return word & ~kKnownBit;
  }

  static constinit inline std::atomic<std::uint32_t> word_{0};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_ATTR_H_
