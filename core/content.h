// SPDX-License-Identifier: Apache-2.0
//
// What of an event is content: what people and models said, and what tools were given and gave
// back. It is dropped at emit unless some subscription was granted it, and hidden from the others.
// All who must know ask here, or AttributeKey::is_content, which remembers the answer.
//
// An attribute is content
//  1. by its name: the table of content_names.h says so, or AttributeKey::registered_content did;
//  2. by what is in it, if it is an array or an object: a member, however deep, whose own name is
//     such a name, or whose path from the attribute's name on is one. It is content as a whole.
//     Numbers, booleans and nulls in it tell nothing: {"usage": {"input": 450}} is none.
// A text is not looked into, be it JSON.
//
// Thread safety: everything here may be called from any thread.
#ifndef TRACEBUS_CORE_CONTENT_H_
#define TRACEBUS_CORE_CONTENT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/content_names.h"
#include "tracebus/core/value.h"
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

// Whether the table has the name. That is for names that are not registered: the others know.
bool is_listed_content_name(std::string_view name) noexcept;

// The same, for nearly all names at the cost of a few instructions. REQUIRES: no key of that name
// is registered, hence the name is not one of those of the table, all of which are.
inline bool is_content_name(std::string_view name) noexcept {
  if (name.size() < content::Beginnings::kBytes) return false;
  if (!content::kBeginnings.contain(name.data())) [[likely]]
    return false;
  return is_listed_content_name(name);
}

// Whether there is content in the value of an attribute of that name.
bool holds_content(std::string_view name, const Value& value) noexcept;
bool holds_content(std::string_view name, const ValueView& value) noexcept;

// Of an attribute whose key is that, or not registered. What value is, Value or ValueView.
template <class AnyValue>
bool is_content(AttributeKey key, std::string_view name, const AnyValue& value) noexcept {
  if (key.is_registered() ? key.is_content() : is_content_name(name)) return true;
  return value.type() >= ValueType::kArray && holds_content(name, value);
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_CONTENT_H_
