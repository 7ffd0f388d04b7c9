// SPDX-License-Identifier: Apache-2.0
//
// Span: the time that something takes, with what it was about and how it ended. A Tracer makes it.
//
//   auto run = tracer.pattern("debate", {attr<"rounds">(2)});
//   run.set(attr<"consensus">(true)).set("topic", topic);
//   run.add_event("vote", {{"for", 2}, {"against", 1}});
//   // At the end of the block it ends; with status ERROR where an exception leaves the block.
//
// What it emits is a table in core/span_kind.h: one event when it starts, so that those who watch
// see it while it is open, and one when it ends, with all that there is to say. If nobody wants
// either when it starts, it emits nothing, keeps nothing but its ids, and they still propagate. So
// does one whose trace the tracer's sampler left out, but that it is counted.
//
// Thread safety: none for one span; it may be handed on from thread to thread.
//
// Invariants
//  1. It ends once. All that is set after that is ignored.
//  2. Status: kOk is final; kFailed overrides kUnset; a message is kept only with kFailed.
//  3. An exception that leaves the scope is noted in one event called "exception", unless one was
//     recorded already; and the same exception recorded twice is noted once.
//  4. Its memory is bounded (core/limits.h); what it could not keep is counted in its end. No heap
//     for up to 8 attributes with up to 192 bytes of text, its name included.
#ifndef TRACEBUS_TRACE_SPAN_H_
#define TRACEBUS_TRACE_SPAN_H_

#include <cstdint>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include "tracebus/core/ids.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/trace/context.h"
#include "tracebus/trace/span_attribute.h"
#include "tracebus/trace/span_data.h"

namespace tracebus {
inline namespace v1 {

class Tracer;

// How a span begins. Borrows all it names for the call.
struct SpanStart {
  SpanKind kind = SpanKind::kChain;
  std::string_view name = {};
  SpanAttributeList attributes = {};
  const Context* parent = nullptr;  // null: the current one
  bool current = true;              // make it the current span of the thread until it ends
};

class [[nodiscard]] Span {
 protected:
  // For kinds that say more at their start: begin() emits it.
  struct NotYetBegun {};

 public:
  // REQUIRES: the tracer and its bus outlive the span.
  Span(const Tracer& tracer, const SpanStart& start) : Span(tracer, start, NotYetBegun{}) {
    begin();
  }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;
  ~Span() {
    if (open_) end_open();
  }

  // --- Whose it is ---
  SpanKind kind() const noexcept { return data_.kind; }
  const EventIds& ids() const noexcept { return data_.context.ids(); }
  // In which its children begin: hand it to other threads, or name it as a parent. Copies of it
  // stay valid when the span has ended.
  const Context& context() const noexcept { return data_.context; }
  // Until it ends; false from the beginning if nobody wants it, or its trace is not sampled.
  bool is_recording() const noexcept { return watch_ == Watch::kRecords; }
  // Whether what it says may hold content: it records, and somebody was granted content.
  bool takes_content() const noexcept;

  // --- What it says ---
  // One that is there already is replaced. Names of core/attribute_key.h are refused.
  template <KeyLiteral kKey, class T, ValueType kType>
  Span& set(const TypedAttribute<kKey, T, kType>& attribute) noexcept {
    if (is_recording()) set_typed<kType>(kKnownSpanKey<kKey>, attribute.value);
    return *this;
  }
  Span& set(std::string_view key, const Value& value) noexcept {
    if (is_recording()) set(SpanAttribute(key, value));
    return *this;
  }
  Span& set(const SpanAttribute& attribute) noexcept {
    if (is_recording()) data_.attributes.set(attribute.key(), attribute.value());
    return *this;
  }
  Span& set(SpanAttributeList attributes) noexcept {
    for (const SpanAttribute& attribute : attributes) set(attribute);
    return *this;
  }
  Span& add_event(std::string_view name, SpanAttributeList attributes = {}) noexcept;
  Span& add_link(const SpanContext& to, SpanAttributeList attributes = {}) noexcept;

  // --- How it goes ---
  SpanStatus status() const noexcept { return data_.status; }
  Span& set_status(SpanStatus status, std::string_view message = {}) noexcept;
  // Notes an exception; the status stays. Within a catch block, for the exception that it caught.
  Span& record_exception(const std::exception& exception) noexcept;
  // Notes the exception being handled, of whatever type.
  Span& record_current_exception() noexcept;
  // Notes the exception, and that the span failed of it.
  Span& set_error(const std::exception& exception) noexcept;
  Span& set_current_error() noexcept;

  // Emits the end, and makes what was current before it current again. Nothing the second time.
  void end() noexcept {
    if (open_) end_open();
  }

 protected:
  Span(const Tracer& tracer, const SpanStart& start, NotYetBegun);
  void begin() noexcept {
    if (is_recording()) emit_start();
  }

  const Tracer& tracer() const noexcept { return tracer_; }
  bool is_open() const noexcept { return open_; }

 private:
  template <ValueType kType, class T>
  void set_typed(const SpanKey& key, const T& value) noexcept {
    if constexpr (kType == ValueType::kString) {
      data_.attributes.set_text(key, kType, value);
    } else if constexpr (kType == ValueType::kBytes) {
      const auto* const bytes = reinterpret_cast<const char*>(value.data());
      data_.attributes.set_text(key, kType, {bytes, value.size()});
    } else {
      std::uint64_t word = 0;
      std::memcpy(&word, &value, sizeof value);
      data_.attributes.set_scalar(key, kType, word);
    }
  }

  // What becomes of its events: decided when it starts.
  enum class Watch : std::uint8_t {
    kNothing,  // nobody wants them, or it has ended
    kRecords,
    kCounts,  // somebody does, but its trace is not sampled
  };

  void prepare(const SpanStart& start) noexcept;
  void emit_start() noexcept;
  SpanNotes* notes() noexcept;
  void add_service_name(const Context& parent) noexcept;
  void add_context_attributes() noexcept;
  void note_exception(std::string_view type, std::string_view message) noexcept;
  void note_unwinding() noexcept;
  void end_open() noexcept;
  void end_watched() noexcept;
  void finish() noexcept;
  void emit_error() noexcept;
  void count_end_left_out() noexcept;

  const Tracer& tracer_;
  bool open_ = true;
  Watch watch_;
  unsigned uncaught_exceptions_;  // when it started; not for kNothing
  SpanData data_;
  ContextNode* scope_;  // in which it is current until it ends; null: in none
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_H_
