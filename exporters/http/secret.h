// SPDX-License-Identifier: Apache-2.0
//
// Secrets come from the environment, or from files that only their owner can read: never from
// command lines, which others see. No message of ours has one.
#ifndef TRACEBUS_EXPORTERS_HTTP_SECRET_H_
#define TRACEBUS_EXPORTERS_HTTP_SECRET_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "tracebus/exporters/http/http_options.h"

namespace tracebus {
inline namespace v1 {

inline constexpr std::size_t kSecretBytesMax = 4096;

// What the variable NAME holds, or the one line of the file whose path NAME_FILE holds. Empty if
// neither is set. InvalidArgument if both are; for a file that is not a regular one of at most
// kSecretBytesMax, or that others than its owner may open (mode 0600); for what is no header's
// value: empty, with spaces or with what is no ASCII. NotFound for a file that cannot be read.
// A process must not change its environment meanwhile.
absl::StatusOr<std::string> secret_from_env(const std::string& name);

// Authorization: Basic, as RFC 7617 has it. REQUIRES: the user holds no colon.
HttpHeader basic_authorization(std::string_view user, std::string_view password);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_SECRET_H_
