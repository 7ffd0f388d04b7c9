// SPDX-License-Identifier: Apache-2.0
//
// StatsEvents: the numbers of a bus as events of its own, for those who watch it by what they watch
// agents with.
//
// One event of type bus_stats for the bus and one for each subscription. They come only after other
// events were dispatched since the last ones, so the bus never talks to itself alone. Counts are
// those since since_unix_ns. What was lost is there as a sum, and as an object of reasons
// (to_string of DropReason) without those that are 0. Names need not be unique: subscription_number
// is, and begins with 1 in the order of subscribing, the same in every run of a program.
#ifndef TRACEBUS_BUS_STATS_EVENTS_H_
#define TRACEBUS_BUS_STATS_EVENTS_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>

#include "tracebus/bus/producer.h"
#include "tracebus/bus/queued_subscription.h"
#include "tracebus/bus/stats.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: the reporter's alone.
class StatsEvents {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Queues = std::span<const std::shared_ptr<QueuedSubscription>>;

  // since_unix_ns: when the bus was made. REQUIRES: interval_ms > 0.
  StatsEvents(Producer producer, std::int64_t interval_ms, std::int64_t since_unix_ns) noexcept;

  bool due(TimePoint now) const noexcept { return now >= next_; }
  TimePoint next() const noexcept { return next_; }
  // queues: of the subscriptions that have any, for the bounds of them.
  void emit(const BusStats& stats, Queues queues, TimePoint now);

 private:
  void emit_bus(const BusStats& stats);
  void emit_subscription(const SubscriptionStats& stats, std::uint64_t queue_bytes_max);
  std::uint64_t number_of(const SubscriptionId& id);

  Producer producer_;
  const std::chrono::milliseconds interval_;
  const std::int64_t since_unix_ns_;
  TimePoint next_{};
  std::uint64_t dispatched_ = 0;  // when the last ones were emitted, and with them

  struct Known {
    std::uint64_t number = 0;
    std::uint64_t round = 0;  // the last one that it was in
  };
  std::map<SubscriptionId, Known> known_;
  std::uint64_t last_number_ = 0;
  std::uint64_t round_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_STATS_EVENTS_H_
