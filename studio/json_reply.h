// SPDX-License-Identifier: Apache-2.0
//
// Answers of the API: JSON, and what is wrong as {"error": "what, where, what to do"}.
#ifndef TRACEBUS_STUDIO_JSON_REPLY_H_
#define TRACEBUS_STUDIO_JSON_REPLY_H_

#include <string>
#include <string_view>
#include <utility>

#include "tracebus/core/json_fields.h"
#include "tracebus/studio/http_call.h"

namespace tracebus {
inline namespace v1 {

inline HttpReply json_reply(std::string json) {
  return {.content_type = "application/json", .body = std::move(json)};
}

inline HttpReply json_error(int status, std::string_view what) {
  return {.status = status,
          .content_type = "application/json",
          .body = JsonFields().add("error", what).to_string()};
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_JSON_REPLY_H_
