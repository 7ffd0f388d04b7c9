// SPDX-License-Identifier: Apache-2.0
//
// LogLine: what one line of a log says, and its JSON.
//
//   {"timestamp":"2026-06-16T09:00:00.123456+00:00","level":"INFO","logger":"agents.alpha",
//    "message":"step completed","extra":{"task_id":"t-1"},"exception":"std::runtime_error: no"}
//
// on one line. The keys are in this order; extra and exception are left out where there is nothing
// to say. Times are UTC, in microseconds. Text is as core/json_writer.h writes it, and what cannot
// be seen is escaped, so that a line can be shown as it is: nobody's message ends it, or forges
// another.
#ifndef TRACEBUS_TRACE_LOG_LINE_H_
#define TRACEBUS_TRACE_LOG_LINE_H_

#include <span>
#include <string>
#include <string_view>

#include "tracebus/core/timestamp.h"
#include "tracebus/core/value.h"
#include "tracebus/trace/log_level.h"

namespace tracebus {
inline namespace v1 {

// Borrows all of it.
struct LogLine {
  Timestamp timestamp = {};
  LogLevel level = LogLevel::kInfo;
  std::string_view logger = {};
  std::string_view message = {};
  // Of the context, then of the line alone: of one key the later value counts, at the place of the
  // earlier one. A value that is nested deeper than kValueDepthMax is null.
  std::span<const Attribute> context = {};
  std::span<const Attribute> fields = {};
  std::string_view exception = {};
};

// Without a line feed.
void append_log_line(std::string& out, const LogLine& line);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_LOG_LINE_H_
