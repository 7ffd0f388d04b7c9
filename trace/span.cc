// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span.h"

#include <cxxabi.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <typeinfo>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/clock.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/value_codec.h"
#include "tracebus/trace/span_clock.h"
#include "tracebus/trace/span_ids.h"
#include "tracebus/trace/span_record.h"
#include "tracebus/trace/tracer.h"
#include "tracebus/trace/uncaught_exceptions.h"

namespace tracebus {
inline namespace v1 {
namespace {

bool is_wanted(const TraceEventBus& bus, SpanKind kind) noexcept {
  const SpanKindEntry& entry = entry_of(kind);
  return bus.wants(entry.start) || bus.wants(entry.end) ||
         bus.wants(entry.error == entry.end ? kError : entry.error);
}

Context context_of(const Context& parent, const SpanStart& start) {
  const SpanId span_id = new_span_id();
  if (start.kind == SpanKind::kAgent) return parent.child(span_id).with_agent(start.name);
  if (start.kind == SpanKind::kPattern) return parent.child(span_id).with_pattern(start.name);
  return parent.child(span_id);
}

const Context& parent_of(const SpanStart& start) noexcept {
  return start.parent != nullptr ? *start.parent : Context::current();
}

std::string type_name_of(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : type.name();
}

std::string json_text(std::span<const Attribute> attributes) {
  const Value object = Value::object({attributes.begin(), attributes.end()});
  std::string body(encoded_body_size(object).value_or(0), '\0');
  std::string text;
  if (body.empty()) return text;
  encode_body(object, body.data());
  append_json_value(text, ValueView::of_text(ValueType::kObject, body));
  return text;
}

}  // namespace

Span::Span(const Tracer& tracer, const SpanStart& start) : Span(tracer, start, NotYetBegun{}) {
  begin();
}

Span::Span(const Tracer& tracer, const SpanStart& start, NotYetBegun)
    : tracer_(tracer), recording_(is_wanted(tracer.bus(), start.kind)),
      uncaught_exceptions_(recording_ ? UncaughtExceptions::count() : 0),
      data_(context_of(parent_of(start), start), start.kind,
            recording_ ? start.name : std::string_view()) {
  if (recording_) {
    set(start.attributes);
    const Context& parent = parent_of(start);
    if (!tracer_.service_name().empty() && (!parent.has_span() || parent.is_remote())) {
      set(attr<"service.name">(tracer_.service_name()));
    }
    if (data_.context.has_values()) add_context_attributes();
  }
  if (start.current) scope_.emplace(data_.context);
}

void Span::begin() noexcept {
  if (!recording_) return;
  data_.begin_ticks = Clock::ticks();
  tracer_.bus().emit_prepared(entry_of(data_.kind).start, SpanRecord(data_, data_.begin_ticks));
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
  if (data_.notes == nullptr) data_.notes.reset(new (std::nothrow) SpanNotes);
  return data_.notes.get();
}

Span& Span::add_event(std::string_view name, SpanAttributeList attributes) noexcept {
  if (!recording_) return *this;
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
  if (!recording_) return *this;
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
  if (!recording_ || (data_.notes == nullptr && message.empty())) return *this;
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
  if (!recording_) return *this;
  try {
    note_exception(type_name_of(typeid(exception)), exception.what());
  } catch (...) {  // no memory
  }
  return *this;
}

Span& Span::record_current_exception() noexcept {
  if (!recording_) return *this;
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
  if (data_.notes != nullptr && data_.notes->has_exception) return;
  if (SpanNotes* const notes = this->notes(); notes != nullptr) notes->has_exception = true;
  add_event("exception", {{"exception.escaped", true}});
}

void Span::end() noexcept {
  if (!open_) return;
  if (recording_) {
    if (UncaughtExceptions::count() > uncaught_exceptions_) [[unlikely]]
      note_unwinding();
    finish();
    recording_ = false;
  }
  open_ = false;
  scope_.reset();
}

void Span::finish() noexcept {
  const std::uint64_t end_ticks = Clock::ticks();
  const SpanKindEntry& entry = entry_of(data_.kind);
  TraceEventBus& bus = tracer_.bus();
  EventType type = entry.end;
  if (data_.status == SpanStatus::kFailed) [[unlikely]] {
    type = entry.error;
    if (entry.error == entry.end) emit_error();
  }
  bus.emit_prepared(type, SpanRecord(data_, end_ticks, type));
}

// For kinds that have no end of their own for errors.
void Span::emit_error() noexcept {
  const Context& context = data_.context;
  const SpanNotes* const notes = data_.notes.get();
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
