// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/stats_events.h"

#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {

namespace {

Value reasons(const DropCounts& dropped) {
  std::vector<Attribute> members;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (dropped[i] != 0) members.push_back({to_string(static_cast<DropReason>(i)), dropped[i]});
  }
  return Value::object(std::move(members));
}

// 0: it has none.
std::uint64_t queue_bytes_max(StatsEvents::Queues queues, const SubscriptionId& id) noexcept {
  for (const std::shared_ptr<QueuedSubscription>& queue : queues) {
    if (queue->id == id) return queue->options.queue_bytes_max;
  }
  return 0;
}

}  // namespace

StatsEvents::StatsEvents(Producer producer, std::int64_t interval_ms,
                         std::int64_t since_unix_ns) noexcept
    : producer_(std::move(producer)), interval_(interval_ms), since_unix_ns_(since_unix_ns) {}

void StatsEvents::emit(const BusStats& stats, Queues queues, TimePoint now) {
  next_ = now + interval_;
  if (stats.dispatched <= dispatched_) return;
  dispatched_ = stats.dispatched + 1 + stats.subscriptions.size();
  ++round_;
  emit_bus(stats);
  for (const SubscriptionStats& subscription : stats.subscriptions) {
    emit_subscription(subscription, queue_bytes_max(queues, subscription.id));
  }
  // Who is forgotten does not come back.
  std::erase_if(known_, [this](const auto& known) { return known.second.round != round_; });
}

std::uint64_t StatsEvents::number_of(const SubscriptionId& id) {
  const auto [known, is_new] = known_.try_emplace(id);
  if (is_new) known->second.number = ++last_number_;
  known->second.round = round_;
  return known->second.number;
}

void StatsEvents::emit_bus(const BusStats& stats) {
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
                              {"block_bytes", stats.block_bytes},
                              {"rejected_by_reason", reasons(stats.rejected)},
                              {"since_unix_ns", since_unix_ns_}}});
}

void StatsEvents::emit_subscription(const SubscriptionStats& stats, std::uint64_t queue_bytes_max) {
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
                              {"oldest_age_ns", stats.oldest_age_ns},
                              {"added", stats.added},
                              {"queue_bytes_max", queue_bytes_max},
                              {"dropped_by_reason", reasons(stats.dropped)},
                              {"subscription_number", number_of(stats.id)},
                              {"since_unix_ns", since_unix_ns_}}});
}

}  // namespace v1
}  // namespace tracebus
