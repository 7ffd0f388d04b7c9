// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/rate_limiter.h"

#include <algorithm>
#include <utility>

#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::int64_t emitted_ns(const EventView& event) noexcept {
  const ClockMap* const clock = event.context().clock;
  return clock == nullptr ? static_cast<std::int64_t>(event.emitted_ticks())
                          : clock->to_unix_ns(event.emitted_ticks());
}

}  // namespace

bool TokenBucket::take(std::int64_t now_ns) noexcept {
  if (last_ns_ != INT64_MIN && now_ns > last_ns_) {
    const double seconds = (static_cast<double>(now_ns) - static_cast<double>(last_ns_)) / 1e9;
    tokens_ = std::min(limit_.burst, tokens_ + seconds * limit_.per_second);
  }
  last_ns_ = std::max(last_ns_, now_ns);
  if (tokens_ < 1.0) return false;
  tokens_ -= 1.0;
  return true;
}

RateLimiter::RateLimiter(const std::vector<TypeLimit>& limits, EventClock clock)
    : clock_(clock ? std::move(clock) : EventClock(emitted_ns)) {
  for (const TypeLimit& one : limits) buckets_.try_emplace(one.event_type, one.limit);
}

void RateLimiter::process(const EventView& event, ProcessorOutput& output) {
  const auto bucket = buckets_.find(event.event_type());
  if (bucket == buckets_.end() || bucket->second.take(clock_(event))) return output.pass(event);
  output.sample_out(event);
}

}  // namespace v1
}  // namespace tracebus
