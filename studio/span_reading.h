// SPDX-License-Identifier: Apache-2.0
//
// SpanReading: what one event says of the columns, under whichever of many names it says so.
#ifndef TRACEBUS_STUDIO_SPAN_READING_H_
#define TRACEBUS_STUDIO_SPAN_READING_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/studio/name_table.h"
#include "tracebus/studio/packed_payload.h"
#include "tracebus/studio/span_chunk.h"
#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/trace_span.h"

namespace tracebus {
inline namespace v1 {

// What the name of an event's type says.
struct SpanTypeInfo {
  SpanMoment moment = SpanMoment::kNone;
  std::optional<SpanKind> kind;
  bool failed = false;         // the end of a span that failed
  bool is_record = false;      // a cost record
  bool is_error = false;       // `error`
  bool is_known = false;       // one of the vocabulary
  bool is_pattern = false;     // begins or ends a pattern
  bool is_model_call = false;  // of a kind whose figures count
  bool is_provider = false;    // a model's call as its provider tells it
};
SpanTypeInfo span_type_info(std::string_view type) noexcept;

// Borrows all text from the event.
struct SpanReading {
  SpanReading() noexcept { places.fill(-1); }

  std::string_view& text(SpanText which) noexcept { return texts[static_cast<std::size_t>(which)]; }

  std::array<std::string_view, kSpanTexts> texts;
  ColumnPlaces places;  // of those that are values of attributes
  std::optional<SpanKind> kind;
  SpanStatus status = SpanStatus::kUnset;
  std::optional<std::int64_t> duration_ns;
  std::optional<NanoDollars> cost;
  std::optional<std::int64_t> input_tokens, output_tokens, total_tokens;
  std::int64_t cache_read_tokens = 0;
  std::int64_t cache_write_tokens = 0;
  std::uint32_t refused = 0;           // figures that are negative, or no numbers
  const char* refused_what = nullptr;  // the first of them, for messages
  bool guard_fired = false;

  bool has_tokens() const noexcept { return input_tokens || output_tokens || total_tokens; }
};

// Of several keys that mean the same, the first in the list of the source counts, whatever their
// order in the event; of one key its last value. What stands in nested objects such as `metadata`
// and `usage` counts where the event does not say it itself.
// Thread safety: immutable once made.
class SpanReader {
 public:
  SpanReader();
  SpanReading read(const TraceEvent& event) const;

 private:
  class Choice;

  NameTable keys_;  // numbers are places in the list, from 1
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_SPAN_READING_H_
