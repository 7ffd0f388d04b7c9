// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/context.h"

#include <memory>

#include "tracebus/trace/span_ids.h"
#include "tracebus/trace/tracer.h"
#include "tracebus/trace/tracer_numbers.h"

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
  if (!fields.agent.empty()) context.marks_.set_number(Marks::kAgent, 0);
  if (!fields.pattern.empty()) context.marks_.set_number(Marks::kPattern, 0);
  return context;
}

Context Context::with_agent(std::string_view agent) const {
  if (agent.empty()) return *this;
  const NameHandle handle = NameHandle::of_foreign(agent);
  if (!handle.is_valid()) return with({.agent = agent});
  Context context(*this);
  context.marks_.set_number(Marks::kAgent, handle.number());
  return context;
}

Context Context::with_pattern(std::string_view pattern) const {
  if (pattern.empty()) return *this;
  const NameHandle handle = NameHandle::of_foreign(pattern);
  if (!handle.is_valid()) return with({.pattern = pattern});
  Context context(*this);
  context.marks_.set_number(Marks::kPattern, handle.number());
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
  context.marks_.set_flags(std::uint64_t{span.sampled} * Marks::kSampled +
                           std::uint64_t{span.random} * Marks::kRandom +
                           std::uint64_t{span.remote} * Marks::kRemote);
  return context;
}

void Context::begin_trace() noexcept {
  ids_.trace_id = new_trace_id();
  ids_.parent_span_id = {};
  marks_.set_flags(Marks::kSampled | Marks::kRandom);
}

const Tracer* Context::tracer() const noexcept {
  return TracerNumbers::find(marks_.number(Marks::kTracer));
}

Context Context::with_tracer(const Tracer& tracer) const noexcept {
  Context context(*this);
  context.marks_.set_number(Marks::kTracer, tracer.number());
  return context;
}

Context Context::with_tracer_of(const Context& other) const noexcept {
  Context context(*this);
  context.marks_.set_number(Marks::kTracer, other.marks_.number(Marks::kTracer));
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

std::span<const Attribute> Context::log_fields() const noexcept {
  if (values_->log_fields == nullptr) return {};
  return values_->log_fields->attributes();
}

}  // namespace v1
}  // namespace tracebus
