// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_STUDIO_INFLATED_BODY_H_
#define TRACEBUS_STUDIO_INFLATED_BODY_H_

#include <absl/status/status.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Writes what a body with Content-Encoding: gzip (RFC 1952) holds to out, several members one
// behind the other. InvalidArgument for what is damaged or cut off; ResourceExhausted once it has
// more than bytes_max, of which no more is written: a few kilobytes may hold gigabytes.
absl::Status inflate_body(std::string_view compressed, std::size_t bytes_max, std::string& out);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_INFLATED_BODY_H_
