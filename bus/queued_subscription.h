// SPDX-License-Identifier: Apache-2.0
//
// QueuedSubscription: a subscription with a queue and a worker: what the dispatcher, the worker and
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

#include "tracebus/bus/block.h"
#include "tracebus/bus/event_count.h"
#include "tracebus/bus/export_fate.h"
#include "tracebus/bus/options.h"
#include "tracebus/bus/sink.h"
#include "tracebus/bus/stats.h"
#include "tracebus/bus/subscription_queue.h"
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
  // The queue's blocks come from pool, which the subscription keeps alive for its worker's sake.
  QueuedSubscription(SubscriptionId id, const ExporterOptions& options, std::unique_ptr<Sink> sink,
                     std::shared_ptr<BlockPool> pool, std::uint64_t instance,
                     std::uint64_t since_ticks);
  QueuedSubscription(const QueuedSubscription&) = delete;
  QueuedSubscription& operator=(const QueuedSubscription&) = delete;

  // --- Fixed ---
  const SubscriptionId id;
  const ExporterOptions options;
  const std::string name;
  const CompiledFilter filter;
  const ViewContext view_context;
  const std::uint64_t since_ticks;
  const std::size_t block_bytes;

  // --- Between the dispatcher and the worker ---
  SubscriptionQueue queue;
  std::atomic<std::uint64_t> published_bytes{0};
  // The dispatcher wakes the worker once so many events, or so many bytes, are published.
  std::atomic<std::uint64_t> wake_at_events{kNever};
  std::atomic<std::uint64_t> wake_at_bytes{kNever};
  EventCount wakes;
  // A flush: the worker delivers all events below flush_number, flushes the sink, and raises
  // flushed to flush_epoch. Outside the queue, so that no drop can lose it.
  std::atomic<std::uint64_t> flush_number{0};
  std::atomic<std::uint64_t> flush_epoch{0};
  std::atomic<std::uint64_t> flushed{0};

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
  void wake() noexcept;
  // Tells the worker to count what is queued as unsubscribed, and to end.
  void discard() noexcept;
  // Counts a batch that overran its deadline as abandoned. Any thread.
  void abandon_if_overdue(std::int64_t now_ns) noexcept;
  void note_error(std::string_view error);

  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

 private:
  const std::shared_ptr<BlockPool> pool_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_QUEUED_SUBSCRIPTION_H_
