// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/pattern_hooks.h"

#include "tracebus/trace/model_call.h"

namespace tracebus {
inline namespace v1 {

PatternRun::PatternRun(const HookSet& hooks, const PatternTask& task) {
  if (hooks.bus == nullptr) return;
  tracer_.emplace(*hooks.bus, TracerOptions{.service_name = hooks.service_name});
  span_.emplace(*tracer_, SpanStart{SpanKind::kPattern, task.pattern, {{"input", task.input}}});
  start_ = Clock::now();  // what it takes to make a tracer is not the pattern's time
}

void PatternRun::finish(std::string_view output) noexcept {
  if (!span_) return;
  const std::chrono::duration<double> took = Clock::now() - start_;
  span_->set(attr<"output">(output))
      .set(attr<"duration_seconds">(took.count()))
      .set(attr<"token_estimate">(quarter_of_characters(output)))
      .set(attr<"output_length">(character_count(output)))
      .set_status(SpanStatus::kOk);
  span_->end();
}

void PatternRun::fail() noexcept {
  if (!span_) return;
  span_->set_current_error();
  span_->end();
}

}  // namespace v1
}  // namespace tracebus
