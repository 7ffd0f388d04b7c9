// SPDX-License-Identifier: Apache-2.0
//
// What the JSON forms of traces have in common. Private to render.
#ifndef TRACEBUS_RENDER_SPAN_JSON_H_
#define TRACEBUS_RENDER_SPAN_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/value_view.h"
#include "tracebus/trace/trace_span.h"

namespace tracebus {
inline namespace v1 {

// The span's attributes in order, each key once, with its last value.
std::vector<AttributeView> attributes_of(const TraceSpan& span);
// And cost_usd, where it says none and a cost record that belongs to it does.
std::vector<AttributeView> attributes_of(const TraceSpan& span, const SpanFigures& own);
std::vector<AttributeView> attributes_of(const ObjectView& object);

// Appends "key":, after a comma unless an object or array has just begun. The key is ours.
void append_json_key(std::string& out, std::string_view key);
// Appends "key":"value", as append_json_key does; the value may be any text.
void append_json_member(std::string& out, std::string_view key, std::string_view value);
// A comma, unless an object or array has just begun.
void append_json_comma(std::string& out);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_SPAN_JSON_H_
