// SPDX-License-Identifier: Apache-2.0
//
// What lines for people are made of: names, durations, amounts, and columns.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_TEXT_PARTS_H_
#define TRACEBUS_RENDER_TEXT_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/trace_tree.h"

namespace tracebus {
inline namespace v1 {

// How many code points text has; each ill-formed subpart counts as one.
std::size_t count_code_points(std::string_view text) noexcept;

// At most code_points_max of text, safe to print (core/visible_text.h); what was cut is marked by
// an ellipsis, which is one of them.
void append_cut_visible(std::string& out, std::string_view text, std::size_t code_points_max);

// The same, but what is cut is in the middle: "claude-…-20250514".
void append_cut_middle(std::string& out, std::string_view text, std::size_t code_points_max);

// As "2.4s" from 50 ms on, as "12.3ms" from 50 us on, else as "0.4us".
void append_duration(std::string& out, std::int64_t duration_ns);

// Milliseconds with one digit behind the point, half away from zero: "12.3".
void append_milliseconds(std::string& out, std::int64_t duration_ns);

// All digits of an amount, and at least so many behind the point: "$0.00840".
void append_dollars(std::string& out, NanoDollars amount, std::size_t digits_min);

// What is odd about a span, as " [open]", " [orphan: 00f067aa0ba902b7 is missing]", or the like of
// a cycle, a duplicate, and an end without its start; nothing of most. Ids are as their source
// wrote them.
void append_oddities(std::string& out, const TraceSpan& span, TracePlace place);

// Spaces until what was appended since begin has so many code points.
void pad_to(std::string& out, std::size_t begin, std::size_t code_points);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_TEXT_PARTS_H_
