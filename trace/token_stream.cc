// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/token_stream.h"

#include "tracebus/bus/trace_event_bus.h"

namespace tracebus {
inline namespace v1 {

void TokenStream::take(std::string_view text) noexcept {
  if (!has_begun_) {
    has_begun_ = true;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin_;
    span_.set(attr<"time_to_first_chunk_seconds">(took.count()));
  }
  if (text.empty()) return;
  const std::int64_t index = index_++;
  TraceEventBus& bus = tracer_.bus();
  if (!bus.wants(kLlmToken)) return;
  const Context& context = span_.context();
  // What the sampler leaves out of a trace is counted, as by spans.
  if (tracer_.sampler() != nullptr && !context.is_sampled()) {
    bus.count_sampled_out(kLlmToken);
    return;
  }
  bus.emit(kLlmToken, context.ids(), context.agent_name(), context.pattern_name(),
           attr<"index">(index), attr<"content">(text));
}

}  // namespace v1
}  // namespace tracebus
