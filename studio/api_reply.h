// SPDX-License-Identifier: Apache-2.0
//
// Answers of the API: JSON that is safe to print, and errors as {"error": "..."}.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_STUDIO_API_REPLY_H_
#define TRACEBUS_STUDIO_API_REPLY_H_

#include <absl/status/status.h>

#include <string_view>

#include "tracebus/studio/http_call.h"

namespace tracebus {
inline namespace v1 {

// REQUIRES: json is valid, without line feeds.
HttpReply json_reply(std::string_view json, int status = 200);

// 400, 404, 413 or 500, by the code. REQUIRES: status is not OK.
HttpReply error_reply(const absl::Status& status);
HttpReply error_reply(int status, std::string_view message);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_API_REPLY_H_
