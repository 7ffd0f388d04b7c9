// SPDX-License-Identifier: Apache-2.0
//
// PackedPayload: what an event says beside the columns, in as few bytes as it takes without
// compression, so that its text is there for details, search and rare attributes.
//
//   payload   := u8 extras, [text span id], [text parent span id], [origin],
//                count, count attributes
//   origin    := instance (number in the keys), producer, sequence
//   attribute := key (number in the keys; 0: text follows), element
//   element   := u8 type, then: nothing | zigzag | f64 | text | count, elements | count, attributes
//                | u8 SpanText, where the text is that of a column
//   text      := size, bytes;  all sizes, counts and numbers are LEB128
//
// Made and read only within one process: it has no version.
#ifndef TRACEBUS_STUDIO_PACKED_PAYLOAD_H_
#define TRACEBUS_STUDIO_PACKED_PAYLOAD_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/core/event.h"
#include "tracebus/studio/name_table.h"
#include "tracebus/studio/span_chunk.h"

namespace tracebus {
inline namespace v1 {

// Where in the payload the text of a column stands, so that it is kept once: the index of the
// attribute, or -1.
using ColumnPlaces = std::array<int, kSpanTexts>;

// Appends the payload, the origin and the texts of foreign span ids of event. Keys are entered into
// keys, as long as there are not too many of them.
void append_packed(std::string& out, const TraceEvent& event, const ColumnPlaces& places,
                   NameTable& keys);

struct UnpackedPayload {
  Payload payload;
  std::string_view span_id_text;
  std::string_view parent_span_id_text;
  std::optional<Origin> origin;
};

// Gives a column's text back.
class ColumnTexts {
 public:
  virtual ~ColumnTexts() = default;
  virtual std::string_view text_of(SpanText column) const = 0;
};

// Borrows all text from packed, keys and columns. REQUIRES: packed was made by append_packed with
// these keys.
UnpackedPayload unpack(std::string_view packed, const NameTable& keys, const ColumnTexts& columns);

// The texts of foreign span ids alone. REQUIRES: as of unpack.
struct SpanIdTexts {
  std::string_view span_id;
  std::string_view parent_span_id;
};
SpanIdTexts unpack_span_ids(std::string_view packed);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_PACKED_PAYLOAD_H_
