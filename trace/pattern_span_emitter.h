// SPDX-License-Identifier: Apache-2.0
//
// PatternSpanEmitter: spans of patterns and agents with explicit parents, for code that runs
// several at once and keeps them in variables of its own. None of them becomes current.
//
//   const PatternSpanEmitter emitter(tracer);
//   auto run = emitter.pattern_span("debate");
//   auto bull = emitter.agent_span("bull", &run);
//   emitter.set_pattern_result(run, {.output_len = 830, .rounds = 2});
#ifndef TRACEBUS_TRACE_PATTERN_SPAN_EMITTER_H_
#define TRACEBUS_TRACE_PATTERN_SPAN_EMITTER_H_

#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>

#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {

struct PatternResult {
  std::optional<std::int64_t> output_len = {};
  std::optional<std::int64_t> rounds = {};
  std::optional<bool> consensus = {};
  bool escalated = false;
  double duration_ms = 0;  // as the caller measured it, beside the span's own
  std::int64_t token_estimate = 0;
  double cost_estimate = 0;
};

struct RoutingInfo {
  double difficulty = 0;
  std::string_view selected_model = {};
  double cost_estimate = 0;
  std::string_view category = {};
};

// Thread safety: any thread; a span's own for what concerns a span.
class PatternSpanEmitter {
 public:
  // REQUIRES: the tracer outlives the emitter and its spans.
  explicit PatternSpanEmitter(const Tracer& tracer) noexcept : tracer_(tracer) {}

  // Without a parent: of the current context. Attributes are as given.
  Span pattern_span(std::string_view type, SpanAttributeList attributes = {},
                    const Span* parent = nullptr) const {
    return begin(SpanKind::kPattern, type, attributes, parent);
  }
  Span agent_span(std::string_view name, const Span* parent = nullptr,
                  SpanAttributeList attributes = {}) const {
    return begin(SpanKind::kAgent, name, attributes, parent);
  }

  // What came of a pattern, and that it went well.
  void set_pattern_result(Span& span, const PatternResult& result) const noexcept;
  void set_routing_info(Span& span, const RoutingInfo& routing) const noexcept;
  // savings: the share that was saved, 0 to 1.
  void set_compression_info(Span& span, std::int64_t input_tokens, std::int64_t output_tokens,
                            double savings) const noexcept;
  void record_error(Span& span, const std::exception& exception) const noexcept {
    span.set_error(exception);
  }
  void set_error(Span& span, const std::exception& exception) const noexcept {
    span.set_error(exception);
  }

 private:
  Span begin(SpanKind kind, std::string_view name, SpanAttributeList attributes,
             const Span* parent) const {
    return tracer_.span({kind, name, attributes, parent != nullptr ? &parent->context() : nullptr,
                         /*current=*/false});
  }

  const Tracer& tracer_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PATTERN_SPAN_EMITTER_H_
