// SPDX-License-Identifier: Apache-2.0
//
// JsonSpans: the spans that one JSON object holds, as events (readers/read_span.h).
//
//   {"resourceSpans": [...]}            OTLP: a request, or a line of OTLP's JSON file
//   {"resourceLogs": [...]}             the same for log records
//   {"data": [{"spans": [...]}]}        a file of Jaeger's page
//   {"trace_id": ..., "spans": [...]}   a trace
//   {"event": "start", "span": {...}}   a span that starts or ends (raaf)
//   {"span_id": ..., "start_time": ...} a span; with an event "step_started" one that is open
//
// Thread safety: one thread's. Memory: what JsonObject has, and a few words a span.
#ifndef TRACEBUS_READERS_JSON_SPANS_H_
#define TRACEBUS_READERS_JSON_SPANS_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/readers/json_object.h"
#include "tracebus/readers/read_span.h"

namespace tracebus {
inline namespace v1 {

class JsonSpans {
 public:
  enum class Form : std::uint8_t { kTold, kOtlp, kOtlpLog, kJaeger };
  // What is said of several spans at once; null where it is not. OTLP: their resource and scope;
  // Jaeger: the processes of their trace; told in other words: the trace.
  struct Shared {
    const Value::Object* all = nullptr;
    const Value::Object* scope = nullptr;
  };

  // Whether the object holds spans, rather than being an event. It must outlive their reading.
  bool begin(std::span<const JsonMember> members);
  // One span of a list of that form, which was found elsewhere. What they share must outlive its
  // reading; is_new: it is not what the span before had.
  void begin_span(Form form, std::span<const JsonMember> span, const Shared& shared, bool is_new);

  // The next one's event; null at the end. Borrowed until the next call. An entry that is none is
  // stepped over, and said in problem.
  const TraceEvent* next(std::string& problem);

  std::size_t size() const noexcept { return places_.size(); }
  // As it stands in the object. REQUIRES: i < size().
  const Value& entry(std::size_t i) const noexcept { return *places_[i].span; }

 private:
  // Where a span stands, and what is said of several at once.
  struct Place {
    const Value* span;
    const Value::Object* resource = nullptr;  // OTLP: its resource; Jaeger: its process
    const Value::Object* scope = nullptr;
  };

  void add_otlp(const Value& resources, std::string_view scopes, std::string_view entries);
  void add_jaeger(const Value& traces);
  void add_told(const Value& spans);
  bool make(const Place& place, std::string& problem);
  void share_ids(ReadSpan& span) const;
  const ReadOrigin& origin_of(const Place& place);
  void make_log(const Value::Object& members, const Place& place);

  Form form_ = Form::kTold;
  Value::Object members_;  // of the line's object
  Value whole_;            // the same, where it is itself a span
  std::vector<Place> places_;
  std::size_t next_ = 0;
  bool is_start_ = false;   // the line says that a span began
  bool is_shared_ = false;  // members_ are what spans share
  Place origin_place_{};    // of origin_, which many spans share
  ReadOrigin origin_;
  ReadSpan span_;
  ReadLog log_;
  TraceEvent event_;  // of one of the two
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_JSON_SPANS_H_
