// SPDX-License-Identifier: Apache-2.0
//
// What libprotobuf reads from bytes of ours, and what of it tests ask about.
#ifndef TRACEBUS_TESTS_OTLP_OTLP_READER_H_
#define TRACEBUS_TESTS_OTLP_OTLP_READER_H_

#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/core/utf8.h"
#include "tracebus/core/value_view.h"

namespace tracebus::testing {

namespace otlp = tests::otlp;

// The naive way: what a receiver must see for text of any bytes.
inline std::string as_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    out += sequence.valid ? text.substr(0, sequence.length) : kReplacementCharacter;
    text.remove_prefix(sequence.length);
  }
  return out;
}

inline bool same(const ValueView& value, const otlp::AnyValue& seen) {
  switch (value.type()) {
    case ValueType::kNull:
      return seen.value_case() == otlp::AnyValue::VALUE_NOT_SET;
    case ValueType::kBool:
      return seen.has_bool_value() && seen.bool_value() == value.as_bool();
    case ValueType::kInt64:
      return seen.has_int_value() && seen.int_value() == value.as_int64();
    case ValueType::kDouble:
      return seen.has_double_value() && std::bit_cast<std::uint64_t>(seen.double_value()) ==
                                            std::bit_cast<std::uint64_t>(value.as_double());
    case ValueType::kString:
      return seen.has_string_value() && seen.string_value() == as_utf8(value.as_string());
    case ValueType::kBytes:
      return seen.has_bytes_value() && seen.bytes_value() == value.as_string();
    case ValueType::kArray: {
      int at = 0;
      for (const ValueView& item : value.as_array()) {
        if (at == seen.array_value().values_size()) return false;
        if (!same(item, seen.array_value().values(at++))) return false;
      }
      return seen.has_array_value() && at == seen.array_value().values_size();
    }
    default: {
      int at = 0;
      for (const AttributeView& member : value.as_object()) {
        if (at == seen.kvlist_value().values_size()) return false;
        const otlp::KeyValue& item = seen.kvlist_value().values(at++);
        if (item.key() != as_utf8(member.key) || !item.has_value()) return false;
        if (!same(member.value, item.value())) return false;
      }
      return seen.has_kvlist_value() && at == seen.kvlist_value().values_size();
    }
  }
}

// The one span of a ScopeSpans of which these bytes are a field.
inline otlp::Span read_span(std::string_view bytes) {
  otlp::ScopeSpans read;
  EXPECT_TRUE(read.ParseFromString(std::string(bytes)));
  EXPECT_EQ(read.spans_size(), 1);
  return read.spans_size() == 1 ? read.spans(0) : otlp::Span();
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_OTLP_READER_H_
