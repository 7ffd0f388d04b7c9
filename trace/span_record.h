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
  static SpanRecord start(const SpanData& span) noexcept;
  static SpanRecord end(const SpanData& span, std::uint64_t end_ticks) noexcept;
  EventType type() const noexcept { return type_; }

  // --- For the bus ---
  bool plain() const noexcept {
    return !span_.attributes.has_content() && (span_.notes == nullptr || span_.notes->plain());
  }
  std::size_t size() const noexcept { return size_; }
  void write(char* place, RecordStamp stamp) const noexcept;
  template <class Emit>
  EmitResult emit_friendly(const Emit& emit) const noexcept;

 private:
  // What a span says of itself, before its attributes.
  struct Field {
    AttributeKey key;
    ValueType type;
    std::uint64_t word;     // a scalar's
    std::string_view text;  // a text's
  };

  class Output;

  SpanRecord(const SpanData& span, EventType type, std::uint64_t ticks) noexcept;
  void add(AttributeKey key, std::string_view text) noexcept {
    text_bytes_ += text.size();
    fields_[count_++] = {key, ValueType::kString, 0, text};
  }
  void add(AttributeKey key, ValueType type, std::uint64_t word) noexcept {
    fields_[count_++] = {key, type, word, {}};
  }
  [[gnu::noinline, gnu::cold]] void add_losses() noexcept;
  void measure() noexcept;
  std::size_t attributes() const noexcept { return count_ + span_.attributes.items().size(); }
  void fill(TraceEvent& event) const;

  const SpanData& span_;
  const EventType type_;
  const std::uint64_t ticks_;
  const Name agent_;
  const Name pattern_;
  std::size_t text_bytes_ = 0;  // of the fields
  std::size_t size_ = 0;
  std::size_t count_ = 0;
  std::array<Field, 8> fields_;  // the first count_; not initialised
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
