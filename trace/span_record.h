// SPDX-License-Identifier: Apache-2.0
//
// SpanRecord: the start or the end of a span as a bus takes it (ProducerRing::emit_prepared).
#ifndef TRACEBUS_TRACE_SPAN_RECORD_H_
#define TRACEBUS_TRACE_SPAN_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracebus/core/emit_result.h"
#include "tracebus/core/event.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/trace/span_data.h"

namespace tracebus {
inline namespace v1 {

// Borrows the span, which must not change until it is emitted. Thread safety: none.
class SpanRecord {
 public:
  // The start.
  SpanRecord(const SpanData& span, std::uint64_t begin_ticks) noexcept;
  // An end: of type end_type.
  SpanRecord(const SpanData& span, std::uint64_t end_ticks, EventType end_type) noexcept;

  // --- For the bus ---
  // Without content, which may have to be left out, and all that few spans have.
  bool plain() const noexcept {
    return !span_.attributes.has_content() && span_.notes == nullptr &&
           !span_.attributes.has_losses();
  }
  std::size_t size() const noexcept { return size_; }
  void write(char* place, RecordStamp stamp) const noexcept;
  template <class Emit>
  EmitResult emit_friendly(const Emit& emit) const noexcept;

 private:
  // What a span says of itself, before its name and its attributes.
  static constexpr std::size_t kStartFields = 1;  // its kind
  static constexpr std::size_t kEndFields = 3;    // kind, status, and how long it took

  class Output;

  std::size_t measure() const noexcept;
  double duration_ms() const noexcept;
  void write_values(Output& output) const noexcept;
  void fill(TraceEvent& event) const;
  void fill_losses(TraceEvent& event) const;

  const SpanData& span_;
  const EventType type_;
  const std::uint64_t ticks_;
  const bool is_end_;
  const Name agent_;
  const Name pattern_;
  const std::string_view fixed_text_;  // kind, and status
  const std::size_t attributes_;
  const std::size_t size_;
};

template <class Emit>
EmitResult SpanRecord::emit_friendly(const Emit& emit) const noexcept {
  try {
    TraceEvent event;
    fill(event);
    return emit(event);
  } catch (...) {  // no memory
    return EmitResult::kFull;
  }
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_RECORD_H_
