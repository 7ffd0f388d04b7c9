// SPDX-License-Identifier: Apache-2.0
//
// A trace as bars on a line of time, in the layout of the seed's tutorial:
//
//   + process_query [12.3ms]
//    |==================================================|
//    + validate [0.5ms]
//     |==|
//
// "+" is ok, "x" an error, "?" neither. Siblings stand in the order of their start. Unlike there,
// all roots and all that hangs on none are shown, with what is odd about them in brackets; a span
// whose duration nobody said has none, and one that is open goes as far as what lies below it.
//
// Thread safety: pure functions.
#ifndef TRACEBUS_RENDER_TIMELINE_H_
#define TRACEBUS_RENDER_TIMELINE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "tracebus/trace/trace.h"

namespace tracebus {
inline namespace v1 {

struct TimelineOptions {
  std::size_t width = 50;        // of the whole time, in characters; at least 1
  std::size_t name_max = 60;     // code points, escapes not counted
  std::size_t indent = 1;        // spaces a level
  std::uint32_t depth_max = 64;  // levels that are indented; below them a line says its depth
  // Code points of a line but for its bar; what is odd goes on below. 0: no bound. More than the
  // deepest indent and 20.
  std::size_t line_max = 0;
};

// "Empty trace" without spans; "No root span" stands above the others where none is a root. No
// line feed at the end.
std::string to_timeline(const Trace& trace, const TimelineOptions& options = {});

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_TIMELINE_H_
