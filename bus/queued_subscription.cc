// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/queued_subscription.h"

#include <algorithm>
#include <bit>

namespace tracebus {
inline namespace v1 {
namespace {

// A queue is at least eight blocks, where the smallest block allows.
std::size_t block_bytes_of(std::size_t queue_bytes_max) noexcept {
  return std::clamp(std::bit_floor(queue_bytes_max / 8), kBlockBytesMin, kBlockBytesMax);
}

// Twice the blocks that the budget allows: slots also end where a block is shared or set aside
// early.
std::uint32_t slots_of(std::size_t queue_bytes_max) noexcept {
  const std::size_t blocks = queue_bytes_max / block_bytes_of(queue_bytes_max);
  return static_cast<std::uint32_t>(std::bit_ceil(2 * blocks + 8));
}

}  // namespace

QueuedSubscription::QueuedSubscription(SubscriptionId subscription_id,
                                       const ExporterOptions& exporter_options,
                                       std::unique_ptr<Sink> to, std::shared_ptr<BlockPool> pool,
                                       std::uint64_t instance, std::uint64_t since)
    : id(subscription_id), options(exporter_options),
      name(options.name.empty() ? std::string(to->name()) : options.name),
      filter(options.filter), view_context{instance, nullptr, options.content}, since_ticks(since),
      block_bytes(block_bytes_of(options.queue_bytes_max)),
      queue(slots_of(options.queue_bytes_max)), sink(std::move(to)), pool_(std::move(pool)) {}

SubscriptionStats QueuedSubscription::stats() {
  SubscriptionStats stats;
  stats.id = id;
  stats.name = name;
  // Outcomes first: they never exceed what had matched by the time it is read after them.
  stats.delivered = delivered.get();
  stats.dropped = drops.get();
  stats.late = late.get();
  stats.batches = batches.get();
  stats.failed_flushes = failed_flushes.get();
  // Pairs with the queue's publications, and with Worker::count.
  std::atomic_thread_fence(std::memory_order_acquire);
  stats.added = added.get();
  stats.matched = matched.get();
  stats.in_flight = stats.matched + stats.added - stats.delivered - total(stats.dropped);
  stats.queue_bytes = queue_bytes.get();
  const std::lock_guard lock(report_mutex);
  stats.last_error = last_error;
  return stats;
}

void QueuedSubscription::wake() noexcept {
  wake_at_events.store(kNever);
  wake_at_bytes.store(kNever);
  wakes.notify();
}

void QueuedSubscription::discard() noexcept {
  order.store(WorkerOrder::kDiscard);
  wake();
}

void QueuedSubscription::abandon_if_overdue(std::int64_t now_ns) noexcept {
  if (const std::uint64_t events = fate.abandon(now_ns)) drops.add(DropReason::kAbandoned, events);
}

void QueuedSubscription::note_error(std::string_view error) {
  const std::lock_guard lock(report_mutex);
  last_error = error;
}

}  // namespace v1
}  // namespace tracebus
