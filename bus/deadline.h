// SPDX-License-Identifier: Apache-2.0
//
// Points in time on the steady clock, as the bus reckons with them.
#ifndef TRACEBUS_BUS_DEADLINE_H_
#define TRACEBUS_BUS_DEADLINE_H_

#include <chrono>
#include <cstdint>

#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {

// The end of a wait that begins now. A timeout that is not positive is over at once; one beyond the
// clock's range never is.
inline std::chrono::steady_clock::time_point after(std::chrono::milliseconds timeout) noexcept {
  using TimePoint = std::chrono::steady_clock::time_point;
  const TimePoint now = Clock::steady_now();
  if (timeout <= std::chrono::milliseconds::zero()) return now;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(TimePoint::max() - now);
  return timeout < left ? now + timeout : TimePoint::max();
}

inline std::int64_t to_ns(std::chrono::steady_clock::time_point time) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_DEADLINE_H_
