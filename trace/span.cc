// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span.h"

#include <cxxabi.h>

#include <array>
#include <string>
#include <typeinfo>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/clock.h"
#include "tracebus/core/type_name.h"
#include "tracebus/trace/context_node_pool.h"
#include "tracebus/trace/head_sampler.h"
#include "tracebus/trace/span_clock.h"
#include "tracebus/trace/span_ids.h"
#include "tracebus/trace/span_record.h"
#include "tracebus/trace/tracer.h"
#include "tracebus/trace/uncaught_exceptions.h"
#include "tracebus/trace/value_json.h"

namespace tracebus {
inline namespace v1 {
namespace {

// The types of a kind's events.
struct Watched {
  EventType start;
  EventType end;
  EventType error;
};

constexpr std::array<Watched, kSpanKinds> make_watched() {
  std::array<Watched, kSpanKinds> all{};
  for (std::size_t i = 0; i < kSpanKinds; ++i) {
    const SpanKindEntry& entry = kSpanKindTable[i];
    all[i] = {entry.start, entry.end, entry.error == entry.end ? kError : entry.error};
  }
  return all;
}
constexpr auto kWatched = make_watched();

bool is_wanted(const TraceEventBus& bus, SpanKind kind) noexcept {
  const Watched& types = kWatched[static_cast<std::size_t>(kind)];
  return bus.wants_any(types.start, types.end, types.error);
}

Context sampled(const HeadSampler& sampler, const Context& parent, const Context& context) {
  HeadSampler::Decision decision =
      sampler.decide(parent.span(), context.trace_id(), parent.trace_state());
  SpanContext span = context.span();
  span.sampled = decision.sampled;
  const Context decided = context.with_span(span);
  return decision.trace_state == parent.trace_state()
             ? decided
             : decided.with_trace_state(std::move(decision.trace_state));
}

[[gnu::noinline, gnu::cold]] Context sampled_child(const Tracer& tracer, const Context& parent,
                                                   std::uint64_t span_id) {
  return sampled(*tracer.sampler(), parent, parent.child(span_id, tracer.number()));
}

inline Context child_of(const Tracer& tracer, const Context& parent) {
  const std::uint64_t span_id = SpanIds::next_word();
  const HeadSampler* const sampler = tracer.sampler();
  if (sampler != nullptr && !sampler->follows(parent)) [[unlikely]]
    return sampled_child(tracer, parent, span_id);
  return parent.child(span_id, tracer.number());
}

[[gnu::noinline]] Context named_child_of(const Tracer& tracer, const Context& parent,
                                         const SpanStart& start) {
  const Context child = child_of(tracer, parent);
  return start.kind == SpanKind::kAgent ? child.with_agent(start.name)
                                        : child.with_pattern(start.name);
}

inline Context context_of(const Tracer& tracer, const Context& parent, const SpanStart& start) {
  if (start.kind == SpanKind::kAgent || start.kind == SpanKind::kPattern) {
    return named_child_of(tracer, parent, start);
  }
  return child_of(tracer, parent);
}

const Context& parent_of(const SpanStart& start) noexcept {
  return start.parent != nullptr ? *start.parent : Context::current();
}

std::string json_text(std::span<const Attribute> attributes) {
  std::string text;
  append_value_json(text, Value::object({attributes.begin(), attributes.end()}));
  return text;
}

}  // namespace

inline SpanData::SpanData(const Tracer& tracer, const SpanStart& start)
    : context(context_of(tracer, parent_of(start), start)), kind(start.kind) {}

void SpanData::drop_notes() noexcept { delete notes; }

// What only those have that are wanted.
inline void Span::prepare(const SpanStart& start) noexcept {
  uncaught_exceptions_ = UncaughtExceptions::count();
  if (tracer_.sampler() != nullptr && !data_.context.is_sampled()) [[unlikely]] {
    watch_ = Watch::kCounts;
    tracer_.bus().count_sampled_out(entry_of(data_.kind).start);
    return;
  }
  data_.record(start.name);
  set(start.attributes);
  if (!tracer_.service_name().empty()) add_service_name(parent_of(start));
  if (data_.context.has_values()) add_context_attributes();
}

Span::Span(const Tracer& tracer, const SpanStart& start, NotYetBegun)
    : tracer_(tracer),
      watch_(is_wanted(tracer.bus(), start.kind) ? Watch::kRecords : Watch::kNothing),
      data_(tracer, start) {
  if (is_recording()) prepare(start);
  scope_ = start.current ? ContextScope::attached(data_.context) : nullptr;
}

void Span::emit_start() noexcept {
  data_.begin_ticks = Clock::ticks();
  emit_span_start(tracer_.bus(), data_);
}

void Span::add_service_name(const Context& parent) noexcept {
  if (parent.has_span() && !parent.is_remote()) return;
  set(attr<"service.name">(tracer_.service_name()));
}

// What the context says of all its spans.
void Span::add_context_attributes() noexcept {
  const Context& context = data_.context;
  if (!context.session_id().empty()) set(attr<"session.id">(context.session_id()));
  if (!context.user_id().empty()) set(attr<"user.id">(context.user_id()));
  if (!context.workflow().empty()) set(attr<"workflow">(context.workflow()));
  try {
    if (!context.tags().empty()) {
      set("tag.tags", Value::array({context.tags().begin(), context.tags().end()}));
    }
    if (!context.metadata().empty()) set(attr<"metadata">(json_text(context.metadata())));
  } catch (...) {  // no memory: without them
  }
}

// Null without memory.
SpanNotes* Span::notes() noexcept {
  if (data_.notes == nullptr) data_.notes = new (std::nothrow) SpanNotes;
  return data_.notes;
}

bool Span::takes_content() const noexcept {
  return is_recording() && tracer_.bus().wants_content();
}

Span& Span::add_event(std::string_view name, SpanAttributeList attributes) noexcept {
  if (!is_recording()) return *this;
  SpanNotes* const notes = this->notes();
  if (notes == nullptr) return *this;
  const std::int64_t offset_ns = SpanClock::nanoseconds(data_.begin_ticks, Clock::ticks());
  try {
    notes->add_event(name, offset_ns, attributes);
  } catch (...) {  // no memory
    ++notes->dropped_events;
  }
  return *this;
}

Span& Span::add_link(const SpanContext& to, SpanAttributeList attributes) noexcept {
  if (!is_recording()) return *this;
  SpanNotes* const notes = this->notes();
  if (notes == nullptr) return *this;
  try {
    notes->add_link(to, attributes);
  } catch (...) {  // no memory
    ++notes->dropped_links;
  }
  return *this;
}

Span& Span::set_status(SpanStatus status, std::string_view message) noexcept {
  if (!open_ || data_.status == SpanStatus::kOk || status == SpanStatus::kUnset) return *this;
  data_.status = status;
  if (!is_recording() || (data_.notes == nullptr && message.empty())) return *this;
  SpanNotes* const notes = this->notes();
  if (notes == nullptr) return *this;
  try {
    notes->set_status_message(status == SpanStatus::kFailed ? message : std::string_view());
  } catch (...) {  // no memory: the status without it
  }
  return *this;
}

void Span::note_exception(std::string_view type, std::string_view message) noexcept {
  SpanNotes* const notes = this->notes();
  if (notes == nullptr) return;
  // The same one again, caught further out.
  const std::exception_ptr current = std::current_exception();
  if (current != nullptr && current == notes->exception) return;
  notes->exception = current;
  try {
    if (!notes->has_exception) notes->error_type = type;
  } catch (...) {  // no memory
  }
  notes->has_exception = true;
  add_event("exception", {{"exception.type", type}, {"exception.message", message}});
}

Span& Span::record_exception(const std::exception& exception) noexcept {
  if (!is_recording()) return *this;
  try {
    note_exception(type_name_of(typeid(exception)), exception.what());
  } catch (...) {  // no memory
  }
  return *this;
}

Span& Span::record_current_exception() noexcept {
  if (!is_recording()) return *this;
  try {
    throw;
  } catch (const std::exception& exception) {
    record_exception(exception);
  } catch (...) {
    const std::type_info* const type = abi::__cxa_current_exception_type();
    try {
      note_exception(type != nullptr ? type_name_of(*type) : std::string("unknown"), {});
    } catch (...) {  // no memory
    }
  }
  return *this;
}

Span& Span::set_error(const std::exception& exception) noexcept {
  record_exception(exception);
  return set_status(SpanStatus::kFailed, exception.what());
}

Span& Span::set_current_error() noexcept {
  record_current_exception();
  try {
    throw;
  } catch (const std::exception& exception) {
    return set_status(SpanStatus::kFailed, exception.what());
  } catch (...) {
    return set_status(SpanStatus::kFailed);
  }
}

// The exception itself cannot be seen from here.
void Span::note_unwinding() noexcept {
  if (data_.status == SpanStatus::kUnset) data_.status = SpanStatus::kFailed;
  if (!is_recording()) return;
  if (data_.notes != nullptr && data_.notes->has_exception) return;
  if (SpanNotes* const notes = this->notes(); notes != nullptr) notes->has_exception = true;
  add_event("exception", {{"exception.escaped", true}});
}

inline void Span::finish() noexcept {
  const std::uint64_t end_ticks = Clock::ticks();
  if (data_.status == SpanStatus::kFailed) [[unlikely]]
    emit_error();
  emit_span_end(tracer_.bus(), data_, end_ticks);
}

inline void Span::end_watched() noexcept {
  if (UncaughtExceptions::count() > uncaught_exceptions_) [[unlikely]]
    note_unwinding();
  is_recording() ? finish() : count_end_left_out();
  watch_ = Watch::kNothing;
}

void Span::end_open() noexcept {
  if (watch_ != Watch::kNothing) end_watched();
  open_ = false;
  ContextScope::detach(scope_);
}

void Span::count_end_left_out() noexcept {
  const SpanKindEntry& entry = entry_of(data_.kind);
  const bool failed = data_.status == SpanStatus::kFailed;
  if (failed && entry.error == entry.end) tracer_.bus().count_sampled_out(kError);
  tracer_.bus().count_sampled_out(failed ? entry.error : entry.end);
}

// For kinds that have no end of their own for errors.
void Span::emit_error() noexcept {
  if (entry_of(data_.kind).error != entry_of(data_.kind).end) return;
  const Context& context = data_.context;
  const SpanNotes* const notes = data_.notes;
  const std::string_view message = notes != nullptr ? notes->status_message() : std::string_view();
  const std::string_view type = notes != nullptr ? std::string_view(notes->error_type) : "";
  TraceEvent event = {.event_type = kError.name(),
                      .agent_name = context.agent(),
                      .pattern_type = context.pattern(),
                      .payload = {{kSpanName.name(), data_.attributes.name()},
                                  {"message", message},
                                  {"error_type", type}},
                      .ids = context.ids()};
  tracer_.bus().emit(event);
}

}  // namespace v1
}  // namespace tracebus
