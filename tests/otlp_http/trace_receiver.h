// SPDX-License-Identifier: Apache-2.0
//
// TraceReceiver: a receiver of OTLP over HTTP that keeps what it got, read by libprotobuf.
// Thread safety: any thread.
#ifndef TRACEBUS_TESTS_OTLP_HTTP_TRACE_RECEIVER_H_
#define TRACEBUS_TESTS_OTLP_HTTP_TRACE_RECEIVER_H_

#include <otlp.pb.h>

#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/tests/http/scripted_server.h"

namespace tracebus::testing {

using SpanTexts = std::map<std::string, std::string>;

// A value as a text: arrays as [a, b], what is nested deeper likewise.
std::string text_of(const tests::otlp::AnyValue& value);
// The attributes of a span, or of a resource. A failure of the test if one has a name twice.
SpanTexts texts_of(const google::protobuf::RepeatedPtrField<tests::otlp::KeyValue>& attributes);

class TraceReceiver {
 public:
  // status: of all answers.
  explicit TraceReceiver(std::string status = "200 OK");

  std::string url() const { return server_.url(); }
  // The request lines and headers, as they came.
  std::vector<std::string> heads() const;
  std::vector<tests::otlp::Span> spans() const;
  SpanTexts resource() const;  // of the last request
  // The one span of that name; a failure of the test if there is none, or several.
  tests::otlp::Span span(const std::string& name) const;

 private:
  void take(Connection& connection, const RequestHead& head);

  const std::string status_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::vector<tests::otlp::Span> spans_;
  SpanTexts resource_;
  ScriptedServer server_;  // last, so that its threads end first
};

// Variables of the process that are set for as long as it lives, and not set after it.
class TemporaryVariables {
 public:
  using Variable = std::pair<std::string, std::string>;
  TemporaryVariables(std::initializer_list<Variable> variables)
      : TemporaryVariables(std::vector<Variable>(variables)) {}
  explicit TemporaryVariables(std::vector<Variable> variables);
  TemporaryVariables(const TemporaryVariables&) = delete;
  TemporaryVariables& operator=(const TemporaryVariables&) = delete;
  ~TemporaryVariables();

 private:
  const std::vector<Variable> variables_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_HTTP_TRACE_RECEIVER_H_
