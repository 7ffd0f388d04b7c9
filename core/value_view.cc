// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

ValueView EncodedCursor::read_element() noexcept {
  const auto type = static_cast<ValueType>(*at_++);
  switch (type) {
    case ValueType::kNull:
      return {};
    case ValueType::kBool:
      return ValueView::of_bool(*at_++ != 0);
    case ValueType::kInt64:
    case ValueType::kDouble: {
      std::uint64_t bits;
      std::memcpy(&bits, at_, sizeof bits);
      at_ += sizeof bits;
      return type == ValueType::kInt64 ? ValueView::of_int64(static_cast<std::int64_t>(bits))
                                       : ValueView::of_double_bits(bits);
    }
    default:
      return ValueView::of_text(type, read_text());
  }
}

Value ValueView::to_value() const {
  switch (type_) {
    case ValueType::kNull:
      return {};
    case ValueType::kBool:
      return as_bool();
    case ValueType::kInt64:
      return as_int64();
    case ValueType::kDouble:
      return as_double();
    case ValueType::kString:
      return as_string();
    case ValueType::kBytes:
      return as_bytes();
    case ValueType::kArray: {
      Value::Array values;
      for (const ValueView& value : as_array()) values.push_back(value.to_value());
      return Value::array(std::move(values));
    }
    case ValueType::kObject: {
      Value::Object members;
      for (const AttributeView& member : as_object()) {
        members.push_back({member.key, member.value.to_value()});
      }
      return Value::object(std::move(members));
    }
  }
  return {};
}

}  // namespace v1
}  // namespace tracebus
