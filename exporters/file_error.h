// SPDX-License-Identifier: Apache-2.0
//
// Tells a person what went wrong with a file: what was tried, where, why, and what to do.
#ifndef TRACEBUS_EXPORTERS_FILE_ERROR_H_
#define TRACEBUS_EXPORTERS_FILE_ERROR_H_

#include <absl/status/status.h>

#include <string_view>

namespace tracebus {
inline namespace v1 {

// "cannot <action> '<path>': <text of error>; <what to do>". error: an errno.
absl::Status file_error(int error, std::string_view action, std::string_view path);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_FILE_ERROR_H_
