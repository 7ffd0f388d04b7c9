// SPDX-License-Identifier: Apache-2.0
//
// LlmSpan: the span of one call of a model, with what it used.
#ifndef TRACEBUS_TRACE_LLM_SPAN_H_
#define TRACEBUS_TRACE_LLM_SPAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/span.h"

namespace tracebus {
inline namespace v1 {

// Borrows its texts for the call.
struct LlmCall {
  std::string_view model = {};      // also the span's name; "llm_call" if it is empty
  std::string_view provider = {};   // empty: the context's
  std::string_view operation = {};  // as gen_ai.operation.name; empty: none is said
  std::optional<double> temperature = {};
  std::optional<std::int64_t> max_tokens = {};
};

// As TokenUsage counts: input_tokens holds the cached ones, output_tokens those of reasoning.
struct LlmUsage {
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  std::optional<NanoDollars> cost = {};  // none: by the prices of the tracer's CostTracker
};

class [[nodiscard]] LlmSpan : public Span {
 public:
  LlmSpan(const Tracer& tracer, const LlmCall& call, SpanAttributeList attributes);
  ~LlmSpan() { end(); }

  // What the call used in all; the last one counts, as of a stream that says so again and again.
  // Classes without tokens are not said. The tracer's CostTracker records it when the span ends,
  // also of a call that failed, and of a span that nobody wants; the end says what it came to as
  // cost_usd, or `unpriced` if its model has no price.
  LlmSpan& usage(const LlmUsage& usage) noexcept;

  void end() noexcept;

 private:
  void record_costs() noexcept;

  std::optional<LlmUsage> usage_;
  std::string model_;     // kept only where costs are recorded
  std::string provider_;  // likewise
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_LLM_SPAN_H_
