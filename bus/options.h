// SPDX-License-Identifier: Apache-2.0
//
// What a bus, an exporter and a callback can be told. Every value is checked where it is used
// first: a value outside its range is InvalidArgument, with the option's name, its value and the
// range.
#ifndef TRACEBUS_BUS_OPTIONS_H_
#define TRACEBUS_BUS_OPTIONS_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "tracebus/core/event_view.h"
#include "tracebus/core/filter.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// What happens to events when a subscription's queue is full. Either way each one is counted, and
// neither the producers nor other subscriptions notice.
enum class Overflow : std::uint8_t {
  kDropNewest,  // what is queued stays; counted as DropReason::kFull
  kDropOldest,  // the oldest block of the queue makes room; counted as DropReason::kEvicted
};

// A batch is handed over as soon as one of these is reached. An event larger than bytes_max makes a
// batch of its own.
struct BatchLimits {
  std::size_t events_max = kBatchEventsDefault;  // 1 to kBatchEventsMax
  std::size_t bytes_max = kBatchBytesDefault;    // of records; >= 1
  std::int64_t delay_ms_max =
      kBatchDelayMsDefault;  // age of the oldest waiting event; 0 to 3,600,000
};

// Refuses events on the worker; true keeps the event. What it refuses counts as kPredicate, what it
// throws on as kExportFailed.
using Predicate = std::function<bool(const EventView&)>;

struct ExporterOptions {
  Filter filter = {};  // default: everything
  BatchLimits batch = {};
  Overflow overflow = Overflow::kDropNewest;
  std::size_t queue_bytes_max = kQueueBytesDefault;  // kQueueBytesMin to kQueueBytesMax
  bool content = false;  // whether it may see content (see AttributeKey::is_content)
  std::int64_t export_timeout_ms = kExportTimeoutMsDefault;  // of one export_batch; 1 to 86,400,000
  Predicate predicate = {};
  std::string name = {};  // default: the exporter's own
};

using EventCallback = std::function<void(const EventView&)>;

enum class RunOn : std::uint8_t {
  kSharedWorker,  // one thread, one queue and one policy for all such callbacks (see BusOptions)
  kOwnWorker,     // a thread and a queue of its own
  kDispatcher,    // the bus's own thread: no queue and no copy, but every subscription waits for it
};

struct CallbackOptions {
  RunOn run_on = RunOn::kSharedWorker;
  bool content = false;
  Predicate predicate = {};
  std::string name = {};  // default: "callback"
  // Of the callback's own worker; without effect for the others.
  Overflow overflow = Overflow::kDropNewest;
  std::size_t queue_bytes_max = kQueueBytesDefault;
};

struct BusOptions {
  // Of each producer's ring: a power of two, kRingBytesMin to kRingBytesMax. A record may take a
  // quarter of it. Memory is used as it is written.
  std::size_t ring_bytes = kRingBytesDefault;
  // Of the queue that callbacks without a worker of their own share.
  Overflow callback_overflow = Overflow::kDropNewest;
  std::size_t callback_queue_bytes_max = kQueueBytesDefault;
  // How long the destructor waits for what is under way; 0 to 3,600,000.
  std::int64_t shutdown_timeout_ms = 5000;
};

absl::Status validate(const BusOptions& options);
absl::Status validate(const ExporterOptions& options);
absl::Status validate(const CallbackOptions& options);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_OPTIONS_H_
