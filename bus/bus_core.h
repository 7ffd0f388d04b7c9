// SPDX-License-Identifier: Apache-2.0
//
// BusCore: what a TraceEventBus is made of. The dispatcher's thread owns a share of it, so a thread
// that hangs in a callback at shutdown leaves nothing dangling.
//
// Thread safety: all public members may be called from any thread. mutex_ guards the lists of
// subscriptions; neither the dispatcher nor a worker ever takes it.
//
//   kOpen --(first shutdown)--> kClosing --(the same call, when done)--> kClosed
#ifndef TRACEBUS_BUS_BUS_CORE_H_
#define TRACEBUS_BUS_BUS_CORE_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tracebus/bus/dispatcher.h"
#include "tracebus/bus/options.h"
#include "tracebus/bus/ring_registry.h"
#include "tracebus/bus/stats.h"

namespace tracebus {
inline namespace v1 {

class BusCore : public std::enable_shared_from_this<BusCore> {
 public:
  using SteadyClock = std::chrono::steady_clock;

  // REQUIRES: validate(options) is OK.
  explicit BusCore(const BusOptions& options);
  BusCore(const BusCore&) = delete;
  BusCore& operator=(const BusCore&) = delete;

  absl::Status start();

  absl::StatusOr<SubscriptionId> add_callback(const Filter& filter, EventCallback callback,
                                              const CallbackOptions& options);
  absl::StatusOr<SubscriptionId> add_exporter(std::unique_ptr<Exporter> exporter,
                                              const ExporterOptions& options);
  bool remove(const SubscriptionId& id, std::chrono::milliseconds timeout);
  absl::Status flush(std::chrono::milliseconds timeout);
  absl::Status shutdown(std::chrono::milliseconds timeout);
  // Ends all threads without waiting for them: for a bus destroyed on one of its own.
  void abandon();
  BusStats stats() const;

  const BusOptions& options() const noexcept { return options_; }
  RingRegistry& rings() noexcept { return rings_; }
  EmitGate& gate() noexcept { return *gate_; }
  std::uint64_t bus_id() const noexcept { return bus_id_; }
  std::uint64_t instance() const noexcept { return instance_; }

 private:
  enum class State { kOpen, kClosing, kClosed };

  // One subscription, in the order of subscribing: one of the two pointers is set.
  struct Member {
    std::shared_ptr<CallbackEntry> callback;
    std::shared_ptr<QueuedSubscription> queued;
    std::thread worker;  // of queued
    const SubscriptionId& id() const noexcept { return callback ? callback->id() : queued->id; }
    const CompiledFilter& filter() const noexcept {
      return callback ? callback->filter() : queued->filter;
    }
    bool content() const noexcept {
      return callback ? callback->options().content : queued->options.content;
    }
  };

  absl::Status check_open() const;  // REQUIRES: mutex_
  absl::Status ensure_callback_queue();
  absl::StatusOr<SubscriptionId> add_queued(std::unique_ptr<Sink> sink,
                                            const ExporterOptions& options);
  absl::Status start_worker(Member& member);
  void enlist(Member member);
  void count_wants(const Member& member, int change);
  void post_routes();
  std::vector<std::shared_ptr<QueuedSubscription>> queued() const;  // with that of the callbacks
  void join_parted();
  bool wait_for_callback(const CallbackEntry& entry, SteadyClock::time_point deadline);
  void remember(const SubscriptionStats& stats);
  void close_gate();
  absl::Status flush_until(SteadyClock::time_point deadline);
  absl::Status end_threads(SteadyClock::time_point deadline);

  const BusOptions options_;
  const std::uint64_t bus_id_;
  const std::uint64_t instance_;
  const std::shared_ptr<EmitGate> gate_ = std::make_shared<EmitGate>();
  const std::shared_ptr<BlockPool> pool_ = std::make_shared<BlockPool>();
  RingRegistry rings_;
  Dispatcher dispatcher_;
  std::thread dispatcher_thread_;

  mutable std::mutex mutex_;  // guards what follows
  State state_ = State::kOpen;
  absl::Status shutdown_status_;
  std::uint64_t version_ = 0;
  std::vector<Member> members_;
  Member
      callback_queue_;  // of the callbacks that share a worker; queued is null while there are none
  std::vector<Member> parting_;          // removed, but their threads have not been joined
  std::deque<SubscriptionStats> ended_;  // of the last few removed
  std::array<std::uint32_t, kEventTypesMax> wanted_by_{};
  std::uint32_t content_granted_to_ = 0;
  EventCount closed_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_BUS_CORE_H_
