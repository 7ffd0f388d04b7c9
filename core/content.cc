// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/content.h"

#include <cstddef>

#include "tracebus/core/content_path.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

// The content of a member of an object: by its own name, or by its path.
bool is_content_member(std::string_view name, const ContentPath& path) noexcept {
  return path.is_content() || AttributeKey::find(name).is_content() || is_listed_content_name(name);
}

// AnyValue: Value or ValueView.
template <class AnyValue>
bool holds_content_at(const ContentPath& path, const AnyValue& value, std::size_t depth) noexcept {
  if (value.type() < ValueType::kArray) return false;
  if (depth > kValueDepthMax) return true;  // nobody has looked there
  if (value.type() == ValueType::kArray) {
    ContentPath item = path;
    item.append_index();
    for (const auto& element : value.as_array()) {
      if (holds_content_at(item, element, depth + 1)) return true;
    }
    return false;
  }
  for (const auto& member : value.as_object()) {
    if (member.value.type() < ValueType::kString) continue;
    ContentPath member_path = path;
    member_path.append(member.key);
    if (is_content_member(member.key, member_path)) return true;
    if (holds_content_at(member_path, member.value, depth + 1)) return true;
  }
  return false;
}

}  // namespace

bool is_listed_content_name(std::string_view name) noexcept {
  return ContentPath(name).is_content();
}

bool holds_content(std::string_view name, const Value& value) noexcept {
  return holds_content_at(ContentPath(name), value, 1);
}

bool holds_content(std::string_view name, const ValueView& value) noexcept {
  return holds_content_at(ContentPath(name), value, 1);
}

}  // namespace v1
}  // namespace tracebus
