// SPDX-License-Identifier: Apache-2.0
//
// Text of others, made safe to print: what a terminal obeys, what ends a line, and what cannot be
// seen but changes what is, is written as an escape (CWE-117, CWE-150). Nothing is stripped.
//
// Escaped are: control characters (C0, DEL, C1), line and paragraph separators, marks that reorder
// text (bidi), invisible ones (zero-width space, word joiner, BOM, tags; not the joiners that
// scripts and emoji need), noncharacters, and invalid UTF-8. A backslash stands as it is: the JSON
// layout is the one to read back.
#ifndef TRACEBUS_CORE_VISIBLE_TEXT_H_
#define TRACEBUS_CORE_VISIBLE_TEXT_H_

#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Escapes are \n \r \t, \x1b below U+0080, \u202e, \U000e0041; an invalid byte is \xff.
void append_visible(std::string& out, std::string_view text);

// The same between quotes, in which the quote and the backslash are escaped with a backslash.
void append_visible_quoted(std::string& out, std::string_view text, char quote);

// The same for a JSON text without line feeds: escapes are \u202e and surrogate pairs, so it means
// what it meant. REQUIRES: json is valid JSON.
void append_visible_json(std::string& out, std::string_view json);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_VISIBLE_TEXT_H_
