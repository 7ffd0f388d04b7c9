// SPDX-License-Identifier: Apache-2.0
//
// BusCore: what a TraceEventBus is made of. The dispatchers' and the reporter's threads own a share
// of it, so a thread that hangs in a callback at shutdown leaves nothing dangling.
//
// Thread safety: all public members may be called from any thread. mutex_ guards the lists of
// subscriptions; neither a dispatcher nor a worker ever takes it.
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
#include <string_view>
#include <thread>
#include <vector>

#include "tracebus/bus/fork_watch.h"
#include "tracebus/bus/options.h"
#include "tracebus/bus/reporter.h"
#include "tracebus/bus/shard.h"
#include "tracebus/bus/stats.h"
#include "tracebus/bus/stats_events.h"
#include "tracebus/bus/worker.h"
#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {

class BusCore final : public std::enable_shared_from_this<BusCore>, private ForkWatched {
 public:
  using SteadyClock = std::chrono::steady_clock;

  // Throws std::bad_alloc. REQUIRES: validate(options) is OK.
  explicit BusCore(const BusOptions& options);
  BusCore(const BusCore&) = delete;
  BusCore& operator=(const BusCore&) = delete;
  ~BusCore() { unwatch_forks(); }

  // ResourceExhausted if a thread could not be started; throws std::bad_alloc. Either way the core
  // is then closed, as by abandon.
  absl::Status start();
  // In the child of a fork: a core with the same options and subscriptions, and none of the events.
  // Exporters that came without a maker are left out. Null if threads could not be started; throws
  // what makers throw, and std::bad_alloc.
  std::shared_ptr<BusCore> successor();

  absl::StatusOr<SubscriptionId> add_callback(const Filter& filter, EventCallback callback,
                                              const CallbackOptions& options);
  absl::StatusOr<SubscriptionId> add_exporter(std::unique_ptr<Exporter> exporter,
                                              const ExporterOptions& options);
  absl::StatusOr<SubscriptionId> add_exporter(ExporterMaker maker, const ExporterOptions& options);
  bool remove(const SubscriptionId& id, std::chrono::milliseconds timeout);
  absl::Status flush(std::chrono::milliseconds timeout);
  absl::Status shutdown(std::chrono::milliseconds timeout);
  // Ends all threads without waiting for them: for a bus destroyed on one of its own.
  void abandon();
  BusStats stats() const;
  absl::StatusOr<std::uint64_t> poll(std::uint64_t events_max, SteadyClock::time_point deadline);

  const BusOptions& options() const noexcept { return options_; }
  Shards& shards() noexcept { return shards_; }
  EmitGate& gate() noexcept { return shards_.first().gate; }  // for what is in no shard
  std::uint64_t instance() const noexcept { return instance_; }

 private:
  enum class State { kOpen, kClosing, kClosed };

  // One subscription, in the order of subscribing: one of the two pointers is set.
  struct Member {
    std::shared_ptr<CallbackEntry> callback;
    std::shared_ptr<QueuedSubscription> queued;
    std::thread worker;                      // of queued
    std::shared_ptr<Worker> polled;          // instead, with Threading::kManual
    ExporterMaker maker = {};                // what makes it anew after a fork
    EventCallback own_worker_callback = {};  // likewise
    const SubscriptionId& id() const noexcept { return callback ? callback->id() : queued->id; }
    const CompiledFilter& filter() const noexcept {
      return callback ? callback->filter() : queued->filter;
    }
    bool content() const noexcept {
      return callback ? callback->options().content : queued->options.content;
    }
  };

  // What is left of a subscription that was removed.
  struct Ended {
    SubscriptionStats last = {};
    std::shared_ptr<const CallbackCounts> callback = {};  // instead: it may still count
    SubscriptionStats stats() const { return callback ? callback->stats() : last; }
  };

  // How a subscription began, or begins anew.
  struct Arrival {
    SubscriptionId id;
    std::uint64_t since_ticks;
  };

  bool manual() const noexcept { return options_.threading == Threading::kManual; }
  absl::Status check_open() const;  // REQUIRES: mutex_
  absl::Status start_threads();
  absl::Status start_dispatcher(Shard& shard);
  absl::Status ensure_callback_queue();
  absl::StatusOr<SubscriptionId> add_callback_as(const Arrival& arrival, const Filter& filter,
                                                 EventCallback callback,
                                                 const CallbackOptions& options);
  absl::StatusOr<SubscriptionId> add_queued(const Arrival& arrival, std::unique_ptr<Sink> sink,
                                            const ExporterOptions& options, Member member);
  absl::Status check_for_polling(const Sink& sink, const ExporterOptions& options) const;
  absl::Status start_worker(Member& member);
  void make_place_for_member();
  void enlist(Member member);
  CallbackList& list_of(const CallbackEntry& entry) noexcept {
    return entry.options().run_on == RunOn::kDispatcher ? direct_ : shared_;
  }
  void count_wants(const Member& member, int change);
  void set_block_timeouts(const CompiledFilter& filter);
  void post_routes();
  std::unique_ptr<Routes> routes_for(std::uint32_t shard) const;
  std::vector<std::shared_ptr<QueuedSubscription>> queued() const;  // with that of the callbacks
  void join_parted();
  bool wait_for_callback(const CallbackEntry& entry, SteadyClock::time_point deadline);
  void remember(Ended ended);
  absl::Status flush_until(SteadyClock::time_point deadline);
  absl::Status end_threads(SteadyClock::time_point deadline);
  void say_what_was_lost();
  void end_calls(const Member& left_behind);
  bool end_dispatchers(SteadyClock::time_point deadline);
  bool end_polling(SteadyClock::time_point deadline);
  void end_reporter();
  void read_bus_counts(BusStats& stats) const;

  template <class Ready, class Look>
  bool wait_until(EventCount& changes, SteadyClock::time_point deadline, Ready ready, Look look);
  enum class Polled { kWorked, kIdle, kBusy };  // kBusy: another thread is polling
  Polled poll_once(std::uint64_t events_max, std::uint64_t& delivered);

  // The reporter's work; with Threading::kManual, of whoever polls.
  void report();
  SteadyClock::time_point report_once();

  void before_fork() override;
  void after_fork_in_parent() override;
  void after_fork_in_child() override;

  const BusOptions options_;
  const std::uint64_t instance_;
  const std::int64_t since_unix_ns_ = Clock::unix_ns();  // when it was made
  EventCount reports_;  // there is something for the reporter to look at
  Shards shards_;
  Reporter reporter_;
  std::thread reporter_thread_;
  std::atomic<bool> reporter_ended_{true};
  std::unique_ptr<StatsEvents> stats_events_;  // the reporter's
  SteadyClock::time_point next_report_{};      // likewise

  mutable std::mutex mutex_;  // guards what follows
  State state_ = State::kOpen;
  absl::Status shutdown_status_;
  std::vector<Member> members_;
  // The same by where they are told of events, as routes want them.
  std::vector<std::shared_ptr<QueuedSubscription>> queues_;
  CallbackList direct_;  // RunOn::kDispatcher
  CallbackList shared_;  // RunOn::kSharedWorker
  Member
      callback_queue_;  // of the callbacks that share a worker; queued is null while there are none
  bool callback_queue_posted_ = false;
  std::vector<Member> parting_;  // removed, but their threads have not been joined
  std::deque<Ended> ended_;      // the last few removed
  std::array<std::uint32_t, kEventTypesMax> wanted_by_{};
  std::uint32_t content_granted_to_ = 0;
  EventCount closed_;

  std::mutex polling_;  // held by the one thread that polls
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_BUS_CORE_H_
