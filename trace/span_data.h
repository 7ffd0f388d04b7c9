// SPDX-License-Identifier: Apache-2.0
//
// SpanData: what a span is while it is open, for those who write its records.
#ifndef TRACEBUS_TRACE_SPAN_DATA_H_
#define TRACEBUS_TRACE_SPAN_DATA_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "tracebus/core/span_kind.h"
#include "tracebus/trace/context.h"
#include "tracebus/trace/span_attributes.h"
#include "tracebus/trace/span_notes.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: none.
struct SpanData {
  SpanData(Context own_context, SpanKind own_kind, std::string_view name) noexcept
      : context(std::move(own_context)), kind(own_kind), attributes(name) {}

  Context context;  // in which its children begin
  SpanKind kind;
  SpanStatus status = SpanStatus::kUnset;
  std::uint64_t begin_ticks = 0;
  std::unique_ptr<SpanNotes> notes;  // null if there are none
  SpanAttributes attributes;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_DATA_H_
