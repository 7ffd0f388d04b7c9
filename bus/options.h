// SPDX-License-Identifier: Apache-2.0
//
// What a bus, an exporter and a callback can be told. Every value is checked where it is used
// first: a value outside its range is InvalidArgument, with the option's name, its value and the
// range.
#ifndef TRACEBUS_BUS_OPTIONS_H_
#define TRACEBUS_BUS_OPTIONS_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/arena.h"
#include "tracebus/core/emit_result.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/exporter.h"
#include "tracebus/core/filter.h"
#include "tracebus/core/ids.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// What happens to events when a subscription's queue is full. In every case each one is counted,
// and other subscriptions do not notice. Only kBlock reaches the producers.
enum class Overflow : std::uint8_t {
  kDropNewest,  // what is queued stays; counted as DropReason::kFull
  kDropOldest,  // the oldest block of the queue makes room; counted as DropReason::kEvicted
  // Producers of the types that the subscription may want wait before they emit, until there is
  // room again or block_timeout_ms has passed; then the event goes to everybody else, and counts
  // here as DropReason::kBlockTimeout. Threads of a bus never wait. Refused with
  // Threading::kManual.
  kBlock,
};

// A batch is handed over as soon as one of these is reached, or a quarter of the queue. An event
// larger than bytes_max makes a batch of its own.
struct BatchLimits {
  std::size_t events_max = kBatchEventsDefault;  // 1 to kBatchEventsMax
  std::size_t bytes_max = kBatchBytesDefault;    // of records; >= 1
  std::int64_t delay_ms_max =
      kBatchDelayMsDefault;  // age of the oldest waiting event; 0 to 3,600,000
};

// Refuses events on the worker; true keeps the event. What it refuses counts as kPredicate, what it
// throws on as kExportFailed.
using Predicate = std::function<bool(const EventView&)>;

// A subscription began to lose events to its own limits, or has lost none for a second.
struct OverflowReport {
  SubscriptionId id;
  std::string name;
  bool dropping = false;  // false: it is over
  DropCounts dropped{};   // since the subscription began
};
// Called on the bus's reporter thread, one call at a time; it may unsubscribe. What it throws is
// ignored.
using OverflowCallback = std::function<void(const OverflowReport&)>;

struct ExporterOptions {
  Filter filter = {};  // default: everything
  BatchLimits batch = {};
  Overflow overflow = Overflow::kDropNewest;
  // kQueueBytesMin for each dispatcher to kQueueBytesMax. An event of more than half of it is
  // dropped, as kTooBig.
  std::size_t queue_bytes_max = kQueueBytesDefault;
  // How long a producer waits at most, under kBlock; 1 to 3,600,000.
  std::int64_t block_timeout_ms = kBlockTimeoutMsDefault;
  bool content = false;  // whether it may see content (see AttributeKey::is_content)
  std::int64_t export_timeout_ms = kExportTimeoutMsDefault;  // of one export_batch; 1 to 86,400,000
  Predicate predicate = {};
  std::string name = {};  // default: the exporter's own
  OverflowCallback on_overflow = {};
  bool unsubscribe_on_overflow = false;  // the first loss to its own limits ends the subscription

  // The defaults, as changed by TRACEBUS_QUEUE_BYTES_MAX, TRACEBUS_OVERFLOW (drop_newest,
  // drop_oldest or block), TRACEBUS_BLOCK_TIMEOUT_MS, TRACEBUS_BATCH_EVENTS_MAX,
  // TRACEBUS_BATCH_BYTES_MAX, TRACEBUS_BATCH_DELAY_MS_MAX and TRACEBUS_EXPORT_TIMEOUT_MS.
  // InvalidArgument names the variable, its value and the range.
  static absl::StatusOr<ExporterOptions> from_env();
};

using EventCallback = std::function<void(const EventView&)>;

enum class RunOn : std::uint8_t {
  kSharedWorker,  // one thread, one queue and one policy for all such callbacks (see BusOptions)
  kOwnWorker,     // a thread and a queue of its own
  // The bus's own thread: no queue and no copy, but every subscription waits for it. Refused where
  // there are several.
  kDispatcher,
};

struct CallbackOptions {
  RunOn run_on = RunOn::kSharedWorker;
  bool content = false;
  Predicate predicate = {};
  std::string name = {};  // default: "callback"
  // Of the callback's own worker; without effect for the others.
  Overflow overflow = Overflow::kDropNewest;
  std::size_t queue_bytes_max = kQueueBytesDefault;
  std::int64_t block_timeout_ms = kBlockTimeoutMsDefault;
  OverflowCallback on_overflow = {};
};

enum class Threading : std::uint8_t {
  kThreads,  // the bus runs threads of its own
  kManual,   // none: the host calls TraceEventBus::poll
};

// Of what memory the bytes of events are, and who touches a page of a ring first.
enum class Pages : std::uint8_t {
  kPrepared,    // the dispatcher touches some spare rings ahead, so that a thread's first events
                // meet no page fault
  kFirstTouch,  // each page is touched first by the thread that emits into it: on a server with
                // several memory nodes it then lies on that thread's
  kHuge,        // as kFirstTouch, and in pages of 2 MiB where the kernel grants them: for some
                // busy producers, since a ring then costs 2 MiB with its first event
};

// Where the threads of a bus run, and how eagerly.
struct ThreadOptions {
  std::vector<int> cpus = {};  // the processors they may run on; empty: as the process
  int nice = 0;                // -20 to 19; below 0 needs the right to
};

// Where the library says what the host should know, such as "exporter x began to drop events". One
// call at a time, on the bus's reporter thread, or on the one that shuts the bus down.
using LogCallback = std::function<void(std::string_view)>;

struct BusOptions {
  // Of each producer's ring, at first and at most: powers of two, kRingBytesMin to kRingBytesMax. A
  // ring that is full grows fourfold as long as the budget of all rings allows. Memory is used as
  // it is written.
  std::size_t ring_bytes = kRingBytesDefault;
  std::size_t ring_bytes_max = kRingBytesMaxDefault;
  std::size_t ring_budget_bytes = kRingBudgetDefault;  // ring_bytes to kRingBudgetMax
  // Events of more than 64 KiB, or of a quarter of ring_bytes_max, travel beside the rings, in so
  // many bytes at most; 0 to kLargeBytesMax. 0: in the rings, up to that quarter.
  std::size_t large_bytes_max = kLargeBytesDefault;
  // Whether an event for which there is no room whole is emitted with its long texts cut (see
  // kTruncatedBytes); else it is refused as kTooBig.
  bool truncate = true;
  // Of the queue that callbacks without a worker of their own share.
  Overflow callback_overflow = Overflow::kDropNewest;
  std::size_t callback_queue_bytes_max = kQueueBytesDefault;
  // How long the destructor waits for what is under way; 0 to 3,600,000.
  std::int64_t shutdown_timeout_ms = 5000;
  Threading threading = Threading::kThreads;
  // How many threads take events out of the rings, for servers where one is too few; 1 to
  // kDispatchersMax. Each serves its part of the producers: events keep the order of their
  // producer, and across producers only that of those with the same dispatcher. Budgets of rings,
  // large events and queues are shared out evenly among them: each part of ring_budget_bytes must
  // hold a ring, each part of a queue kQueueBytesMin; and an event of more than half of such a part
  // of a queue, or of more than the part of large_bytes_max, has no room. A flush of the bus may
  // flush an exporter once for each. More than one excludes Threading::kManual and
  // RunOn::kDispatcher.
  std::size_t dispatchers = 1;
  ThreadOptions dispatcher_thread = {};
  ThreadOptions worker_threads = {};
  Pages pages = Pages::kPrepared;
  // How often the bus emits its own numbers, as events of type bus_stats, while others are emitted;
  // 0: never, up to 3,600,000.
  std::int64_t stats_interval_ms = 0;
  LogCallback log = {};        // default: standard error, rate-limited
  Arena* arena = nullptr;      // of all events' bytes; default: by pages. Outlives the bus and its
                               // producers, and excludes Pages::kHuge
  std::uint64_t instance = 0;  // the bus's id in EventView::origin; 0: random

  // Event types that give way first, under pressure: refused by a ring that is three quarters full
  // and cannot grow, and by a subscription whose queue is.
  std::vector<std::string> verbose_types = {"llm_token"};

  // The defaults, as changed by TRACEBUS_RING_BYTES, TRACEBUS_RING_BYTES_MAX,
  // TRACEBUS_RING_BUDGET_BYTES, TRACEBUS_LARGE_BYTES_MAX, TRACEBUS_CALLBACK_OVERFLOW,
  // TRACEBUS_CALLBACK_QUEUE_BYTES_MAX, TRACEBUS_SHUTDOWN_TIMEOUT_MS, TRACEBUS_THREADING (threads or
  // manual), TRACEBUS_PAGES (prepared, first_touch or huge), TRACEBUS_DISPATCHERS,
  // TRACEBUS_DISPATCHER_CPUS and TRACEBUS_WORKER_CPUS (such as 0-3,6), TRACEBUS_DISPATCHER_NICE,
  // TRACEBUS_WORKER_NICE and TRACEBUS_STATS_INTERVAL_MS.
  // InvalidArgument names the variable, its value and the range.
  static absl::StatusOr<BusOptions> from_env();
};

// Makes an exporter, anew in the child of a fork.
using ExporterMaker = std::function<std::unique_ptr<Exporter>()>;

absl::Status validate(const BusOptions& options);
absl::Status validate(const ExporterOptions& options);
absl::Status validate(const CallbackOptions& options);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_OPTIONS_H_
