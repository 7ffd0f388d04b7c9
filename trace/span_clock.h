// SPDX-License-Identifier: Apache-2.0
//
// SpanClock: how long a span took, from the ticks at its ends.
#ifndef TRACEBUS_TRACE_SPAN_CLOCK_H_
#define TRACEBUS_TRACE_SPAN_CLOCK_H_

#include <cstdint>

#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {

// One rate for the process, which long spans make more exact: a span is never measured by a rate
// from a shorter time than its own, but for the first, of a millisecond.
// Thread safety: any thread.
class SpanClock {
 public:
  // Measures the rate, about a millisecond, unless that was done.
  static void prepare() noexcept;

  // 0 where end lies before begin: durations are never negative.
  static std::int64_t nanoseconds(std::uint64_t begin_ticks, std::uint64_t end_ticks) noexcept;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_SPAN_CLOCK_H_
