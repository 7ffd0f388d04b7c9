// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/value_json.h"

#include "tracebus/core/json_writer.h"
#include "tracebus/core/value_codec.h"

namespace tracebus {
inline namespace v1 {

void append_value_json(std::string& out, const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      out += "null";
      return;
    case ValueType::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case ValueType::kInt64:
      return append_json_int64(out, value.as_int64());
    case ValueType::kDouble:
      return append_json_double(out, value.as_double());
    case ValueType::kString:
      return append_json_string(out, value.as_string());
    case ValueType::kBytes:
      return append_json_bytes(out, value.as_bytes());
    case ValueType::kArray:
    case ValueType::kObject:
      break;
  }
  std::string body(encoded_body_size(value).value_or(0), '\0');
  if (body.empty()) {
    out += "null";
    return;
  }
  encode_body(value, body.data());
  append_json_value(out, ValueView::of_text(value.type(), body));
}

}  // namespace v1
}  // namespace tracebus
