// SPDX-License-Identifier: Apache-2.0
//
// TraceSpan: one span as its start, or its end, told it: whole, and independent of the bus.
//
// The end of a span of ours carries everything. One of another vocabulary may leave out what its
// start said; then both records are kept, and the end's attributes count.
// Thread safety: immutable once it is part of a Trace.
#ifndef TRACEBUS_TRACE_TRACE_SPAN_H_
#define TRACEBUS_TRACE_TRACE_SPAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/ids.h"
#include "tracebus/core/owned_event.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/core/value_view.h"
#include "tracebus/trace/span_figures.h"

namespace tracebus {
inline namespace v1 {

class CostEventReader;
class SpanFields;
struct CostEvent;

// What an event says about a span.
enum class SpanMoment : std::uint8_t {
  kNone,  // nothing: the event is not about a span
  kStart,
  kEnd,
  kWhole,  // a call that has no start of its own: llm_call, tool_call
};

struct SpanEventType {
  SpanMoment moment = SpanMoment::kNone;
  SpanKind kind = SpanKind::kChain;
  bool failed = false;  // the end of a span that failed
};
// By the table of core/span_kind.h.
SpanEventType span_event_type(const EventView& event) noexcept;

// A span's event, such as an exception.
struct SpanEventView {
  std::string_view name;
  std::int64_t time_ns = 0;  // since 1970
  ObjectView attributes;
};

struct SpanLinkView {
  std::string_view trace_id;  // as the record says it: 32 hex digits
  std::string_view span_id;
  ObjectView attributes;
};

class TraceSpan {
 public:
  // REQUIRES: span_event_type(record->view()) is not kNone.
  TraceSpan(std::shared_ptr<const OwnedEvent> record, const CostEventReader& reader);
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;

  TraceId trace_id() const noexcept { return ids_.trace_id; }
  SpanId span_id() const noexcept { return ids_.span_id; }
  SpanId parent_span_id() const noexcept { return ids_.parent_span_id; }
  RunId run_id() const noexcept { return ids_.run_id; }
  // As their source wrote them: a foreign text, or 16 hex digits; empty if there is none.
  std::string span_id_text() const;
  std::string parent_span_id_text() const;

  // As it says itself; else the agent, the pattern, the model or the tool; else its event's type.
  std::string_view name() const noexcept { return name_; }
  SpanKind kind() const noexcept { return kind_; }
  std::string_view agent_name() const noexcept { return agent_name_; }
  std::string_view pattern_type() const noexcept { return pattern_type_; }
  std::string_view model() const noexcept { return model_; }

  bool is_open() const noexcept { return is_open_; }
  // Another span of the trace came first with the same id.
  bool is_duplicate() const noexcept { return is_duplicate_; }
  // Nanoseconds since 1970. While a span is open its end is its start.
  std::int64_t start_ns() const noexcept { return start_ns_; }
  std::int64_t end_ns() const noexcept { return end_ns_; }
  // Never negative; saturates. 0 while it is open, and where nobody said how long it took.
  std::int64_t duration_ns() const noexcept;
  // Whether that is known: the end said it, or when it began.
  bool has_duration() const noexcept { return !is_open_ && duration_ms_ >= 0; }

  SpanStatus status() const noexcept { return status_; }
  std::string_view status_message() const noexcept { return status_message_; }

  // What it says itself; not what lies below it.
  const SpanFigures& figures() const noexcept { return figures_; }

  // The end's, or the start's while it is open.
  EventView record() const noexcept { return record_->view(); }

  // Calls visit(std::string_view key, const ValueView& value) for each attribute that the span was
  // given, in order; what spans say of themselves (span.name and so on) is not among them.
  template <class Visit>
  void each_attribute(const Visit& visit) const;
  // The last attribute called key, if there is one.
  std::optional<ValueView> find(std::string_view key) const noexcept;
  // visit(const SpanEventView&); in order.
  template <class Visit>
  void each_event(const Visit& visit) const;
  // visit(const SpanLinkView&); in order.
  template <class Visit>
  void each_link(const Visit& visit) const;

 private:
  friend class TraceAssembler;

  void read_fields(const SpanFields& fields, bool failed);
  void read_metadata(const SpanFields& fields);
  void read_times();
  void add_figures(const CostEvent& said);
  void read_name();
  // Takes from the start what the end, which this is, does not say.
  void join(const TraceSpan& start);
  std::size_t size_bytes() const noexcept;
  SpanEventView event_of(const ObjectView& members) const noexcept;
  static SpanLinkView link_of(const ObjectView& members) noexcept;

  const std::shared_ptr<const OwnedEvent> record_;
  std::shared_ptr<const OwnedEvent> start_record_;  // null if the record has all that it says
  EventIds ids_;
  SpanKind kind_;
  SpanStatus status_ = SpanStatus::kUnset;
  bool is_open_;
  bool is_duplicate_ = false;
  std::int64_t start_ns_ = 0;
  std::int64_t end_ns_ = 0;
  double duration_ms_ = -1;  // as the record says it; < 0: it does not; 0 once the start does
  // Texts and values in the record.
  std::string_view name_;
  bool is_named_ = false;  // by span.name
  std::string_view agent_name_;
  std::string_view pattern_type_;
  std::string_view model_;
  std::string_view tool_;
  std::string_view status_message_;
  ArrayView events_{std::string_view()};
  ArrayView links_{std::string_view()};
  SpanFigures figures_;
};

template <class Visit>
void TraceSpan::each_attribute(const Visit& visit) const {
  const auto each = [&](const EventView& event, const auto& wanted) {
    const AttributeRange payload = event.payload();
    for (auto at = payload.begin(); at != payload.end(); ++at) {
      if (!is_span_field(at.key()) && wanted(at->key)) visit(at->key, at->value);
    }
  };
  if (start_record_ != nullptr) {
    each(start_record_->view(), [&](std::string_view key) { return !record().find(key); });
  }
  each(record(), [](std::string_view) { return true; });
}

template <class Visit>
void TraceSpan::each_event(const Visit& visit) const {
  for (const ValueView& event : events_) {
    if (event.type() == ValueType::kObject) visit(event_of(event.as_object()));
  }
}

template <class Visit>
void TraceSpan::each_link(const Visit& visit) const {
  for (const ValueView& link : links_) {
    if (link.type() == ValueType::kObject) visit(link_of(link.as_object()));
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACE_SPAN_H_
