// SPDX-License-Identifier: Apache-2.0
//
// Arguments and results as JSON, for spans that capture them.
//
// A type of yours becomes JSON by a function beside it, found by argument-dependent lookup:
//
//   void append_trace_json(std::string& out, const Page& page);  // one JSON value
//
// Without one: booleans, numbers, texts, optionals, pointers that are null or not, ranges (of pairs
// with texts: as objects), pairs and tuples; and null for anything else.
#ifndef TRACEBUS_TRACE_CAPTURED_JSON_H_
#define TRACEBUS_TRACE_CAPTURED_JSON_H_

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// Of a scalar, a text or null.
void append_captured_value(std::string& out, const Value& value);

namespace internal {

template <class T>
concept HasTraceJson = requires(std::string& out, const T& value) {
  append_trace_json(out, value);
};
template <class T>
concept CapturedScalar = std::is_arithmetic_v<T> || std::convertible_to<const T&, std::string_view>;
template <class T>
concept CapturedRange = requires(const T& value) {
  value.begin();
  value.end();
};
template <class T>
concept CapturedTuple = requires {
  std::tuple_size<T>::value;
};
template <class T>
concept CapturedMember = CapturedTuple<T> && requires(const T& value) {
  { value.first } -> std::convertible_to<std::string_view>;
  value.second;
};
template <class T>
concept CapturedOptional = requires(const T& value) {
  static_cast<bool>(value);
  *value;
};

}  // namespace internal

// May throw what an append_trace_json throws.
template <class T>
void append_captured_json(std::string& out, const T& value);

namespace internal {

template <class T>
void append_range(std::string& out, const T& range) {
  constexpr bool kObject = CapturedMember<std::decay_t<decltype(*range.begin())>>;
  const std::size_t begin = out.size();
  out += kObject ? '{' : '[';
  for (const auto& item : range) {
    if (out.size() != begin + 1) out += ',';
    if constexpr (kObject) {
      append_captured_json(out, item.first);
      out += ':';
      append_captured_json(out, item.second);
    } else {
      append_captured_json(out, item);
    }
  }
  out += kObject ? '}' : ']';
}

template <class T>
void append_tuple(std::string& out, const T& tuple) {
  const std::size_t begin = out.size();
  out += '[';
  std::apply(
      [&](const auto&... items) {
        ((out += out.size() == begin + 1 ? "" : ",", append_captured_json(out, items)), ...);
      },
      tuple);
  out += ']';
}

}  // namespace internal

template <class T>
void append_captured_json(std::string& out, const T& value) {
  if constexpr (internal::HasTraceJson<T>) {
    append_trace_json(out, value);
  } else if constexpr (internal::CapturedScalar<T>) {
    append_captured_value(out, Value(value));
  } else if constexpr (internal::CapturedRange<T>) {
    internal::append_range(out, value);
  } else if constexpr (internal::CapturedTuple<T>) {
    internal::append_tuple(out, value);
  } else if constexpr (internal::CapturedOptional<T>) {
    static_cast<bool>(value) ? append_captured_json(out, *value) : append_captured_value(out, {});
  } else {
    append_captured_value(out, {});
  }
}

// What a span keeps of it: the JSON itself; or, where it is longer than a span keeps of a text, its
// beginning as a JSON string.
std::string bounded_json(std::string json);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CAPTURED_JSON_H_
