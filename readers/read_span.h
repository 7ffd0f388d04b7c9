// SPDX-License-Identifier: Apache-2.0
//
// ReadSpan: a span as somebody else recorded or sent it, whatever the format, on its way to become
// an event in our words.
//
//   a span of a file, or of a sender --> ReadSpan --> span_event --> its end (core/span_kind.h) or,
//                                                                    while it is open, its start
//
// Names are translated by core/profile.h, the other way round, and by what older conventions called
// the same; numbered messages of OpenLLMetry become those of OpenInference. What has no word of
// ours keeps its name. A word of ours that the span says twice is told once: the first one has it,
// others keep theirs.
//
// Thread safety: values.
#ifndef TRACEBUS_READERS_READ_SPAN_H_
#define TRACEBUS_READERS_READ_SPAN_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {

// Something that happened within a span.
struct ReadSpanEvent {
  std::optional<Timestamp> time = {};
  std::string_view name = {};
  std::vector<Attribute> attributes = {};
};

struct ReadSpanLink {
  std::string trace_id = {};  // hexadecimal
  std::string span_id = {};
  std::vector<Attribute> attributes = {};
};

// Borrows all text, but for the ids of links.
struct ReadSpan {
  EventIds ids = {};
  ForeignIds foreign_ids = {};
  std::string_view name = {};
  std::string_view kind = {};  // in anybody's words: "LLM", "execute_tool", "guardrail"
  std::string_view agent_name = {};
  std::string_view pattern_type = {};
  std::optional<Timestamp> start = {};
  std::optional<Timestamp> end = {};  // none, and no duration: it is open
  std::optional<double> duration_ms = {};
  SpanStatus status = SpanStatus::kUnset;
  std::string_view status_message = {};
  std::vector<Attribute> attributes = {};  // in anybody's names
  std::vector<ReadSpanEvent> events = {};
  std::vector<ReadSpanLink> links = {};
  std::uint64_t dropped_attributes = 0;
  std::uint64_t dropped_events = 0;
  std::uint64_t dropped_links = 0;
  std::deque<std::string> made_names = {};  // of attributes, by span_event

  void clear();  // keeps the room that it has

  // Binary where text is hexadecimal of the right length, in any case; a shorter number is filled
  // up with zeros if `padded`; else foreign.
  void set_run_id(std::string_view text);
  void set_trace_id(std::string_view text, bool padded = false);
  void set_span_id(std::string_view text, bool padded = false);
  void set_parent_span_id(std::string_view text, bool padded = false);
};

// Who sent a span: its resource, the same for many spans, and its scope.
class ReadOrigin {
 public:
  // The service by its name, all else in one attribute, `resource`; without what only says which
  // SDK it was.
  void set_resource(const std::vector<Attribute>& attributes);
  void set_scope(std::string_view name, std::string_view version);
  // What the span does not say itself.
  void add_to(std::vector<Attribute>& attributes) const;

 private:
  std::vector<Attribute> resource_;
  std::vector<Attribute> scope_;
};

// A record of a log, on its way to become an event of the type that it is named.
struct ReadLog {
  ReadSpan told = {};  // its ids and attributes; and no more
  std::string_view event_name = {};
  std::string_view severity = {};
  Value body = {};
  std::optional<Timestamp> time = {};
};

// The kind that somebody calls so, in any case; nothing for a word that is none.
std::optional<SpanKind> span_kind_told(std::string_view word) noexcept;

// What the span's own words and attributes say that it is; kChain where nothing does.
SpanKind kind_of(const ReadSpan& span) noexcept;

// Borrow from the span or the record, and what it borrows.
TraceEvent span_event(ReadSpan& span);
TraceEvent log_event(ReadLog& log);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_READ_SPAN_H_
