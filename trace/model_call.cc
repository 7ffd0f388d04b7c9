// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/model_call.h"

#include <algorithm>
#include <vector>

namespace tracebus {
inline namespace v1 {
namespace {

LlmUsage estimated_usage(std::span<const ModelMessage> messages, std::string_view answer) {
  LlmUsage usage;
  for (const ModelMessage& message : messages) {
    usage.input_tokens += quarter_of_characters(message.content);
  }
  usage.output_tokens = quarter_of_characters(answer);
  return usage;
}

}  // namespace

Value messages_value(std::span<const ModelMessage> messages) {
  std::vector<Value> values;
  for (const ModelMessage& message : messages) {
    values.push_back(Value::object({{"role", message.role}, {"content", message.content}}));
  }
  return Value::array(std::move(values));
}

std::int64_t character_count(std::string_view text) noexcept {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // no continuation byte
  });
}

std::int64_t quarter_of_characters(std::string_view text) noexcept {
  return character_count(text) / 4;
}

ModelCall::ModelCall(const HookSet& hooks, const Tracer* tracer, std::string_view agent,
                     const ModelRequest& request)
    : hooks_(hooks), agent_(agent), request_(request) {
  if (tracer == nullptr) return;
  const TraceEventBus& bus = tracer->bus();
  if (!bus.wants_content() || !bus.wants_any(kLlmCallStart, kLlmCallEnd, kLlmCallError)) {
    span_.emplace(*tracer, request.call, SpanAttributeList{});
  } else {
    span_.emplace(*tracer, request.call,
                  SpanAttributeList{{"messages", messages_value(request.messages)}});
  }
  stream_.emplace(*tracer, *span_);
}

void ModelCall::answered(std::string_view text, const std::optional<LlmUsage>& usage) {
  const bool counts = span_ || hooks_.costs != nullptr;
  if (!counts) return;
  const LlmUsage used = usage ? *usage : estimated_usage(request_.messages, text);
  if (span_) {
    span_->usage(used).set(attr<"response">(text));
    if (!usage) span_->set(attr<"usage_estimated">(true));
    span_->set_status(SpanStatus::kOk);
    span_->end();
  }
  if (hooks_.costs != nullptr) record_costs(used);
}

void ModelCall::record_costs(const LlmUsage& usage) const {
  const Context& context = span_ ? span_->context() : Context::current();
  CostEntry entry;
  // Outside of any pattern the seed calls it "agent".
  entry.pattern = context.pattern().empty() ? std::string_view("agent") : context.pattern();
  entry.agent = agent_;
  entry.model = request_.call.model;
  entry.provider = request_.call.provider.empty() ? context.provider() : request_.call.provider;
  entry.workflow = context.workflow();
  entry.session = context.session_id();
  entry.user = context.user_id();
  entry.ids = context.ids();
  entry.usage = {.input = usage.input_tokens,
                 .output = usage.output_tokens,
                 .cache_read = usage.cache_read_tokens,
                 .cache_write = usage.cache_write_tokens,
                 .reasoning = usage.reasoning_tokens};
  entry.cost = usage.cost;
  hooks_.costs->record(entry);
}

void ModelCall::failed() noexcept {
  if (!span_) return;
  span_->set_current_error();
  span_->end();
}

}  // namespace v1
}  // namespace tracebus
