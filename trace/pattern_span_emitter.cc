// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/pattern_span_emitter.h"

namespace tracebus {
inline namespace v1 {

void PatternSpanEmitter::set_pattern_result(Span& span,
                                            const PatternResult& result) const noexcept {
  if (result.output_len) span.set(attr<"output_length">(*result.output_len));
  if (result.rounds) span.set(attr<"rounds">(*result.rounds));
  if (result.consensus) span.set(attr<"consensus">(*result.consensus));
  span.set(attr<"escalated">(result.escalated))
      .set(attr<"execution_ms">(result.duration_ms))
      .set(attr<"token_estimate">(result.token_estimate))
      .set(attr<"cost_usd">(result.cost_estimate))
      .set_status(SpanStatus::kOk);
}

void PatternSpanEmitter::set_routing_info(Span& span, const RoutingInfo& routing) const noexcept {
  span.set(attr<"difficulty">(routing.difficulty))
      .set(attr<"selected_model">(routing.selected_model))
      .set(attr<"cost_estimate">(routing.cost_estimate));
  if (!routing.category.empty()) span.set(attr<"difficulty_category">(routing.category));
}

void PatternSpanEmitter::set_compression_info(Span& span, std::int64_t input_tokens,
                                              std::int64_t output_tokens,
                                              double savings) const noexcept {
  span.set(attr<"original_tokens">(input_tokens))
      .set(attr<"compressed_tokens">(output_tokens))
      .set(attr<"savings_pct">(savings));
}

}  // namespace v1
}  // namespace tracebus
