// SPDX-License-Identifier: Apache-2.0
//
// JSON of values that a caller holds, by the rules of core/json_writer.h.
#ifndef TRACEBUS_TRACE_VALUE_JSON_H_
#define TRACEBUS_TRACE_VALUE_JSON_H_

#include <string>

#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// null for what is nested deeper than kValueDepthMax, or larger than kRecordBytesMax.
void append_value_json(std::string& out, const Value& value);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_VALUE_JSON_H_
