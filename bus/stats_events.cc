// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/stats_events.h"

#include <utility>

namespace tracebus {
inline namespace v1 {

StatsEvents::StatsEvents(Producer producer, std::int64_t interval_ms) noexcept
    : producer_(std::move(producer)), interval_(interval_ms) {}

void StatsEvents::emit(const BusStats& stats, TimePoint now) noexcept {
  next_ = now + interval_;
  if (stats.dispatched <= dispatched_) return;
  dispatched_ = stats.dispatched + 1 + stats.subscriptions.size();
  emit_bus(stats);
  for (const SubscriptionStats& subscription : stats.subscriptions) emit_subscription(subscription);
}

void StatsEvents::emit_bus(const BusStats& stats) noexcept {
  producer_.emit({.event_type = "bus_stats",
                  .agent_name = "tracebus",
                  .pattern_type = "bus",
                  .payload = {{"emitted", stats.emitted},
                              {"rejected", total(stats.rejected)},
                              {"dispatched", stats.dispatched},
                              {"waiting", stats.waiting},
                              {"lag_ns", stats.lag_ns},
                              {"pass_ns_max", stats.pass_ns_max},
                              {"ring_high_water_bytes", stats.ring_high_water_bytes},
                              {"block_bytes", stats.block_bytes}}});
}

void StatsEvents::emit_subscription(const SubscriptionStats& stats) noexcept {
  producer_.emit({.event_type = "bus_stats",
                  .agent_name = "tracebus",
                  .pattern_type = "subscription",
                  .payload = {{"name", stats.name},
                              {"matched", stats.matched},
                              {"delivered", stats.delivered},
                              {"dropped", total(stats.dropped)},
                              {"in_flight", stats.in_flight},
                              {"queue_bytes", stats.queue_bytes},
                              {"queue_events", stats.queue_events},
                              {"oldest_age_ns", stats.oldest_age_ns}}});
}

}  // namespace v1
}  // namespace tracebus
