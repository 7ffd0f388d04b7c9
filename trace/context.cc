// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/context.h"

#include <memory>

#include "tracebus/trace/span_ids.h"

namespace tracebus {
inline namespace v1 {

template <class Change>
Context Context::changed(const Change& change) const {
  auto values = std::make_unique<ContextValues>(*values_);
  change(*values);
  Context context(*this);
  context.values_ = SharedContextValues(std::move(values));
  return context;
}

Context Context::with(const ContextFields& fields) const {
  Context context = changed([&fields](ContextValues& values) { values.change(fields); });
  if (fields.run_id) context.ids_.run_id = fields.run_id;
  if (!fields.agent.empty()) context.marks_.agent = 0;
  if (!fields.pattern.empty()) context.marks_.pattern = 0;
  return context;
}

Context Context::with_agent(std::string_view agent) const {
  if (agent.empty()) return *this;
  const NameHandle handle = NameHandle::of_foreign(agent);
  if (!handle.is_valid()) return with({.agent = agent});
  Context context(*this);
  context.marks_.agent = static_cast<std::uint16_t>(handle.number());
  return context;
}

Context Context::with_pattern(std::string_view pattern) const {
  if (pattern.empty()) return *this;
  const NameHandle handle = NameHandle::of_foreign(pattern);
  if (!handle.is_valid()) return with({.pattern = pattern});
  Context context(*this);
  context.marks_.pattern = static_cast<std::uint16_t>(handle.number());
  return context;
}

Context Context::with_trace_state(TraceState trace_state) const {
  return changed([&](ContextValues& values) { values.trace_state = std::move(trace_state); });
}

Context Context::with_baggage(Baggage baggage) const {
  return changed([&](ContextValues& values) { values.baggage = std::move(baggage); });
}

Context Context::with_span(const SpanContext& span) const noexcept {
  Context context(*this);
  context.ids_ = {ids_.run_id, span.trace_id, span.span_id, span.parent_span_id};
  context.marks_.flags = static_cast<std::uint8_t>(
      (span.sampled ? kSampled : 0) | (span.random ? kRandom : 0) | (span.remote ? kRemote : 0));
  return context;
}

Context Context::child(const SpanId& span_id) const noexcept {
  Context context(*this);
  if (!has_span()) [[unlikely]] {
    context.ids_.trace_id = new_trace_id();
    context.ids_.parent_span_id = {};
    context.marks_.flags = kSampled | kRandom;
    if (!context.ids_.run_id) context.ids_.run_id.bytes = context.ids_.trace_id.bytes;
  } else {
    context.ids_.parent_span_id = ids_.span_id;
    context.marks_.flags &= static_cast<std::uint8_t>(~kRemote);
    if (!context.ids_.run_id) [[unlikely]]
      context.ids_.run_id.bytes = context.ids_.trace_id.bytes;
  }
  context.ids_.span_id = span_id;
  return context;
}

SpanContext Context::span() const noexcept {
  return {.trace_id = ids_.trace_id,
          .span_id = ids_.span_id,
          .parent_span_id = ids_.parent_span_id,
          .sampled = is_sampled(),
          .random = is_random(),
          .remote = is_remote()};
}

std::span<const Attribute> Context::metadata() const noexcept {
  if (values_->metadata == nullptr) return {};
  return values_->metadata->attributes();
}

std::span<const std::string> Context::tags() const noexcept {
  if (values_->tags == nullptr) return {};
  return *values_->tags;
}

}  // namespace v1
}  // namespace tracebus
