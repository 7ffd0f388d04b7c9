// SPDX-License-Identifier: Apache-2.0
//
// Values as Python's str() prints them, which is how the seed's console exporter does; safe to
// print (core/visible_text.h).
#ifndef TRACEBUS_EXPORTERS_PYTHON_TEXT_H_
#define TRACEBUS_EXPORTERS_PYTHON_TEXT_H_

#include <string>

#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

// None, True, 450, 0.0042, 1e-05, nan, b'\x00', ['a', 1], {'k': 'v'}; a string without quotes.
void append_python_str(std::string& out, const ValueView& value);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PYTHON_TEXT_H_
