// SPDX-License-Identifier: Apache-2.0
//
// TraceEventBus: producers on any thread emit events, subscriptions receive those they want.
//
//   tracebus::TraceEventBus bus;
//   auto all = bus.subscribe([](const tracebus::EventView& e) { use(e.event_type()); });
//   bus.emit({.event_type = "agent_start", .agent_name = "analyst", .pattern_type = "pipeline",
//             .payload = {{"model", "claude-sonnet-4-20250514"}}});
//   bus.flush(5s);
//
// Thread safety: every method may be called from any thread, also from callbacks, except where it
// says otherwise. Destruction must not race other calls.
//
// Promises
//  1. Events of one producer arrive in the order of emit. Across producers, an emit that
//     happens-before another is delivered first, unless the bus has several dispatchers.
//  2. A subscription that happens-before an emit receives the event, or counts it as dropped. It
//     never receives events emitted before it by the same thread.
//  3. emit never waits, unless a subscription asks for it by Overflow::kBlock, and then no longer
//     than its block_timeout_ms. A slow, throwing or hanging subscriber loses its own events only,
//     and each of them is counted by reason in stats().
//
// Signals. emit may be called from a signal handler, whatever it interrupted, with up to eight
// attributes; within a NoWaitScope (no_wait_scope.h) it never waits there. In the child of a fork
// the first use of the bus makes its threads, and belongs into no handler.
//
// Fork. In the child the bus is empty and has an instance id of its own. Its threads start again at
// the first use: callbacks are subscribed again, exporters are made again by their makers; those
// added without one are gone. Producers answer kClosed. A callback that forks must exec or _exit.
#ifndef TRACEBUS_BUS_TRACE_EVENT_BUS_H_
#define TRACEBUS_BUS_TRACE_EVENT_BUS_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "tracebus/bus/options.h"
#include "tracebus/bus/producer.h"
#include "tracebus/bus/stats.h"
#include "tracebus/bus/thread_producer.h"
#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

class BusCore;

class TraceEventBus {
 public:
  TraceEventBus() : TraceEventBus(BusOptions{}) {}
  // Options that validate() refuses are replaced by their defaults, and status() says so. A bus
  // whose threads could not be started is shut down from the beginning, and status() says why.
  explicit TraceEventBus(const BusOptions& options);
  TraceEventBus(const TraceEventBus&) = delete;
  TraceEventBus& operator=(const TraceEventBus&) = delete;
  // shutdown with BusOptions::shutdown_timeout_ms.
  ~TraceEventBus();

  // InvalidArgument for options out of range, ResourceExhausted when there is no memory or a thread
  // could not be started.
  static absl::StatusOr<std::unique_ptr<TraceEventBus>> create(const BusOptions& options);
  absl::Status status() const;

  // --- Emitting ---

  // The friendly way. The event may borrow all its text from the caller.
  EmitResult emit(const TraceEvent& event) noexcept {
    ProducerRing* const ring = thread_ring();
    return ring != nullptr ? ring->emit(event) : emit_without_ring(event);
  }
  // The hot way, on the calling thread's own ring. See Producer::emit.
  template <class Ids, class... Attributes>
  EmitResult emit(EventType type, const Ids& ids, const Name& agent, const Name& pattern,
                  const Attributes&... attributes) noexcept {
    ProducerRing* const ring = thread_ring();
    if (ring == nullptr) [[unlikely]] {
      return emit_without_ring(described_event(type, ids, agent, pattern, attributes...));
    }
    return ring->emit(type, ids, agent, pattern, attributes...);
  }
  // For spans, which write records themselves. See ProducerRing::emit_prepared.
  template <class Prepared>
  EmitResult emit_prepared(EventType type, const Prepared& prepared) noexcept {
    ProducerRing* const ring = thread_ring();
    if (ring == nullptr) [[unlikely]] {
      return prepared.emit_friendly(
          [this](const TraceEvent& event) { return emit_without_ring(event); });
    }
    return ring->emit_prepared(type, prepared);
  }
  // Counts an event that a sampler left out as rejected, by kSampledOut, if anybody wants its type.
  void count_sampled_out(EventType type) noexcept;
  // Whether an event of this type would reach anybody: guard the building of payloads with it.
  bool wants(EventType type) const noexcept {
    // Acquire pairs with renew_after_fork.
    return gate_.load(std::memory_order_acquire)->wants(type).answered();
  }
  // Whether an event of any of these types would.
  template <class... Types>
  bool wants_any(Types... types) const noexcept {
    const EmitGate& gate = *gate_.load(std::memory_order_acquire);  // pairs as in wants
    return (gate.wants(types) | ...).answered();
  }
  bool wants(std::string_view type) const noexcept { return wants(EventType::find(type)); }
  // Whether some subscription was granted content. Until one is, emit drops what is content: guard
  // the building of such values with it.
  bool wants_content() const noexcept {
    return gate_.load(std::memory_order_acquire)->content();  // pairs as in wants
  }

  // A producer of its own, with its own ring. Empty if the system refuses memory.
  Producer producer();

  // --- Subscribing ---
  // The forms without options return an id, none after shutdown. The forms with options return
  // InvalidArgument for options out of range, FailedPrecondition after shutdown, and
  // ResourceExhausted when a thread could not be started.

  SubscriptionId subscribe(EventCallback callback) {
    return subscribe_filter(Filter(), std::move(callback));
  }
  absl::StatusOr<SubscriptionId> subscribe(EventCallback callback, const CallbackOptions& options) {
    return subscribe_filter(Filter(), std::move(callback), options);
  }
  SubscriptionId subscribe_filter(const Filter& filter, EventCallback callback);
  absl::StatusOr<SubscriptionId> subscribe_filter(const Filter& filter, EventCallback callback,
                                                  const CallbackOptions& options);
  // By event types; an empty list matches nothing.
  SubscriptionId subscribe_filter(std::initializer_list<std::string_view> types,
                                  EventCallback callback) {
    return subscribe_filter(Filter::types(types), std::move(callback));
  }
  absl::StatusOr<SubscriptionId> subscribe_filter(std::initializer_list<std::string_view> types,
                                                  EventCallback callback,
                                                  const CallbackOptions& options) {
    return subscribe_filter(Filter::types(types), std::move(callback), options);
  }
  absl::StatusOr<SubscriptionId> add_exporter(std::unique_ptr<Exporter> exporter,
                                              const ExporterOptions& options = {});
  // As above, and the child of a fork gets an exporter of its own.
  absl::StatusOr<SubscriptionId> add_exporter(ExporterMaker maker,
                                              const ExporterOptions& options = {});

  // Ends a subscription. When it returns true, no call to it is running or will begin on another
  // thread, unless that call outlasted `timeout`. Does not wait when called from inside a callback.
  // What was queued counts as DropReason::kUnsubscribed. False for an id that is unknown or ended.
  bool unsubscribe(const SubscriptionId& id,
                   std::chrono::milliseconds timeout = std::chrono::milliseconds(5000));

  // --- Waiting ---

  // OK: every event accepted before the call was delivered to, or counted as dropped by, every
  // subscription, and every exporter's own flush returned OK. DeadlineExceeded says how many events
  // remain and where; the first failure of an exporter's flush is returned as it is.
  // FailedPrecondition from inside a callback or exporter of this library.
  absl::Status flush(std::chrono::milliseconds timeout);

  // Closes the bus to emits (they answer kClosed and are counted), flushes, shuts every exporter
  // down and ends all threads. Idempotent; a second caller waits for the first. At the deadline
  // what is left is counted as lost_at_exit or abandoned, and threads that hang are left behind,
  // which is DeadlineExceeded. FailedPrecondition from inside a callback or exporter.
  absl::Status shutdown(std::chrono::milliseconds timeout);

  // With Threading::kManual: does what the threads of a bus do, on the calling thread, until
  // nothing is left to do, events_max events were dispatched or the deadline has passed. Returns
  // how many were. Callbacks and exporters run inside. 0 if another thread is polling.
  // FailedPrecondition with Threading::kThreads, or from inside a callback or exporter.
  absl::StatusOr<std::uint64_t> poll(std::uint64_t events_max = ~std::uint64_t{0},
                                     Deadline deadline = Deadline::max());

  // --- Looking ---
  BusStats stats() const;
  // Which bus an event's producer and sequence belong to; another one in the child of a fork.
  std::uint64_t instance() const noexcept;

 private:
  friend class DefaultBus;

  ProducerRing* thread_ring() noexcept {
    if (t_thread_producer.bus_id == bus_id_) [[likely]]
      return t_thread_producer.ring;
    return find_thread_ring();
  }
  ProducerRing* find_thread_ring() noexcept;
  EmitResult emit_without_ring(const TraceEvent& event) noexcept;
  BusCore& core() const noexcept;
  void renew_after_fork() const noexcept;
  bool inherited() const noexcept;

  const std::uint64_t bus_id_;
  absl::Status status_;
  // The child of a fork replaces these, the first time that it uses the bus.
  mutable bool renewing_ = false;                  // under a ForkHold
  mutable std::atomic<std::uint64_t> generation_;  // of forks, that core_ is of
  mutable std::shared_ptr<BusCore> core_;
  mutable std::atomic<EmitGate*> gate_;
};

// The bus of the process: made at the first call, with BusOptions::from_env(), and there until the
// end of the process, also for static destructors. At exit it is shut down with
// BusOptions::shutdown_timeout_ms. Environment variables that are out of range are reported, and
// then the defaults apply.
TraceEventBus& default_bus();

// A subscription that ends with its scope. REQUIRES: the bus outlives it.
class [[nodiscard]] ScopedSubscription {
 public:
  ScopedSubscription() noexcept = default;
  ScopedSubscription(TraceEventBus& bus, const SubscriptionId& id) noexcept : bus_(&bus), id_(id) {}
  ScopedSubscription(ScopedSubscription&& other) noexcept
      : bus_(std::exchange(other.bus_, nullptr)), id_(other.id_) {}
  ScopedSubscription& operator=(ScopedSubscription&& other) noexcept {
    reset();
    bus_ = std::exchange(other.bus_, nullptr);
    id_ = other.id_;
    return *this;
  }
  ~ScopedSubscription() { reset(); }

  const SubscriptionId& id() const noexcept { return id_; }
  void reset() noexcept {
    if (bus_ != nullptr && id_) bus_->unsubscribe(id_);
    bus_ = nullptr;
  }

 private:
  TraceEventBus* bus_ = nullptr;
  SubscriptionId id_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_TRACE_EVENT_BUS_H_
