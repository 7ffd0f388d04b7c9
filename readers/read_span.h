// SPDX-License-Identifier: Apache-2.0
//
// ReadSpan: a span as somebody else recorded or sent it, whatever the format, on its way to become
// an event in our words.
//
//   a span of a file, or of a sender --> ReadSpan --> span_event --> its end (core/span_kind.h) or,
//                                                                    while it is open, its start
//
// Names are translated by core/profile.h, the other way round, and by what older conventions called
// the same. What has no word of ours keeps its name. A word of ours that the span says twice is
// told once: the first one has it, others keep theirs.
//
// Thread safety: values.
#ifndef TRACEBUS_READERS_READ_SPAN_H_
#define TRACEBUS_READERS_READ_SPAN_H_

#include <cstdint>
#include <optional>
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
  std::string_view trace_id = {};  // hexadecimal
  std::string_view span_id = {};
  std::vector<Attribute> attributes = {};
};

// Borrows all text.
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

  // Binary where text is hexadecimal of the right length, in any case; a shorter number is filled
  // up with zeros if `padded`; else foreign.
  void set_run_id(std::string_view text);
  void set_trace_id(std::string_view text, bool padded = false);
  void set_span_id(std::string_view text, bool padded = false);
  void set_parent_span_id(std::string_view text, bool padded = false);
};

// The kind that somebody calls so, in any case; nothing for a word that is none.
std::optional<SpanKind> span_kind_told(std::string_view word) noexcept;

// What the span's own words and attributes say that it is; kChain where nothing does.
SpanKind kind_of(const ReadSpan& span) noexcept;

// Borrows what the span borrows.
TraceEvent span_event(const ReadSpan& span);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_READ_SPAN_H_
