// SPDX-License-Identifier: Apache-2.0
//
// ApiClient: asks a StudioApi, as a browser would, and reads what comes.
#ifndef TRACEBUS_TESTS_STUDIO_API_CLIENT_H_
#define TRACEBUS_TESTS_STUDIO_API_CLIENT_H_

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <string_view>

#include "tracebus/studio/studio_api.h"

namespace tracebus::testing {

class ApiClient {
 public:
  explicit ApiClient(const TraceStore& store, StudioApiOptions options = {})
      : api_(store, std::move(options)) {}

  HttpReply get(std::string_view target, std::string_view method = "GET") const {
    const std::size_t at = std::min(target.find('?'), target.size());
    HttpCall call;
    call.method = method;
    call.path = target.substr(0, at);
    call.query = target.substr(std::min(at + 1, target.size()));
    return api_.answer(call);
  }
  // Of an answer that is 200 and JSON; until the next call.
  simdjson::dom::element json(std::string_view target) {
    const HttpReply reply = get(target);
    EXPECT_EQ(reply.status, 200) << target << ": " << reply.body;
    return parsed(reply, target);
  }
  // What is said where the answer is an error.
  std::string error(std::string_view target, int status) {
    const HttpReply reply = get(target);
    EXPECT_EQ(reply.status, status) << target << ": " << reply.body;
    return std::string(std::string_view(parsed(reply, target)["error"]));
  }

 private:
  simdjson::dom::element parsed(const HttpReply& reply, std::string_view target) {
    EXPECT_EQ(reply.content_type, "application/json") << target;
    text_ = simdjson::padded_string(reply.body);
    simdjson::dom::element json;
    EXPECT_EQ(parser_.parse(text_).get(json), simdjson::SUCCESS) << target << ": " << reply.body;
    return json;
  }

  const StudioApi api_;
  simdjson::padded_string text_;
  simdjson::dom::parser parser_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_STUDIO_API_CLIENT_H_
