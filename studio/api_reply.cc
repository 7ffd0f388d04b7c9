// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/api_reply.h"

#include <string>

#include "tracebus/core/json_fields.h"
#include "tracebus/studio/store_json.h"

namespace tracebus {
inline namespace v1 {

HttpReply json_reply(std::string_view json, int status) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = visible_json(json);
  return reply;
}

HttpReply error_reply(int status, std::string_view message) {
  return json_reply(JsonFields().add("error", message).to_string(), status);
}

HttpReply error_reply(const absl::Status& status) {
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return error_reply(400, message);
    case absl::StatusCode::kNotFound:
      return error_reply(404, message);
    case absl::StatusCode::kResourceExhausted:
      return error_reply(413, message);
    default:
      return error_reply(500, message);
  }
}

}  // namespace v1
}  // namespace tracebus
