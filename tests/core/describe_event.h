// SPDX-License-Identifier: Apache-2.0
//
// Events as texts, for comparing them to the last bit and for seeing where they differ.
#ifndef TRACEBUS_TESTS_CORE_DESCRIBE_EVENT_H_
#define TRACEBUS_TESTS_CORE_DESCRIBE_EVENT_H_

#include <charconv>
#include <string>
#include <string_view>

#include "tracebus/core/event.h"

namespace tracebus::testing {

inline std::string describe(std::string_view text) { return '"' + std::string(text) + '"'; }

inline std::string describe(const Value& value) {
  char digits[64];
  switch (value.type()) {
    case ValueType::kNull:
      return "null";
    case ValueType::kBool:
      return value.as_bool() ? "true" : "false";
    case ValueType::kInt64:
      return std::to_string(value.as_int64());
    case ValueType::kDouble: {
      const double real = value.as_double();
      const auto end = std::to_chars(digits, digits + sizeof digits, real, std::chars_format::hex);
      return "double " + std::string(digits, end.ptr);
    }
    case ValueType::kString:
      return describe(value.as_string());
    case ValueType::kBytes:
      return "bytes " + describe({reinterpret_cast<const char*>(value.as_bytes().data()),
                                  value.as_bytes().size()});
    case ValueType::kArray: {
      std::string out = "[";
      for (const Value& item : value.as_array()) out += describe(item) + ", ";
      return out + "]";
    }
    case ValueType::kObject: {
      std::string out = "{";
      for (const Attribute& member : value.as_object()) {
        out += describe(member.key) + ": " + describe(member.value) + ", ";
      }
      return out + "}";
    }
  }
  return "?";
}

// Two events are the same if their descriptions are.
inline std::string describe(const TraceEvent& event) {
  const auto origin = event.origin.value_or(Origin{});
  const auto time = event.timestamp.value_or(Timestamp{});
  std::string out = std::to_string(time.seconds) + " s " + std::to_string(time.nanoseconds) +
                    " ns, type " + describe(event.event_type) + ", agent " +
                    describe(event.agent_name) + ", pattern " + describe(event.pattern_type) +
                    ", {";
  for (const Attribute& attribute : event.payload) {
    out += describe(attribute.key) + ": " + describe(attribute.value) + ", ";
  }
  const auto add_id = [&out](std::string_view name, const auto& id, std::string_view foreign) {
    out += std::string(name) + id.hex() + ' ' + describe(foreign);
  };
  add_id("}, run ", event.ids.run_id, event.foreign_ids.run_id);
  add_id(", trace ", event.ids.trace_id, event.foreign_ids.trace_id);
  add_id(", span ", event.ids.span_id, event.foreign_ids.span_id);
  add_id(", parent ", event.ids.parent_span_id, event.foreign_ids.parent_span_id);
  return out + ", origin " + std::to_string(origin.instance) + " " +
         std::to_string(origin.producer) + " " + std::to_string(origin.sequence);
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CORE_DESCRIBE_EVENT_H_
