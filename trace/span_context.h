// SPDX-License-Identifier: Apache-2.0
//
// SpanContext: which span something belongs to, and what was decided about its trace.
#ifndef TRACEBUS_TRACE_SPAN_CONTEXT_H_
#define TRACEBUS_TRACE_SPAN_CONTEXT_H_

#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

struct SpanContext {
  TraceId trace_id = {};
  SpanId span_id = {};
  SpanId parent_span_id = {};  // none for a root, and where it is not known, as of a remote span
  bool sampled = false;        // W3C Trace Context, section 3.2.2.5.1
  bool random = false;         // the last seven bytes of trace_id are random (level 2)
  bool remote = false;         // the span is of another process

  bool operator==(const SpanContext&) const = default;
  bool is_valid() const noexcept { return trace_id && span_id; }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_CONTEXT_H_
