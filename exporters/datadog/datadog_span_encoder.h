// SPDX-License-Identifier: Apache-2.0
//
// DatadogSpanEncoder: writes the end of a span as the agent's v0.4 wants it, straight from its
// record: a map of twelve members, or thirteen with links.
//
//   service      of the process; resource: what the span is called in the words of the profile;
//   name         what spans of its kind do, the same for all: chat, invoke_agent, execute_tool, ...
//   trace_id     the low half of ours; the high half in meta "_dd.p.tid", as 16 digits
//   start        and duration, in nanoseconds
//   error        1 if it failed; then meta has error.message (and error.msg), .type and .stack
//   meta         texts, booleans, JSON, and numbers that a double has no place for
//   metrics      the other numbers, and the sampling priority
//   type         custom
//
// An attribute's name is used once, as exporters/otlp/otlp.md says. What only a tracer may say
// ("_dd...") is not taken from attributes; tracebus.dropped_attributes counts them.
//
// Source: exporters/datadog/datadog.md. Thread safety: one thread at a time.
#ifndef TRACEBUS_EXPORTERS_DATADOG_DATADOG_SPAN_ENCODER_H_
#define TRACEBUS_EXPORTERS_DATADOG_DATADOG_SPAN_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/profile.h"
#include "tracebus/core/record_layout.h"
#include "tracebus/exporters/datadog/datadog_options.h"
#include "tracebus/exporters/datadog/msgpack_writer.h"
#include "tracebus/exporters/ended_span.h"
#include "tracebus/exporters/otlp/attribute_names.h"

namespace tracebus {
inline namespace v1 {

class DatadogSpanEncoder {
 public:
  explicit DatadogSpanEncoder(const DatadogOptions& options);

  // REQUIRES: event is the end of a span (EndedSpan::is_span).
  void write(const EventView& event, MsgpackWriter& out);

 private:
  struct KindAttribute {
    AttributeNames::Name* name;
    std::string_view (*text_of)(SpanKind kind);
  };
  struct Tag {
    AttributeNames::Name* name;
    std::string value;
  };

  void write_attributes(const EventView& event, EndedSpan& fields, MsgpackWriter& out);
  void begin_members();
  void collect_links(EndedSpan& fields);
  void add_tag(std::string_view key, const std::string& value);
  std::string_view resource_of(const EndedSpan& fields);
  void write_meta(const EventView& event, EndedSpan& fields, std::uint64_t start_ns,
                  MsgpackWriter& out);
  void write_attribute(std::string_view name, const ValueView& value, MsgpackWriter& out);
  void write_trace_id(const TraceId& id, MsgpackWriter& out);
  void write_ids(const EventView& event, const EndedSpan& fields, MsgpackWriter& out);
  void write_failure(const EndedSpan& fields, MsgpackWriter& out);
  void write_events(EndedSpan& fields, std::uint64_t start_ns, MsgpackWriter& out);
  void append_event(const ValueView& note, std::uint64_t start_ns);
  void write_metrics(const EndedSpan& fields, MsgpackWriter& out);
  void write_links(MsgpackWriter& out);
  void write_link(const SpanLinkField& link, MsgpackWriter& out);

  void write_extra(AttributeNames::Name& name, std::string_view text, MsgpackWriter& out);
  void write_text(std::string_view name, std::string_view text, MsgpackWriter& out);
  void write_json(std::string_view name, MsgpackWriter& out);
  void add_metric(std::string_view name, double value);
  void add_count(std::string_view name, std::uint64_t count);

  const Profile profile_;
  const std::size_t value_bytes_max_;
  const double sampling_priority_;
  AttributeNames names_;
  AttributeNames::Name& agent_;
  AttributeNames::Name& pattern_;
  AttributeNames::Name& run_;
  std::string service_;  // the member, as it is written
  std::vector<KindAttribute> kinds_;
  std::vector<Tag> tags_;

  // Of the span that is written now.
  std::vector<SpanLinkField> links_;
  std::uint32_t meta_count_ = 0;
  std::uint32_t metrics_count_ = 0;
  MsgpackWriter metrics_;  // its members, which are met among those of meta
  std::uint64_t dropped_attributes_ = 0;
  std::uint64_t cut_bytes_ = 0;
  std::string text_;
  std::string json_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_DATADOG_DATADOG_SPAN_ENCODER_H_
