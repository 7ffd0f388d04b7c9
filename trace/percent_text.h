// SPDX-License-Identifier: Apache-2.0
//
// Percent-encoding as W3C Baggage uses it (section 3.3.1.3): a space is %20, and a plus is a plus.
#ifndef TRACEBUS_TRACE_PERCENT_TEXT_H_
#define TRACEBUS_TRACE_PERCENT_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Appends text with all but the unreserved characters (RFC 3986, section 2.3) encoded, and U+FFFD
// in the place of each ill-formed UTF-8 subpart.
void append_percent_encoded(std::string& out, std::string_view text);

// The bytes that an encoded text stands for, as UTF-8 with U+FFFD for what is ill-formed (W3C
// Baggage, section 3.3.1.3). A percent sign without two hex digits behind it stands for itself.
// Never longer than text.
std::string percent_decoded(std::string_view text);

// As text, with U+FFFD in the place of each ill-formed UTF-8 subpart.
std::string valid_utf8(std::string_view text);

// The longest prefix of at most bytes_max bytes that ends no UTF-8 sequence early.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PERCENT_TEXT_H_
