// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/metadata.h"

#include <algorithm>
#include <utility>

namespace tracebus {
inline namespace v1 {

void Metadata::set(const Attribute& attribute) {
  Value value = own(attribute.value);
  const auto same =
      std::find_if(attributes_.begin(), attributes_.end(),
                   [&](const Attribute& other) { return other.key == attribute.key; });
  if (same != attributes_.end()) {
    same->value = std::move(value);
    return;
  }
  attributes_.push_back({own(attribute.key), std::move(value)});
}

std::string_view Metadata::own(std::string_view text) { return texts_.emplace_front(text); }

Value Metadata::own(const Value& value) {
  switch (value.type()) {
    case ValueType::kString:
      return own(value.as_string());
    case ValueType::kBytes: {
      const Bytes bytes = value.as_bytes();
      const std::string_view owned =
          own(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
      return Bytes(reinterpret_cast<const std::byte*>(owned.data()), owned.size());
    }
    case ValueType::kArray: {
      std::vector<Value> values;
      for (const Value& element : value.as_array()) values.push_back(own(element));
      return Value::array(std::move(values));
    }
    case ValueType::kObject: {
      std::vector<Attribute> members;
      for (const auto& [key, member] : value.as_object())
        members.push_back({own(key), own(member)});
      return Value::object(std::move(members));
    }
    default:
      return value;
  }
}

}  // namespace v1
}  // namespace tracebus
