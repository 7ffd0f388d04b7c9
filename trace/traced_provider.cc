// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/traced_provider.h"

#include "tracebus/core/exception_text.h"
#include "tracebus/trace/span_ids.h"

namespace tracebus {
inline namespace v1 {

ProviderCall::ProviderCall(TraceEventBus& bus, std::string_view provider, std::string_view model,
                           std::int64_t messages)
    : bus_(bus), provider_(provider), model_(model.empty() ? "default" : model),
      start_(std::chrono::steady_clock::now()), context_(Context::current().child(new_span_id())) {
  emit(kProviderCallStart,
       {{"provider", provider_}, {"model", model_}, {"input_messages", messages}});
}

void ProviderCall::end(std::int64_t input_tokens, std::int64_t output_tokens) noexcept {
  Payload payload = {{"provider", provider_}, {"model", model_}};
  if (input_tokens >= 0) payload.add("input_tokens", input_tokens);
  if (output_tokens >= 0) payload.add("output_tokens", output_tokens);
  payload.add("duration_seconds", seconds());
  payload.add("duration_ms", seconds() * 1000);
  emit(kProviderCallEnd, std::move(payload));
}

void ProviderCall::fail() noexcept {
  try {
    const std::string error = current_exception_text();
    emit(kProviderCallError, {{"provider", provider_},
                              {"model", model_},
                              {"error", error},
                              {"duration_seconds", seconds()},
                              {"duration_ms", seconds() * 1000}});
  } catch (...) {  // no memory for the text
  }
}

double ProviderCall::seconds() const noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void ProviderCall::emit(EventType type, Payload payload) const noexcept {
  if (!bus_.wants(type)) return;
  TraceEvent event = {.event_type = type.name(),
                      .agent_name = provider_,
                      .pattern_type = context_.pattern(),
                      .payload = std::move(payload),
                      .ids = context_.ids()};
  bus_.emit(event);
}

}  // namespace v1
}  // namespace tracebus
