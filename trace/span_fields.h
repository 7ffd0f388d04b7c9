// SPDX-License-Identifier: Apache-2.0
//
// SpanFields: what an event says of its span, under whichever of several names. Private to
// TraceSpan.
#ifndef TRACEBUS_TRACE_SPAN_FIELDS_H_
#define TRACEBUS_TRACE_SPAN_FIELDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracebus/core/event_view.h"
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

enum class SpanField : std::uint8_t {
  kName,
  kKind,
  kStatus,
  kStatusText,
  kMilliseconds,
  kSeconds,
  kEvents,
  kLinks,
  kModel,
  kTool,
  kMetadata,
};
inline constexpr std::size_t kSpanFieldCount = 11;

// Views into the record of the event.
class SpanFields {
 public:
  // In one walk over the attributes. Of several names of a field, the first in the list of the
  // source counts, and of one name its last value.
  explicit SpanFields(const EventView& event) noexcept;
  explicit SpanFields(const ObjectView& members) noexcept;

  const ValueView& operator[](SpanField field) const noexcept {
    return values_[static_cast<std::size_t>(field)];
  }
  // Empty for what is no text.
  std::string_view text(SpanField field) const noexcept {
    const ValueView& value = (*this)[field];
    return value.type() == ValueType::kString ? value.as_string() : std::string_view();
  }
  // In milliseconds; negative if it is not said.
  double duration_ms() const noexcept;

 private:
  class Choice;

  std::array<ValueView, kSpanFieldCount> values_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_FIELDS_H_
