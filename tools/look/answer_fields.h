// SPDX-License-Identifier: Apache-2.0
//
// What a Studio's answers say, member by member (studio/api.md).
//
// Thread safety: pure functions.
#ifndef TRACEBUS_TOOLS_LOOK_ANSWER_FIELDS_H_
#define TRACEBUS_TOOLS_LOOK_ANSWER_FIELDS_H_

#include <simdjson.h>

#include <optional>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Absent: there is no such member, or it is null or of another type.
template <class T>
std::optional<T> said(simdjson::dom::element answer, std::string_view key) {
  T value{};
  return answer[key].get(value) ? std::nullopt : std::optional<T>(value);
}
template <class T>
T said_or_none(simdjson::dom::element answer, std::string_view key) {
  return said<T>(answer, key).value_or(T{});
}
inline std::string_view text_said(simdjson::dom::element answer, std::string_view key) {
  return said_or_none<std::string_view>(answer, key);
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_ANSWER_FIELDS_H_
