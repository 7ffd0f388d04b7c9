// SPDX-License-Identifier: Apache-2.0
//
// SpanEncoder: writes the end of a span as OTLP's Span (opentelemetry-proto, trace/v1/trace.proto),
// straight from its record. The end says all that there is to say of a span of ours, so nothing is
// paired and nothing is kept.
//
//   name, attributes     in the words of the profile (core/profile.h); a name is used once: what
//                        the profile calls as another attribute of the span keeps its own name, and
//                        of two with one key the last is told and the other counts as dropped
//   kind                 CLIENT for calls of models and retrievers, else INTERNAL
//   times                the end is the event's time, the start lies duration_ms before it
//   tracebus.run_id      where the run is not the trace; tracebus.trace_id and the like where an id
//                        was a text
//
// Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_OTLP_SPAN_ENCODER_H_
#define TRACEBUS_EXPORTERS_OTLP_SPAN_ENCODER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/profile.h"
#include "tracebus/exporters/otlp/any_value.h"
#include "tracebus/exporters/otlp/attribute_names.h"
#include "tracebus/exporters/otlp/span_plan.h"

namespace tracebus {
inline namespace v1 {

struct RecordAttribute;
struct RecordLayout;
struct EndedSpan;

class SpanEncoder {
 public:
  explicit SpanEncoder(Profile profile);

  // Whether event is the end of a span that OTLP can express: it says its kind, its status and its
  // duration, and its trace and span have ids. Receivers refuse whole requests for one without.
  static bool is_span(const EventView& event) noexcept;

  // How much room write may want, more than most spans fill.
  static std::size_t bytes_max(const EventView& event) noexcept;

  // Writes ScopeSpans.spans, with its tag and length, and returns its end; null if it is no span.
  // REQUIRES: room for bytes_max(event) bytes.
  char* write(char* out, const EventView& event);

 private:
  using Fields = EndedSpan;
  // An attribute that spans have by their kind, as it is written; empty: not for this kind.
  struct KindAttribute {
    AttributeNames::Name* name;
    std::array<std::string, kSpanKinds> written;
  };

  template <class TextOf>
  void add_kind_attribute(std::string_view name, TextOf text_of);
  char* write_name(char* out, const Fields& fields);
  char* write_attributes(char* out, const RecordLayout& record, bool with_content, Fields& fields);
  const SpanPlan* plan_of(const RecordLayout& record, bool with_content, const Fields& fields);
  const SpanPlan* make_plan(const RecordLayout& record, bool with_content, const Fields& fields);
  char* write_planned(char* out, const RecordLayout& record, const SpanPlan& plan, Fields& fields);
  char* write_known(char* out, const RecordLayout& record, const RecordAttribute& attribute,
                    AttributeNames::Name& name);
  char* write_extras(char* out, const EventView& event, const Fields& fields);
  char* write_run(char* out, const EventIds& ids);
  char* write_foreign_ids(char* out, const EventView& event);
  char* write_extra(char* out, AttributeNames::Name& name, std::string_view text);
  char* write_notes(char* out, Fields& fields, std::uint64_t start_ns);
  char* write_event(char* out, const ValueView& note, std::uint64_t start_ns);
  char* write_link(char* out, const ValueView& note);
  char* write_members(char* out, std::uint32_t tag, const ValueView& object);

  const Profile profile_;
  AttributeNames names_;
  SpanPlans plans_;
  AnyValueWriter values_;
  AttributeNames::Name& agent_;
  AttributeNames::Name& pattern_;
  AttributeNames::Name& run_;
  std::vector<KindAttribute> kinds_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_SPAN_ENCODER_H_
