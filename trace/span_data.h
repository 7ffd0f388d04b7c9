// SPDX-License-Identifier: Apache-2.0
//
// SpanData: what a span is while it is open, for those who write its records.
#ifndef TRACEBUS_TRACE_SPAN_DATA_H_
#define TRACEBUS_TRACE_SPAN_DATA_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "tracebus/core/span_kind.h"
#include "tracebus/trace/context.h"
#include "tracebus/trace/span_attributes.h"
#include "tracebus/trace/span_notes.h"

namespace tracebus {
inline namespace v1 {

struct SpanStart;
class Tracer;

// Thread safety: none.
struct SpanData {
  SpanData(const Tracer& tracer, const SpanStart& start);
  SpanData(const SpanData&) = delete;
  SpanData& operator=(const SpanData&) = delete;
  ~SpanData() {
    if (!recorded) return;
    std::destroy_at(&attributes);
    if (notes != nullptr) [[unlikely]]
      drop_notes();
  }

  // Makes room for attributes and notes. REQUIRES: it was not called yet.
  void record(std::string_view name) noexcept {
    std::construct_at(&attributes, name);
    names_bytes = 0;
    if (context.has_values()) {
      names_bytes = context.agent_name().text().size() + context.pattern_name().text().size();
    }
    notes = nullptr;
    recorded = true;
  }

  void drop_notes() noexcept;

  Context context;  // in which its children begin
  SpanKind kind;
  SpanStatus status = SpanStatus::kUnset;
  bool recorded = false;
  // Of a span that is recorded; not initialised before that.
  std::uint64_t begin_ticks;
  std::size_t names_bytes;  // of agent and pattern where they are texts
  SpanNotes* notes;         // its own; null if there are none
  union {
    SpanAttributes attributes;
  };
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_DATA_H_
