// SPDX-License-Identifier: Apache-2.0
//
// SpanBuilder: a span of any kind with the words of OpenInference for what went in and came out.
#ifndef TRACEBUS_TRACE_SPAN_BUILDER_H_
#define TRACEBUS_TRACE_SPAN_BUILDER_H_

#include <string_view>

#include "tracebus/trace/captured_json.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

// Current from its construction to its end, as any span of a Tracer.
class [[nodiscard]] SpanBuilder : public Span {
 public:
  SpanBuilder(const Tracer& tracer, std::string_view name, SpanKind kind = SpanKind::kChain)
      : Span(tracer, {.kind = kind, .name = name}) {}

  // input.value and output.value, which are content: a text as it is, anything else as JSON.
  template <class T>
  SpanBuilder& set_input(const T& input) {
    set_content<"input.value", "input.mime_type">(input);
    return *this;
  }
  template <class T>
  SpanBuilder& set_output(const T& output) {
    set_content<"output.value", "output.mime_type">(output);
    return *this;
  }
  SpanBuilder& set_agent(std::string_view name, std::string_view framework = {}) noexcept {
    set(attr<"agent.name">(name));
    if (!framework.empty()) set(attr<"agent.framework">(framework));
    return *this;
  }

 private:
  template <KeyLiteral kValue, KeyLiteral kMimeType, class T>
  void set_content(const T& content) {
    if (!takes_content()) return;
    if constexpr (std::convertible_to<const T&, std::string_view>) {
      set(attr<kValue>(std::string_view(content))).set(attr<kMimeType>("text/plain"));
    } else {
      std::string json;
      append_captured_json(json, content);
      set(attr<kValue>(bounded_json(std::move(json)))).set(attr<kMimeType>("application/json"));
    }
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_BUILDER_H_
