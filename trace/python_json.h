// SPDX-License-Identifier: Apache-2.0
//
// JSON byte for byte as Python's json.dumps writes it, with its defaults and default=str: ", " and
// ": " between, ASCII alone (\uXXXX, surrogate pairs), floats by their repr, and the literals NaN,
// Infinity and -Infinity, which are no JSON but which the seed's files hold. Bytes are the text of
// their repr ("b'\\x00'"). Ill-formed UTF-8 becomes \ufffd.
#ifndef TRACEBUS_TRACE_PYTHON_JSON_H_
#define TRACEBUS_TRACE_PYTHON_JSON_H_

#include <string>
#include <string_view>

#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

void append_python_json_string(std::string& out, std::string_view text);
void append_python_json_double(std::string& out, double value);
void append_python_json(std::string& out, const ValueView& value);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PYTHON_JSON_H_
