// SPDX-License-Identifier: Apache-2.0
//
// Reads the escapes of a JSON string (RFC 8259, section 7).
#ifndef TRACEBUS_CORE_JSON_UNESCAPE_H_
#define TRACEBUS_CORE_JSON_UNESCAPE_H_

#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// What stands between the quotes, as it is meant. Lenient: an escape that is none stays as it is,
// and half a surrogate pair becomes U+FFFD.
std::string json_unescaped(std::string_view escaped);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_JSON_UNESCAPE_H_
