// SPDX-License-Identifier: Apache-2.0
//
// Writes JSON: strings, numbers, values, and whole events as JSONL lines.
//
// What JSON cannot say, by rule: NaN and infinities are null; bytes are a base64 string (RFC 4648,
// padded); int64 is written digit for digit, which readers that hold numbers as doubles lose beyond
// 2^53; a string's invalid UTF-8 becomes U+FFFD, one for each maximal ill-formed subpart (Unicode
// 15, section 3.9). A double is the shortest text that reads back the same and always looks like
// one
// ("3.0", "1e+300"), so that reading keeps integers and doubles apart.
#ifndef TRACEBUS_CORE_JSON_WRITER_H_
#define TRACEBUS_CORE_JSON_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/core/event_view.h"
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

void append_json_string(std::string& out, std::string_view text);
void append_json_int64(std::string& out, std::int64_t value);
void append_json_double(std::string& out, double value);
void append_json_bytes(std::string& out, Bytes bytes);
void append_json_value(std::string& out, const ValueView& value);

// The attributes as an object. A key that occurs twice is written twice.
void append_json_payload(std::string& out, const EventView& event);

// One JSONL line without its line feed:
//   {"timestamp": ..., "event_type": "", "agent_name": "", "pattern_type": "", "payload": {},
//    "run_id": "", "trace_id": "", "span_id": "", "parent_span_id": "", "origin": ["<16 hex>", 1,
//    2]}
// compactly. The seed's five keys always, in its order; ids that are none are left out; an id that
// was not ours is written as its own text; origin is [instance, producer, sequence].
void append_json_event(std::string& out, const EventView& event);

// The same for those who write many: into room that they made, without a look at each piece. How
// much room a line may want, far more than most fill, and the line's end.
// REQUIRES: out has room for json_event_bytes_max(event) bytes.
std::size_t json_event_bytes_max(const EventView& event) noexcept;
char* write_json_event(char* out, const EventView& event) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_JSON_WRITER_H_
