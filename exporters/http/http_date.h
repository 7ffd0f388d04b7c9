// SPDX-License-Identifier: Apache-2.0
//
// The date of an HTTP header (RFC 9110, section 5.6.7), in its three forms:
//
//   Sun, 06 Nov 1994 08:49:37 GMT     Sunday, 06-Nov-94 08:49:37 GMT     Sun Nov  6 08:49:37 1994
#ifndef TRACEBUS_EXPORTERS_HTTP_HTTP_DATE_H_
#define TRACEBUS_EXPORTERS_HTTP_HTTP_DATE_H_

#include <chrono>
#include <optional>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Nothing for what is no such date. The name of the weekday must be one, not the right one. A year
// of two digits is the last one with them that lies at most 50 years after now.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                        std::chrono::sys_seconds now);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_HTTP_DATE_H_
