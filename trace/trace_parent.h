// SPDX-License-Identifier: Apache-2.0
//
// TraceParent: the `traceparent` header of W3C Trace Context (section 3.2, with the random flag of
// level 2):
//
//   00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//   version, trace id, id of the caller's span, flags; lower-case hex
#ifndef TRACEBUS_TRACE_TRACE_PARENT_H_
#define TRACEBUS_TRACE_TRACE_PARENT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/core/ids.h"

namespace tracebus {
inline namespace v1 {

struct TraceParent {
  static constexpr std::size_t kTextBytes = 55;

  TraceId trace_id{};
  SpanId span_id{};
  bool sampled = false;  // the caller may have recorded its part (section 3.2.2.5.1)
  bool random = false;   // the last seven bytes of the trace id are random (level 2)

  bool operator==(const TraceParent&) const = default;

  // What a header's value says, with spaces and tabs around it ignored; none if it is invalid, in
  // which case the trace is to be started anew and `tracestate` must not be read (section 3.3).
  // Version 00 has these four fields and nothing else. A higher one may have more behind a dash;
  // of its flags only `sampled` is read (section 3.2.4). Version ff, ids of zero only and
  // upper-case digits are invalid. Linear only in the whitespace. Any thread.
  static std::optional<TraceParent> parse(std::string_view header) noexcept;

  // As a header's value, always of version 00.
  // REQUIRES: neither id is none.
  std::string text() const;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACE_PARENT_H_
