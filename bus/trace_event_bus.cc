// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/trace_event_bus.h"

#include <utility>

#include "tracebus/bus/bus_core.h"
#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/thread_rings.h"

namespace tracebus {
inline namespace v1 {

TraceEventBus::TraceEventBus(const BusOptions& options) {
  status_ = validate(options);
  core_ = std::make_shared<BusCore>(status_.ok() ? options : BusOptions{});
  gate_ = &core_->gate();
  bus_id_ = core_->bus_id();
  instance_ = core_->instance();
  if (absl::Status started = core_->start(); !started.ok()) status_ = started;
}

TraceEventBus::~TraceEventBus() {
  if (on_bus_thread()) {
    core_->abandon();
    return;
  }
  core_->shutdown(std::chrono::milliseconds(core_->options().shutdown_timeout_ms)).IgnoreError();
}

absl::StatusOr<std::unique_ptr<TraceEventBus>> TraceEventBus::create(const BusOptions& options) {
  if (absl::Status valid = validate(options); !valid.ok()) return valid;
  auto bus = std::make_unique<TraceEventBus>(options);
  if (!bus->status().ok()) return bus->status();
  return bus;
}

absl::Status TraceEventBus::status() const { return status_; }

ProducerRing* TraceEventBus::find_thread_ring() noexcept {
  return ThreadRings::find(bus_id_, core_->rings());
}

EmitResult TraceEventBus::no_ring(EventType type) noexcept {
  if (gate_->wants(type) == Wants::kNo) return EmitResult::kUnwanted;
  core_->rings().count_refused();
  return EmitResult::kFull;
}

Producer TraceEventBus::producer() { return Producer(core_->rings().acquire()); }

SubscriptionId TraceEventBus::subscribe_filter(const Filter& filter, EventCallback callback) {
  return core_->add_callback(filter, std::move(callback), {}).value_or(SubscriptionId{});
}

absl::StatusOr<SubscriptionId> TraceEventBus::subscribe_filter(const Filter& filter,
                                                               EventCallback callback,
                                                               const CallbackOptions& options) {
  return core_->add_callback(filter, std::move(callback), options);
}

absl::StatusOr<SubscriptionId> TraceEventBus::add_exporter(std::unique_ptr<Exporter> exporter,
                                                           const ExporterOptions& options) {
  return core_->add_exporter(std::move(exporter), options);
}

bool TraceEventBus::unsubscribe(const SubscriptionId& id, std::chrono::milliseconds timeout) {
  return core_->remove(id, timeout);
}

absl::Status TraceEventBus::flush(std::chrono::milliseconds timeout) {
  return core_->flush(timeout);
}

absl::Status TraceEventBus::shutdown(std::chrono::milliseconds timeout) {
  return core_->shutdown(timeout);
}

BusStats TraceEventBus::stats() const { return core_->stats(); }

}  // namespace v1
}  // namespace tracebus
