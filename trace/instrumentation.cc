// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/instrumentation.h"

#include <algorithm>
#include <cmath>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/trace/context.h"
#include "tracebus/trace/span_ids.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool succeeded(std::string_view status, std::string_view error) noexcept {
  constexpr std::string_view kGood[] = {"", "success", "ok", "completed"};
  return error.empty() && std::ranges::find(kGood, status) != std::end(kGood);
}

// A span that is over.
struct PastSpan {
  SpanKind kind;
  std::string_view name;
  double elapsed_ms;
  bool succeeded;
  std::string_view error;
  std::string_view agent;  // empty: the context's
};

double usable(double elapsed_ms) noexcept {
  constexpr double kMsMax = 9e12;  // some 285 years: what fits as nanoseconds
  return elapsed_ms > 0 ? std::min(elapsed_ms, kMsMax) : 0.0;
}

void add_text(Payload& payload, std::string_view key, std::string_view text) {
  if (!text.empty()) payload.add(key, text);
}

class PastSpanEvents {
 public:
  PastSpanEvents(const PastSpan& span, const Tracer& tracer)
      : span_(span), bus_(tracer.bus()), context_(Context::current().child(new_span_id())),
        end_ns_(Timestamp::now().to_unix_ns()) {}

  const EventIds& ids() const noexcept { return context_.ids(); }

  void emit(const Payload& attributes) {
    const double ns = usable(span_.elapsed_ms) * 1e6;
    const SpanKindEntry& entry = entry_of(span_.kind);
    TraceEvent start = event_of(entry.start, end_ns_ - std::llround(ns));
    add_name(start);
    bus_.emit(start);
    if (!span_.succeeded && entry.error == entry.end) emit_error();
    TraceEvent end = event_of(span_.succeeded ? entry.end : entry.error, end_ns_);
    add_end(end, attributes);
    bus_.emit(end);
  }

 private:
  TraceEvent event_of(EventType type, std::int64_t unix_ns) const {
    return {.timestamp = Timestamp::from_unix_ns(unix_ns),
            .event_type = type.name(),
            .agent_name = span_.agent.empty() ? context_.agent() : span_.agent,
            .pattern_type = context_.pattern(),
            .ids = context_.ids()};
  }

  void add_name(TraceEvent& event) const {
    event.payload.add(kSpanKind.name(), to_string(span_.kind));
    event.payload.add(kSpanName.name(), span_.name);
  }

  // As an open span does for kinds that have no end of their own for errors.
  void emit_error() {
    TraceEvent error = event_of(kError, end_ns_);
    error.payload = {{kSpanName.name(), span_.name}, {"message", span_.error}};
    bus_.emit(error);
  }

  void add_end(TraceEvent& event, const Payload& attributes) const {
    const SpanStatus status = span_.succeeded ? SpanStatus::kOk : SpanStatus::kFailed;
    event.payload.add(kSpanKind.name(), to_string(span_.kind));
    event.payload.add(kSpanStatus.name(), to_string(status));
    event.payload.add(kDurationMs.name(), usable(span_.elapsed_ms));
    event.payload.add(kSpanName.name(), span_.name);
    add_text(event.payload, kSpanStatusMessage.name(), span_.error);
    add_text(event.payload, "session.id", context_.session_id());
    add_text(event.payload, "user.id", context_.user_id());
    for (const Attribute& attribute : attributes) event.payload.add(attribute);
  }

  const PastSpan span_;
  TraceEventBus& bus_;
  const Context context_;
  const std::int64_t end_ns_;
};

const Tracer* tracer_or_default(const Tracer* tracer) noexcept {
  return tracer != nullptr ? tracer : default_tracer();
}

}  // namespace

EventIds record_agent_run(const AgentRunRecord& run, const Tracer* tracer) noexcept {
  tracer = tracer_or_default(tracer);
  if (tracer == nullptr) return {};
  try {
    Payload attributes;
    add_text(attributes, "model", run.model);
    if (run.prompt_tokens > 0) attributes.add("input_tokens", run.prompt_tokens);
    if (run.output_tokens > 0) attributes.add("output_tokens", run.output_tokens);
    if (run.step) attributes.add("exo.agent.step", *run.step);
    add_text(attributes, "exo.agent.status", run.status);
    PastSpanEvents events({SpanKind::kAgent, run.agent_name, run.elapsed_ms,
                           succeeded(run.status, run.error), run.error, run.agent_name},
                          *tracer);
    events.emit(attributes);
    return events.ids();
  } catch (...) {  // no memory
    return {};
  }
}

EventIds record_tool_step(const ToolStepRecord& step, const Tracer* tracer) noexcept {
  tracer = tracer_or_default(tracer);
  if (tracer == nullptr) return {};
  try {
    Payload attributes;
    add_text(attributes, "tool_name", step.tool_name);
    add_text(attributes, "exo.tool.status", step.status);
    add_text(attributes, "exo.tool.error", step.error);
    PastSpanEvents events({SpanKind::kTool,
                           step.tool_name,
                           step.elapsed_ms,
                           succeeded(step.status, step.error),
                           step.error,
                           {}},
                          *tracer);
    events.emit(attributes);
    return events.ids();
  } catch (...) {  // no memory
    return {};
  }
}

}  // namespace v1
}  // namespace tracebus
