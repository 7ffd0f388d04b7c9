// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/captured_json.h"

#include "tracebus/core/json_writer.h"
#include "tracebus/core/limits.h"
#include "tracebus/trace/percent_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

// What one byte of a text may become in JSON.
constexpr std::size_t kJsonGrowth = 6;

}  // namespace

void append_captured_value(std::string& out, const Value& value) {
  switch (value.type()) {
    case ValueType::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case ValueType::kInt64:
      return append_json_int64(out, value.as_int64());
    case ValueType::kDouble:
      return append_json_double(out, value.as_double());
    case ValueType::kString:
      return append_json_string(out, value.as_string());
    default:
      out += "null";
  }
}

std::string bounded_json(std::string json) {
  if (json.size() <= kSpanTextBytesMax) return json;
  std::string bounded;
  append_json_string(bounded, cut_utf8(json, (kSpanTextBytesMax - 2) / kJsonGrowth));
  return bounded;
}

}  // namespace v1
}  // namespace tracebus
