// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/queued_subscription.h"

#include <algorithm>
#include <bit>

#include "tracebus/bus/deadline.h"

namespace tracebus {
inline namespace v1 {
namespace {

// What a queue that blocks takes beyond its budget is rare: it may come in few, large blocks.
constexpr std::size_t kBlockBytesOfReserve = std::size_t{64} << 10;

// A queue is at least eight blocks, where the smallest block allows.
std::size_t block_bytes_of(std::size_t queue_bytes_max, std::size_t reserve_bytes) noexcept {
  const std::size_t bytes =
      std::clamp(std::bit_floor(queue_bytes_max / 8), kBlockBytesMin, kBlockBytesMax);
  return reserve_bytes == 0 ? bytes : std::max(bytes, kBlockBytesOfReserve);
}

// Of an exporter's error, which is kept and logged: whatever it says, it costs no more.
constexpr std::size_t kErrorBytesMax = 4096;

// Twice the blocks that the budget allows: slots also end where a block is shared or set aside
// early.
std::uint32_t slots_of(std::size_t bytes, std::size_t block_bytes) noexcept {
  return static_cast<std::uint32_t>(std::bit_ceil(2 * (bytes / block_bytes) + 8));
}

}  // namespace

QueuedSubscription::QueuedSubscription(SubscriptionId subscription_id,
                                       const ExporterOptions& exporter_options,
                                       std::unique_ptr<Sink> to, const Home& home,
                                       std::uint64_t since)
    : id(subscription_id), options(exporter_options),
      name(options.name.empty() ? std::string(to->name()) : options.name),
      filter(options.filter), view_context{home.instance, nullptr, options.content},
      since_ticks(since),
      reserve_bytes(options.overflow == Overflow::kBlock ? home.reserve_bytes : 0),
      block_bytes(block_bytes_of(options.queue_bytes_max, reserve_bytes)),
      queue(slots_of(options.queue_bytes_max + reserve_bytes, block_bytes)), sink(std::move(to)),
      pool_(home.pool) {}

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
  const std::uint64_t front = queue.front();
  const std::uint64_t published = queue.published();
  stats.queue_events = published > front ? published - front : 0;
  const std::int64_t since = oldest_since_ns.load(std::memory_order_relaxed);  // a number
  if (stats.queue_events != 0 && since != 0) {
    stats.oldest_age_ns = to_ns(Clock::steady_now()) - since;
  }
  const std::lock_guard lock(report_mutex);
  stats.last_error = last_error;
  return stats;
}

void QueuedSubscription::discard() noexcept {
  order.store(WorkerOrder::kDiscard);
  wake();
}

void QueuedSubscription::abandon_if_overdue(std::int64_t now_ns) noexcept {
  if (const std::uint64_t events = fate.abandon(now_ns)) drops.add(DropReason::kAbandoned, events);
}

void QueuedSubscription::note_error(std::string_view error) {
  if (error.size() > kErrorBytesMax) {
    std::size_t end = kErrorBytesMax;
    while (end != 0 && (static_cast<unsigned char>(error[end]) & 0xC0) == 0x80) --end;
    error = error.substr(0, end);
  }
  const std::lock_guard lock(report_mutex);
  last_error = error;
}

}  // namespace v1
}  // namespace tracebus
