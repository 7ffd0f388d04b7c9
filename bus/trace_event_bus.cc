// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/trace_event_bus.h"

#include <new>
#include <utility>

#include "tracebus/bus/bus_core.h"
#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/emergency_emit.h"
#include "tracebus/bus/fork_hold.h"
#include "tracebus/bus/fork_watch.h"
#include "tracebus/bus/thread_rings.h"

namespace tracebus {
inline namespace v1 {

namespace {

std::uint64_t next_bus_id() noexcept {
  constinit static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;  // unique is all it has to be
}

// In the child of a fork: the bus of the parent, whose threads are gone with all that they held.
// Never freed, and linked so that no leak checker takes it for lost.
void leave_behind(std::shared_ptr<BusCore> core) {
  struct Left {
    std::shared_ptr<BusCore> core;
    Left* next;
  };
  constinit static std::atomic<Left*> all{nullptr};
  Left* const left = new Left{std::move(core), all.load()};
  while (!all.compare_exchange_weak(left->next, left)) {
  }
}

template <class Add>
absl::StatusOr<SubscriptionId> unless_memory_fails(Add add) {
  try {
    return add();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for a subscription");
  }
}

}  // namespace

TraceEventBus::TraceEventBus(const BusOptions& options)
    : bus_id_(next_bus_id()), status_(validate(options)), generation_(fork_generation()),
      core_(std::make_shared<BusCore>(status_.ok() ? options : BusOptions{})),
      gate_(&core_->gate()) {
  if (absl::Status started = core_->start(); !started.ok()) status_ = started;
}

TraceEventBus::~TraceEventBus() {
  if (inherited()) {
    leave_behind(std::move(core_));
    return;
  }
  if (on_bus_thread()) {
    core_->abandon();
    return;
  }
  core_->shutdown(std::chrono::milliseconds(core_->options().shutdown_timeout_ms)).IgnoreError();
}

absl::StatusOr<std::unique_ptr<TraceEventBus>> TraceEventBus::create(const BusOptions& options) {
  try {
    if (absl::Status valid = validate(options); !valid.ok()) return valid;
    auto bus = std::make_unique<TraceEventBus>(options);
    if (!bus->status().ok()) return bus->status();
    return bus;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for a bus");
  }
}

absl::Status TraceEventBus::status() const { return status_; }

bool TraceEventBus::inherited() const noexcept {
  // Acquire pairs with renew_after_fork.
  return generation_.load(std::memory_order_acquire) != fork_generation();
}

BusCore& TraceEventBus::core() const noexcept {
  if (inherited()) renew_after_fork();
  return *core_;
}

void TraceEventBus::renew_after_fork() const noexcept {
  const ForkHold hold;
  // Another thread of the child was faster; or this one is at it, and a maker of exporters emits.
  if (!inherited() || renewing_) return;
  renewing_ = true;
  std::shared_ptr<BusCore> renewed;
  try {
    renewed = core_->successor();
  } catch (...) {  // no memory, or a maker of exporters that throws
  }
  renewing_ = false;
  // Without memory or threads the child has no bus: the old one answers kClosed to all.
  if (renewed != nullptr) {
    leave_behind(std::exchange(core_, std::move(renewed)));
    ThreadRings::forget(bus_id_);
    gate_.store(&core_->gate(), std::memory_order_release);  // pairs with wants
  }
  generation_.store(fork_generation(), std::memory_order_release);  // pairs with inherited
}

ProducerRing* TraceEventBus::find_thread_ring() noexcept {
  return ThreadRings::find(bus_id_, core().shards());
}

EmitResult TraceEventBus::emit_without_ring(const TraceEvent& event) noexcept {
  return emit_in_emergency(core().gate(), event, EventType::find(event.event_type),
                           DropReason::kFull);
}

void TraceEventBus::count_sampled_out(EventType type) noexcept {
  if (ProducerRing* const ring = thread_ring(); ring != nullptr) {
    return ring->count_sampled_out(type);
  }
  EmitGate& gate = core().gate();
  if (gate.wants(type).wanted()) gate.count_emergency_drop(DropReason::kSampledOut);
}

std::uint64_t TraceEventBus::instance() const noexcept { return core().instance(); }

absl::StatusOr<std::uint64_t> TraceEventBus::poll(std::uint64_t events_max, Deadline deadline) {
  return core().poll(events_max, deadline);
}

absl::StatusOr<SubscriptionId> TraceEventBus::add_exporter(ExporterMaker maker,
                                                           const ExporterOptions& options) {
  return unless_memory_fails([&] { return core().add_exporter(std::move(maker), options); });
}

Producer TraceEventBus::producer() { return Producer(core().shards().acquire()); }

SubscriptionId TraceEventBus::subscribe_filter(const Filter& filter, EventCallback callback) {
  return subscribe_filter(filter, std::move(callback), {}).value_or(SubscriptionId{});
}

absl::StatusOr<SubscriptionId> TraceEventBus::subscribe_filter(const Filter& filter,
                                                               EventCallback callback,
                                                               const CallbackOptions& options) {
  return unless_memory_fails(
      [&] { return core().add_callback(filter, std::move(callback), options); });
}

absl::StatusOr<SubscriptionId> TraceEventBus::add_exporter(std::unique_ptr<Exporter> exporter,
                                                           const ExporterOptions& options) {
  return unless_memory_fails([&] { return core().add_exporter(std::move(exporter), options); });
}

bool TraceEventBus::unsubscribe(const SubscriptionId& id, std::chrono::milliseconds timeout) {
  return core().remove(id, timeout);
}

absl::Status TraceEventBus::flush(std::chrono::milliseconds timeout) {
  return core().flush(timeout);
}

absl::Status TraceEventBus::shutdown(std::chrono::milliseconds timeout) {
  return core().shutdown(timeout);
}

BusStats TraceEventBus::stats() const { return core().stats(); }

}  // namespace v1
}  // namespace tracebus
