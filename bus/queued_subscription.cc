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

std::vector<std::unique_ptr<Channel>> channels_of(const QueuedSubscription::Home& home,
                                                  std::uint32_t slots) {
  std::vector<std::unique_ptr<Channel>> channels;
  for (const std::shared_ptr<BlockPool>& pool : home.pools) {
    channels.push_back(std::make_unique<Channel>(slots, pool));
  }
  return channels;
}

}  // namespace

QueuedSubscription::QueuedSubscription(SubscriptionId subscription_id,
                                       const ExporterOptions& exporter_options,
                                       std::unique_ptr<Sink> to, const Home& home,
                                       std::uint64_t since)
    : id(subscription_id), options(exporter_options),
      name(options.name.empty() ? std::string(to->name()) : options.name),
      filter(options.filter), view_context{home.instance, nullptr, options.content},
      since_ticks(since), bytes_max(options.queue_bytes_max / home.pools.size()),
      reserve_bytes(options.overflow == Overflow::kBlock ? home.reserve_bytes : 0),
      block_bytes(block_bytes_of(bytes_max, reserve_bytes)),
      channels(channels_of(home, slots_of(bytes_max + reserve_bytes, block_bytes))),
      wake_mark(channels.size()), departures(channels.size()), sink(std::move(to)) {}

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
  for (const auto& channel : channels) {
    stats.matched += channel->matched.get();
    stats.queue_bytes += channel->queue_bytes.get();
  }
  stats.in_flight = stats.matched + stats.added - stats.delivered - total(stats.dropped);
  stats.queue_events = unclaimed();
  const std::int64_t since = oldest_since_ns.load(std::memory_order_relaxed);  // a number
  if (stats.queue_events != 0 && since != 0) {
    stats.oldest_age_ns = to_ns(Clock::steady_now()) - since;
  }
  const std::lock_guard lock(report_mutex);
  stats.last_error = last_error;
  return stats;
}

std::uint64_t QueuedSubscription::unclaimed() const noexcept {
  std::uint64_t events = 0;
  for (const auto& channel : channels) events += channel->unclaimed();
  return events;
}

bool QueuedSubscription::flushed(const std::vector<std::uint64_t>& epochs) const noexcept {
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i]->flush_ticket.answered() < epochs[i]) return false;
  }
  return true;
}

absl::Status QueuedSubscription::flush_status() {
  const std::lock_guard lock(report_mutex);
  for (const auto& channel : channels) {
    if (!channel->flush_status.ok()) return channel->flush_status;
  }
  return absl::OkStatus();
}

void QueuedSubscription::leave(std::uint32_t shard) noexcept {
  departures.leave(shard);
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
