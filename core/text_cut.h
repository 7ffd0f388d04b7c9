// SPDX-License-Identifier: Apache-2.0
//
// Cuts texts to a number of bytes without breaking what they are made of.
#ifndef TRACEBUS_CORE_TEXT_CUT_H_
#define TRACEBUS_CORE_TEXT_CUT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// As much of the text as fits, without half a UTF-8 character at its end.
std::string_view cut_text(std::string_view text, std::size_t bytes_max) noexcept;

// The same of a JSON object or array, which stays one: the string that is too long is cut, and what
// is open is closed. A text that is no JSON where it is cut, or without even the room to be closed,
// is cut as a text. Linear in the text.
std::string cut_json(std::string_view json, std::size_t bytes_max);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_TEXT_CUT_H_
