// SPDX-License-Identifier: Apache-2.0
//
// TraceAssembler: makes the spans of one trace of its events.
//
//   start          -> an open span
//   end            -> the open span with its id, ended; else a span of its own
//   llm_call, tool_call, of a span not heard of  -> a whole span
//   cost_record    -> figures for the span with its id
//
// Events without span ids are paired as recordings are (recording_joiner.h): an end belongs to the
// oldest open start of its kind and agent, that of a pattern to the innermost. They stand below the
// open span of their agent, or else below the innermost open pattern, and get ids that are made up.
// Thread safety: none.
#ifndef TRACEBUS_TRACE_TRACE_ASSEMBLER_H_
#define TRACEBUS_TRACE_TRACE_ASSEMBLER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tracebus/core/event_view.h"
#include "tracebus/core/hash.h"
#include "tracebus/trace/cost_event.h"
#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

// What became of an event.
enum class TraceAddition : std::uint8_t {
  kSpan,      // began, ended or was a span
  kFigures,   // a cost record
  kRepeated,  // of a span: it was there already
  kOther,     // says nothing of a span, or is a cost record that cannot be counted
};

class TraceAssembler {
 public:
  // REQUIRES: the reader outlives the assembler.
  TraceAssembler(TraceId id, std::string id_text, const CostEventReader& reader);
  TraceAssembler(const TraceAssembler&) = delete;
  TraceAssembler& operator=(const TraceAssembler&) = delete;

  // Whether the event says anything of a span.
  static bool takes(const EventView& event) noexcept;
  TraceAddition add(const EventView& event);
  Trace snapshot() const;

  TraceId trace_id() const noexcept { return what_.trace_id; }
  std::size_t spans() const noexcept { return spans_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }
  // Lets go of the span that was heard of first; or, where they take the larger part, of which
  // spans the cost records were of, whose sum stays. False: there was nothing more to let go of.
  bool evict_oldest();

 private:
  using SpanPointer = std::shared_ptr<const TraceSpan>;
  using MutableSpan = std::shared_ptr<TraceSpan>;

  TraceAddition begin_span(MutableSpan span);
  TraceAddition end_span(MutableSpan span);
  TraceAddition add_whole(MutableSpan span);
  TraceAddition add_figures(const EventView& event);
  void add_span(MutableSpan span);
  void add_duplicate(MutableSpan span);
  const SpanPointer* find(SpanId id) const;
  void replace(MutableSpan span);
  void charge(const TraceSpan& span);
  void forget_open(const TraceSpan& span);
  void fold_records();

  // --- Of spans without ids ---
  using OpenSpans = std::deque<SpanId>;  // the oldest first

  SpanId make_id();
  SpanId parent_without_id(SpanKind kind, std::string_view agent) const;
  SpanId close_without_id(SpanKind kind, std::string_view agent);
  static std::string open_key(SpanKind kind, std::string_view agent);

  const CostEventReader& reader_;
  Trace::What what_;
  std::deque<SpanPointer> spans_;
  std::uint64_t first_ = 0;  // the number of spans_.front(), from 0
  std::unordered_map<SpanId, std::uint64_t, SpanIdHash> numbers_;
  std::unordered_map<std::string, OpenSpans, TextHash, TextEqual> open_;  // by kind and agent
  OpenSpans open_patterns_;
  std::uint64_t made_ids_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACE_ASSEMBLER_H_
