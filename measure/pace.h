// SPDX-License-Identifier: Apache-2.0
//
// Pace: how many events a thread may emit now, so that it keeps to a rate.
#ifndef TRACEBUS_MEASURE_PACE_H_
#define TRACEBUS_MEASURE_PACE_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tracebus {
inline namespace v1 {

// What a thread was kept from emitting in time it makes up for. Thread safety: one thread.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint64_t kEventsAtOnce = 256;

  // rate: events a second; 0: as fast as possible.
  Pace(double rate, Clock::time_point begin) noexcept : rate_(rate), begin_(begin) {}

  // Up to kEventsAtOnce; they count as emitted. 0: ask again at next().
  std::uint64_t allow(Clock::time_point now) noexcept {
    if (rate_ == 0) return kEventsAtOnce;
    const double due = std::chrono::duration<double>(now - begin_).count() * rate_;
    const double ready = std::min(due - static_cast<double>(emitted_), double{kEventsAtOnce});
    const std::uint64_t count = ready < 1 ? 0 : static_cast<std::uint64_t>(ready);
    emitted_ += count;
    return count;
  }

  // When the next event is due.
  Clock::time_point next() const noexcept {
    const std::chrono::duration<double> due(static_cast<double>(emitted_ + 1) / rate_);
    return begin_ + std::chrono::ceil<Clock::duration>(due);
  }

 private:
  const double rate_;
  const Clock::time_point begin_;
  std::uint64_t emitted_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_MEASURE_PACE_H_
