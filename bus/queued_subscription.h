// SPDX-License-Identifier: Apache-2.0
//
// QueuedSubscription: a subscription with queues and a worker: what the dispatchers, the worker and
// the control plane know of it together.
#ifndef TRACEBUS_BUS_QUEUED_SUBSCRIPTION_H_
#define TRACEBUS_BUS_QUEUED_SUBSCRIPTION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/bus/block.h"
#include "tracebus/bus/channel.h"
#include "tracebus/bus/departures.h"
#include "tracebus/bus/event_count.h"
#include "tracebus/bus/export_fate.h"
#include "tracebus/bus/options.h"
#include "tracebus/bus/sink.h"
#include "tracebus/bus/stats.h"
#include "tracebus/bus/wake_mark.h"
#include "tracebus/core/counter.h"

namespace tracebus {
inline namespace v1 {

enum class WorkerOrder : std::uint8_t {
  kRun,
  kDrain,    // deliver what is queued, then end
  kDiscard,  // count what is queued as unsubscribed, and end when all dispatchers have left
};

class QueuedSubscription {
 public:
  // Of the bus that it belongs to.
  struct Home {
    std::vector<std::shared_ptr<BlockPool>> pools;  // one a dispatcher
    std::uint64_t instance;
    // What a dispatcher's rings can hold that a queue which blocks has to take.
    std::uint64_t reserve_bytes;
  };
  QueuedSubscription(SubscriptionId id, const ExporterOptions& options, std::unique_ptr<Sink> sink,
                     const Home& home, std::uint64_t since_ticks);
  QueuedSubscription(const QueuedSubscription&) = delete;
  QueuedSubscription& operator=(const QueuedSubscription&) = delete;

  // --- Fixed ---
  const SubscriptionId id;
  const ExporterOptions options;
  const std::string name;
  const CompiledFilter filter;
  const ViewContext view_context;
  const std::uint64_t since_ticks;
  const std::size_t bytes_max;      // of each queue: the channels share queue_bytes_max evenly
  const std::size_t reserve_bytes;  // beyond that, with Overflow::kBlock
  const std::size_t block_bytes;

  // --- Between the dispatchers and the worker ---
  const std::vector<std::unique_ptr<Channel>> channels;  // one a dispatcher, in their order
  WakeMark wake_mark;
  Departures departures;

  // --- Between the worker and the control plane ---
  const std::unique_ptr<Sink> sink;
  ExportFate fate;
  std::stop_source stop;
  // Claimed events that follow the batch which is with the sink now. Whoever takes them by exchange
  // settles them: the worker delivers, shutdown counts them as lost.
  std::atomic<std::uint64_t> claimed_rest{0};
  std::atomic<WorkerOrder> order{WorkerOrder::kRun};
  std::atomic<std::int64_t> end_deadline_ns{0};  // steady clock; of the sink's shutdown
  std::atomic<std::uint64_t> calls{0};           // odd while the worker is inside the sink
  std::atomic<bool> ended{false};
  EventCount progress;  // flushed, calls or ended changed
  std::mutex report_mutex;
  std::string last_error;  // under report_mutex

  std::atomic<std::int64_t> oldest_since_ns{0};  // the worker's: when what waits was first seen

  // --- Counters ---
  Counter delivered;  // the worker's, as the rest
  Counter added;
  Counter late;
  Counter batches;
  Counter failed_flushes;
  DropCounters drops;

  SubscriptionStats stats();
  // Events published, and not claimed by the worker.
  std::uint64_t unclaimed() const noexcept;
  // Whether the flushes of these epochs, one a dispatcher, were answered.
  bool flushed(const std::vector<std::uint64_t>& epochs) const noexcept;
  // The first failure of the last flushes that the dispatchers asked for.
  absl::Status flush_status();
  // Events that its own limits cost it so far.
  std::uint64_t lost_to_limits() const noexcept {
    return drops.get(DropReason::kFull) + drops.get(DropReason::kEvicted) +
           drops.get(DropReason::kVerbose) + drops.get(DropReason::kBlockTimeout) +
           drops.get(DropReason::kTooBig);
  }
  // ... and to its exporter, with the flushes that failed: whatever is worth a report.
  std::uint64_t lost() const noexcept {
    return lost_to_limits() + drops.get(DropReason::kExportFailed) +
           drops.get(DropReason::kRejectedRemote) + drops.get(DropReason::kAbandoned) +
           drops.get(DropReason::kSpoolQuota) + failed_flushes.get();
  }
  void wake() noexcept { wake_mark.wake(); }
  // That dispatcher will publish no more, and the subscription is over: tells the worker to count
  // what is queued as unsubscribed, and to end when all dispatchers have said so.
  void leave(std::uint32_t shard) noexcept;
  // Counts a batch that overran its deadline as abandoned. Any thread.
  void abandon_if_overdue(std::int64_t now_ns) noexcept;
  void note_error(std::string_view error);
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_QUEUED_SUBSCRIPTION_H_
