// SPDX-License-Identifier: Apache-2.0
//
// TraceFormat: what traces can be written as, by name.
#ifndef TRACEBUS_RENDER_TRACE_FORMAT_H_
#define TRACEBUS_RENDER_TRACE_FORMAT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

enum class TraceFormat : std::uint8_t {
  kTree,          // "tree": text, with what each branch cost (tree_text.h)
  kTimeline,      // "timeline": bars on a line of time (timeline.h)
  kJson,          // "json": the tutorial's object, one trace a line (trace_json.h)
  kJaeger,        // "jaeger": Jaeger's user interface (jaeger_json.h)
  kChrome,        // "chrome": Chrome's trace viewer (chrome_trace.h)
  kPerfetto,      // "perfetto": ui.perfetto.dev; not a text (perfetto_trace.h)
  kFolded,        // "folded": flame graphs of time (folded_stacks.h)
  kFoldedTokens,  // "folded-tokens"
  kFoldedCost,    // "folded-cost"
};

std::optional<TraceFormat> trace_format_of(std::string_view name) noexcept;
// All names, "tree, timeline, ...".
std::string names_of_trace_formats();
// A line a format for the help of programs: "tree  text, with what each branch cost".
std::string help_of_trace_formats();

// A text ends with a line feed.
std::string render(std::span<const Trace> traces, TraceFormat format);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_TRACE_FORMAT_H_
