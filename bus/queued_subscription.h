// SPDX-License-Identifier: Apache-2.0
//
// QueuedSubscription: a subscription with a queue and a worker: what the dispatcher, the worker and
// the control plane know of it together.
#ifndef TRACEBUS_BUS_QUEUED_SUBSCRIPTION_H_
#define TRACEBUS_BUS_QUEUED_SUBSCRIPTION_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "tracebus/bus/block.h"
#include "tracebus/bus/event_count.h"
#include "tracebus/bus/export_fate.h"
#include "tracebus/bus/flush_ticket.h"
#include "tracebus/bus/options.h"
#include "tracebus/bus/sink.h"
#include "tracebus/bus/stats.h"
#include "tracebus/bus/subscription_queue.h"
#include "tracebus/bus/wake_mark.h"
#include "tracebus/core/counter.h"

namespace tracebus {
inline namespace v1 {

using SubscriptionQueue = BasicSubscriptionQueue<Block, CallbackTable>;

enum class WorkerOrder : std::uint8_t {
  kRun,
  kDrain,    // deliver what is queued, then end
  kDiscard,  // count what is queued as unsubscribed, then end
};

class QueuedSubscription {
 public:
  // Of the bus that it belongs to.
  struct Home {
    std::shared_ptr<BlockPool> pool;  // of the queue's blocks; kept alive for the worker's sake
    std::uint64_t instance;
    std::uint64_t reserve_bytes;  // what rings can hold that a queue which blocks has to take
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
  const std::size_t reserve_bytes;  // beyond queue_bytes_max, with Overflow::kBlock
  const std::size_t block_bytes;

  // --- The dispatcher's; here because what the worker reads through them outlives the bus ---
  struct Table {
    std::shared_ptr<const CallbackTable> table;
    std::uint64_t end;  // number of the first event that it does not judge
  };
  std::deque<Table> tables;  // those that events in the queue may refer to, oldest first

  // --- Between the dispatcher and the worker ---
  SubscriptionQueue queue;
  std::atomic<std::uint64_t> published_bytes{0};
  WakeMark wake_mark;
  FlushTicket flush_ticket;

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
  std::string last_error;     // under report_mutex
  absl::Status flush_status;  // of the last flush; under report_mutex

  std::atomic<std::int64_t> oldest_since_ns{0};  // the worker's: when what waits was first seen

  // --- Counters ---
  Counter matched;      // the dispatcher's
  Counter queue_bytes;  // the dispatcher's: charged blocks
  Counter delivered;    // the worker's, as the rest
  Counter added;
  Counter late;
  Counter batches;
  Counter failed_flushes;
  DropCounters drops;

  SubscriptionStats stats();
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
           failed_flushes.get();
  }
  void wake() noexcept { wake_mark.wake(); }
  // Tells the worker to count what is queued as unsubscribed, and to end.
  void discard() noexcept;
  // Counts a batch that overran its deadline as abandoned. Any thread.
  void abandon_if_overdue(std::int64_t now_ns) noexcept;
  void note_error(std::string_view error);

 private:
  const std::shared_ptr<BlockPool> pool_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_QUEUED_SUBSCRIPTION_H_
