// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_TESTS_CONFIG_SPAN_NAMES_H_
#define TRACEBUS_TESTS_CONFIG_SPAN_NAMES_H_

#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <mutex>
#include <string>
#include <vector>

#include "tracebus/tests/http/scripted_server.h"

namespace tracebus::testing {

// A receiver of OTLP: the names of spans that came, who sent them, and where to.
class SpanNames {
 public:
  std::string url() const { return server_.url(); }

  std::vector<std::string> spans() {
    std::lock_guard lock(mutex_);
    return spans_;
  }
  std::string service() {
    std::lock_guard lock(mutex_);
    return service_;
  }
  std::string head() {
    std::lock_guard lock(mutex_);
    return head_;
  }

 private:
  void take(Connection& connection, const RequestHead& head) {
    tests::otlp::TracesData request;
    EXPECT_TRUE(request.ParseFromString(connection.read_body(head)));
    {
      std::lock_guard lock(mutex_);
      head_ = head.text;
      for (const auto& resource : request.resource_spans()) {
        for (const auto& attribute : resource.resource().attributes()) {
          if (attribute.key() == "service.name") service_ = attribute.value().string_value();
        }
        for (const auto& scope : resource.scope_spans()) {
          for (const auto& span : scope.spans()) spans_.push_back(span.name());
        }
      }
    }
    connection.answer("200 OK");
  }

  std::mutex mutex_;
  std::vector<std::string> spans_;
  std::string service_;
  std::string head_;
  ScriptedServer server_{
      [this](Connection& connection, const RequestHead& head) { take(connection, head); }};
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CONFIG_SPAN_NAMES_H_
