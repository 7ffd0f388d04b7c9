// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/otlp_http/trace_receiver.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tracebus/tests/otlp_http/span_receiver.h"

namespace tracebus::testing {

namespace otlp = tests::otlp;

std::string text_of(const otlp::AnyValue& value) {
  switch (value.value_case()) {
    case otlp::AnyValue::kStringValue:
      return value.string_value();
    case otlp::AnyValue::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case otlp::AnyValue::kIntValue:
      return std::to_string(value.int_value());
    case otlp::AnyValue::kDoubleValue:
      return std::to_string(value.double_value());
    case otlp::AnyValue::kArrayValue: {
      std::string text;
      for (const otlp::AnyValue& item : value.array_value().values()) {
        text.append(text.empty() ? "" : ", ").append(text_of(item));
      }
      return "[" + text + "]";
    }
    default:
      return value.ShortDebugString();
  }
}

SpanTexts texts_of(const google::protobuf::RepeatedPtrField<otlp::KeyValue>& attributes) {
  SpanTexts texts;
  for (const otlp::KeyValue& attribute : attributes) {
    EXPECT_TRUE(texts.emplace(attribute.key(), text_of(attribute.value())).second)
        << attribute.key() << " twice";
  }
  return texts;
}

TraceReceiver::TraceReceiver(std::string status)
    : status_(std::move(status)),
      server_([this](Connection& connection, const RequestHead& head) { take(connection, head); }) {
}

void TraceReceiver::take(Connection& connection, const RequestHead& head) {
  const std::string body = connection.read_body(head);
  if (body.size() != head.body_bytes) return;
  otlp::TracesData data;
  const bool is_gzip = head.header("Content-Encoding") == "gzip";
  EXPECT_TRUE(data.ParseFromString(is_gzip ? gunzipped(body) : body));
  {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head.text);
    for (const otlp::ResourceSpans& resource : data.resource_spans()) {
      resource_ = texts_of(resource.resource().attributes());
      for (const otlp::ScopeSpans& scope : resource.scope_spans()) {
        spans_.insert(spans_.end(), scope.spans().begin(), scope.spans().end());
      }
    }
  }
  connection.answer(status_);
}

std::vector<std::string> TraceReceiver::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}
std::vector<otlp::Span> TraceReceiver::spans() const {
  const std::lock_guard lock(mutex_);
  return spans_;
}
SpanTexts TraceReceiver::resource() const {
  const std::lock_guard lock(mutex_);
  return resource_;
}

otlp::Span TraceReceiver::span(const std::string& name) const {
  otlp::Span found;
  int count = 0;
  for (const otlp::Span& span : spans()) {
    if (span.name() != name) continue;
    found = span;
    ++count;
  }
  EXPECT_EQ(count, 1) << "spans called " << name;
  return found;
}

TemporaryVariables::TemporaryVariables(std::vector<Variable> variables)
    : variables_(std::move(variables)) {
  for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
}
TemporaryVariables::~TemporaryVariables() {
  for (const auto& variable : variables_) ::unsetenv(variable.first.c_str());
}

}  // namespace tracebus::testing
