// SPDX-License-Identifier: Apache-2.0
//
// Looks at every byte that a view can lead to, so that AddressSanitizer can judge it.
#ifndef TRACEBUS_TESTS_CORE_RECORD_WALK_H_
#define TRACEBUS_TESTS_CORE_RECORD_WALK_H_

#include <cstdint>
#include <string_view>

#include "tracebus/core/event_view.h"

namespace tracebus::testing {

inline std::uint64_t walk(std::string_view text) {
  std::uint64_t sum = text.size();
  for (const char c : text) sum = sum * 31 + static_cast<unsigned char>(c);
  return sum;
}

inline std::uint64_t walk(const ValueView& value) {
  std::uint64_t sum = 1;
  switch (value.type()) {
    case ValueType::kNull:
      return sum;
    case ValueType::kBool:
      return value.as_bool() ? 2 : 3;
    case ValueType::kInt64:
    case ValueType::kDouble:
      return value.to_double() > 0 ? 4 : 5;
    case ValueType::kString:
    case ValueType::kBytes:
      return walk(value.as_string());
    case ValueType::kArray:
      for (const ValueView& item : value.as_array()) sum += walk(item);
      return sum;
    case ValueType::kObject:
      for (const AttributeView& member : value.as_object()) {
        sum += walk(member.key) + walk(member.value);
      }
      return sum;
  }
  return sum;
}

inline std::uint64_t walk(const ForeignIds& ids) {
  return walk(ids.run_id) + walk(ids.trace_id) + walk(ids.span_id) + walk(ids.parent_span_id);
}

inline std::uint64_t walk(const EventView& event) {
  std::uint64_t sum = walk(event.event_type()) + walk(event.agent_name()) +
                      walk(event.pattern_type()) + walk(event.foreign_ids()) +
                      event.origin().sequence + event.timestamp().nanoseconds +
                      event.ids().parent_span_id.bytes[7];
  for (const AttributeView& attribute : event.payload()) {
    sum += walk(attribute.key) + walk(attribute.value);
  }
  return sum + event.to_event().payload.size();
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CORE_RECORD_WALK_H_
