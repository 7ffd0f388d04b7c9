// SPDX-License-Identifier: Apache-2.0
//
// SpanFigures: what a span, or all that lies below it, took of tokens and money.
#ifndef TRACEBUS_TRACE_SPAN_FIGURES_H_
#define TRACEBUS_TRACE_SPAN_FIGURES_H_

#include <cstdint>

#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/token_usage.h"

namespace tracebus {
inline namespace v1 {

// Every number is >= 0; one that would exceed 63 bits stays at the largest.
struct SpanFigures {
  TokenUsage usage;
  NanoDollars cost;
  std::int64_t calls = 0;     // of models
  std::int64_t unpriced = 0;  // calls of which nobody said the cost
  bool has_usage = false;     // somebody said tokens
  bool has_cost = false;      // somebody said a cost

  bool operator==(const SpanFigures&) const noexcept = default;

  void add_usage(const TokenUsage& other) noexcept {
    has_usage = true;
    add_saturating(usage.input, other.input);
    add_saturating(usage.output, other.output);
    add_saturating(usage.cache_read, other.cache_read);
    add_saturating(usage.cache_write, other.cache_write);
    add_saturating(usage.reasoning, other.reasoning);
  }
  void add_cost(NanoDollars other) noexcept {
    has_cost = true;
    std::int64_t sum = cost.value();
    add_saturating(sum, other.value());
    cost = NanoDollars(sum);
  }
  void add(const SpanFigures& other) noexcept {
    if (other.has_usage) add_usage(other.usage);
    if (other.has_cost) add_cost(other.cost);
    add_saturating(calls, other.calls);
    add_saturating(unpriced, other.unpriced);
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_FIGURES_H_
