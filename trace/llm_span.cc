// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/llm_span.h"

#include <string>

#include "tracebus/trace/cost_tracker.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {
namespace {

SpanStart start_of(const LlmCall& call, SpanAttributeList attributes) noexcept {
  return {SpanKind::kLlm, call.model.empty() ? std::string_view("llm_call") : call.model,
          attributes};
}

}  // namespace

LlmSpan::LlmSpan(const Tracer& tracer, const LlmCall& call, SpanAttributeList attributes)
    : Span(tracer, start_of(call, attributes), NotYetBegun{}) {
  const std::string_view provider = call.provider.empty() ? context().provider() : call.provider;
  if (tracer.costs() != nullptr) {
    model_ = call.model;
    provider_ = provider;
  }
  if (is_recording()) {
    if (!call.model.empty()) set(attr<"model">(call.model));
    if (!provider.empty()) set(attr<"provider">(provider));
    if (!call.operation.empty()) set(attr<"operation">(call.operation));
    if (call.temperature) set(attr<"temperature">(*call.temperature));
    if (call.max_tokens) set(attr<"max_tokens">(*call.max_tokens));
  }
  begin();
}

LlmSpan& LlmSpan::usage(const LlmUsage& usage) noexcept {
  usage_ = usage;
  if (!is_recording()) return *this;
  set(attr<"input_tokens">(usage.input_tokens));
  set(attr<"output_tokens">(usage.output_tokens));
  if (usage.cache_read_tokens != 0) {
    set(attr<"cache_read_input_tokens">(usage.cache_read_tokens));
  }
  if (usage.cache_write_tokens != 0) {
    set(attr<"cache_creation_input_tokens">(usage.cache_write_tokens));
  }
  if (usage.reasoning_tokens != 0) set(attr<"reasoning_tokens">(usage.reasoning_tokens));
  if (usage.cost) set(attr<"cost_usd">(usage.cost->to_dollars()));
  return *this;
}

void LlmSpan::end() noexcept {
  if (is_open() && usage_ && tracer().costs() != nullptr) record_costs();
  Span::end();
}

void LlmSpan::record_costs() noexcept {
  const CostEntry entry = {.pattern = context().pattern(),
                           .agent = context().agent(),
                           .model = model_,
                           .provider = provider_,
                           .workflow = context().workflow(),
                           .session = context().session_id(),
                           .user = context().user_id(),
                           .ids = ids(),
                           .usage = {.input = usage_->input_tokens,
                                     .output = usage_->output_tokens,
                                     .cache_read = usage_->cache_read_tokens,
                                     .cache_write = usage_->cache_write_tokens,
                                     .reasoning = usage_->reasoning_tokens},
                           .cost = usage_->cost};
  std::optional<NanoDollars> cost;
  CostResult result = CostResult::kCounted;
  try {
    result = tracer().costs()->record(entry, cost);
  } catch (...) {  // no memory for a new group
  }
  const bool counted = result == CostResult::kUnpriced || result == CostResult::kSaturated;
  if (cost) {
    set(attr<"cost_usd">(cost->to_dollars()));
  } else if (counted) {
    set(attr<"unpriced">(true));
  }
}

}  // namespace v1
}  // namespace tracebus
