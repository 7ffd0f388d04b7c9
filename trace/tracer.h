// SPDX-License-Identifier: Apache-2.0
//
// Tracer: begins spans of one service on one bus.
//
//   Tracer tracer(bus, {.service_name = "investment-analysis"});
//   auto run = tracer.pattern("debate", {attr<"rounds">(2)});
//   { auto bull = tracer.agent("bull");                       // child of run
//     auto call = tracer.llm_call({.model = "gemini-2.5-flash", .provider = "gcp.gemini"});
//     call.usage({.input_tokens = 450, .output_tokens = 380, .cache_read_tokens = 200}); }
//   inject(tracer.current(), headers);
//
// Each begins a span as a child of the current one and makes it current until it ends. A span
// without a parent begins a trace, and a run if the context has none, of the same identity. agent
// and pattern name themselves as the agent and the pattern of all events below them.
//
// Thread safety: any thread. Spans may throw std::bad_alloc when they begin.
#ifndef TRACEBUS_TRACE_TRACER_H_
#define TRACEBUS_TRACE_TRACER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/trace/context.h"
#include "tracebus/trace/llm_span.h"
#include "tracebus/trace/span.h"

namespace tracebus {
inline namespace v1 {

class TraceEventBus;
class CostTracker;
class HeadSampler;

struct TracerOptions {
  std::string service_name = {};  // on spans without a parent in this process, as service.name
  // Where llm_call records what its usage costs; null: nowhere. Outlives the tracer.
  CostTracker* costs = nullptr;
  // Decides which traces are recorded. The spans of one that is not emit nothing, are counted
  // instead (BusStats::rejected, sampled_out), and tell whom they call that it is not sampled.
  // Null: all are, also those whose caller did not sample them.
  std::shared_ptr<const HeadSampler> sampler = {};
};

class Tracer {
 public:
  // REQUIRES: the bus outlives the tracer, and the tracer its spans.
  explicit Tracer(TraceEventBus& bus, TracerOptions options = {});
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  ~Tracer();

  Span agent(std::string_view name, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kAgent, name, attributes});
  }
  Span tool(std::string_view name, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kTool, name, attributes});
  }
  Span guard(std::string_view name, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kGuard, name, attributes});
  }
  Span chain(std::string_view name, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kChain, name, attributes});
  }
  Span retriever(std::string_view name, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kRetriever, name, attributes});
  }
  Span router(std::string_view name, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kRouter, name, attributes});
  }
  Span embedding(std::string_view name, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kEmbedding, name, attributes});
  }
  Span pattern(std::string_view type, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kPattern, type, attributes});
  }
  Span memory(std::string_view operation, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kMemory, operation, attributes});
  }
  Span decision(std::string_view type, SpanAttributeList attributes = {}) const {
    return Span(*this, {SpanKind::kDecision, type, attributes});
  }
  LlmSpan llm_call(const LlmCall& call = {}, SpanAttributeList attributes = {}) const {
    return LlmSpan(*this, call, attributes);
  }
  // With a parent of its own, or without being made current.
  Span span(const SpanStart& start) const { return Span(*this, start); }

  // The current context, for inject and for other threads.
  const Context& current() const noexcept { return Context::current(); }

  TraceEventBus& bus() const noexcept { return bus_; }
  std::string_view service_name() const noexcept { return options_.service_name; }
  CostTracker* costs() const noexcept { return options_.costs; }
  const HeadSampler* sampler() const noexcept { return options_.sampler.get(); }
  // By which contexts know it (tracer_numbers.h).
  std::uint16_t number() const noexcept { return number_; }

 private:
  TraceEventBus& bus_;
  const TracerOptions options_;
  const std::uint16_t number_;
};

// Whose spans traced() makes where it is given no tracer: the current context's, else the default
// one's; null: nobody's. It outlives its use.
const Tracer* current_tracer() noexcept;
const Tracer* default_tracer() noexcept;
void set_default_tracer(const Tracer* tracer) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACER_H_
