// SPDX-License-Identifier: Apache-2.0
//
// How a bus is flushed, polled, shut down, and split by a fork.
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "tracebus/bus/bus_core.h"
#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/deadline.h"
#include "tracebus/bus/membarrier.h"

namespace tracebus {
inline namespace v1 {
namespace {

// While something is waited for, batches that overran their deadline are looked for this often.
constexpr auto kLookAfter = std::chrono::milliseconds(20);
// What threads get to end, once told to, where the deadline has passed: a flush in vain takes it
// all.
constexpr auto kLastMoment = std::chrono::milliseconds(100);
// What the exporter of a subscription that asked to be ended by its first loss gets to shut down.
constexpr auto kGoodbye = std::chrono::seconds(5);
constexpr auto kReportEvery = std::chrono::milliseconds(10);
constexpr std::uint64_t kAllEvents = ~std::uint64_t{0};

}  // namespace

// Waits until ready() or the deadline; look is called now and then. Whether ready() held. With
// Threading::kManual nobody else would do the work that is waited for, so this does.
template <class Ready, class Look>
bool BusCore::wait_until(EventCount& changes, SteadyClock::time_point deadline, Ready ready,
                         Look look) {
  for (;;) {
    const std::uint32_t key = changes.prepare();
    if (ready()) return true;
    const auto now = Clock::steady_now();
    if (now >= deadline) return false;
    look();
    std::uint64_t delivered = 0;
    const Polled polled = manual() ? poll_once(kAllEvents, delivered) : Polled::kBusy;
    if (polled == Polled::kBusy) {
      changes.wait(key, std::min(deadline, now + kLookAfter));
    } else if (polled == Polled::kIdle && !ready()) {
      return false;
    }
  }
}

bool BusCore::remove(const SubscriptionId& id, std::chrono::milliseconds timeout) {
  const auto deadline = after(timeout);
  std::shared_ptr<CallbackEntry> callback;
  std::shared_ptr<QueuedSubscription> queued;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(members_, id, &Member::id);
    if (found == members_.end() || state_ != State::kOpen) return false;
    count_wants(*found, -1);
    callback = found->callback;
    queued = found->queued;
    if (callback) callback->end();
    if (queued) {
      queued->end_deadline_ns.store(to_ns(deadline));
      queued->sink->end();
      parting_.push_back(std::move(*found));
    }
    members_.erase(found);
    if (queued) std::erase(queues_, queued);
    if (callback) list_of(*callback).remove(callback);
    if (queued && queued->options.overflow == Overflow::kBlock) set_block_timeouts(queued->filter);
    post_routes();
  }
  shards_.wake();
  const bool wait = !on_bus_thread();
  if (callback) {
    if (wait) wait_for_callback(*callback, deadline);
    const std::lock_guard lock(mutex_);
    remember({.callback = callback->counts()});
    return true;
  }
  if (wait) {
    wait_until(
        queued->progress, deadline, [&] { return queued->ended.load(); },
        [&] { queued->abandon_if_overdue(to_ns(Clock::steady_now())); });
  }
  join_parted();
  return true;
}

// Joins the workers of removed subscriptions that have ended meanwhile.
void BusCore::join_parted() {
  std::vector<Member> parted;  // destroyed without the mutex: exporters go with it
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen) return;  // shutdown sees to them
    // Not that of std::ranges, whose result clang 14 cannot compile.
    const auto ended = std::partition(parting_.begin(), parting_.end(), [](const Member& member) {
      return !member.queued->ended.load();
    });
    for (auto member = ended; member != parting_.end(); ++member) {
      remember({.last = member->queued->stats()});
      parted.push_back(std::move(*member));
    }
    parting_.erase(ended, parting_.end());
  }
  for (Member& member : parted) finish_bus_thread(member.worker, true);
}

bool BusCore::wait_for_callback(const CallbackEntry& entry, SteadyClock::time_point deadline) {
  if (entry.options().run_on == RunOn::kDispatcher) {
    Dispatcher& dispatcher = shards_.first().dispatcher;  // there is but one, see add_callback_as
    const std::uint64_t mark = dispatcher.pass_mark();
    if (mark % 2 == 0) return true;
    return wait_until(
        dispatcher.progress(), deadline,
        [&] { return dispatcher.pass_mark() != mark || dispatcher.ended(); }, [] {});
  }
  QueuedSubscription& queue = *callback_queue_.queued;  // never changes once set
  const std::uint64_t mark = queue.calls.load();
  if (mark % 2 == 0) return true;
  // With a barrier, that one callback is waited for; else the batch of all of them.
  const bool sees_running = enable_barriers() && barrier_on_all_threads();
  return wait_until(
      queue.progress, deadline,
      [&] { return queue.calls.load() != mark || (sees_running && !queue.sink->running(entry)); },
      [] {});
}

absl::Status BusCore::flush(std::chrono::milliseconds timeout) {
  if (on_bus_thread()) {
    return absl::FailedPreconditionError(
        "flush from inside a callback or exporter would wait for itself: flush from another "
        "thread");
  }
  return flush_until(after(timeout));
}

absl::Status BusCore::flush_until(SteadyClock::time_point deadline) {
  std::vector<std::shared_ptr<QueuedSubscription>> waited_for;
  std::shared_ptr<QueuedSubscription> callback_queue;
  {
    const std::lock_guard lock(mutex_);
    waited_for = queued();
    callback_queue = callback_queue_.queued;
  }
  std::vector<std::uint64_t> epochs;  // one a dispatcher
  for (Shard& shard : shards_) epochs.push_back(shard.dispatcher.ask_flush());
  bool dispatched = true;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    Dispatcher& dispatcher = shards_[i].dispatcher;
    const bool flushed = wait_until(
        dispatcher.progress(), deadline,
        [&] { return dispatcher.flushed() >= epochs[i] || dispatcher.ended(); }, [] {});
    dispatched = dispatched && flushed;
  }
  std::uint64_t remaining = dispatched ? 0 : stats().waiting;
  std::string where = dispatched ? "" : " dispatcher";
  absl::Status failure;
  for (const auto& subscription : waited_for) {
    QueuedSubscription& queued = *subscription;
    const bool done = wait_until(
        queued.progress, deadline, [&] { return queued.flushed(epochs) || queued.ended.load(); },
        [&] { queued.abandon_if_overdue(to_ns(Clock::steady_now())); });
    if (!done) {
      // What callbacks were given is counted on them, not on the queue they share.
      remaining += subscription == callback_queue ? queued.unclaimed() : queued.stats().in_flight;
      absl::StrAppend(&where, " ", queued.name);
    }
    if (failure.ok() && done) failure = queued.flush_status();
  }
  if (where.empty()) return failure;
  return absl::DeadlineExceededError(
      absl::StrCat("flush: ", remaining, " events remain; still busy:", where));
}

absl::Status BusCore::shutdown(std::chrono::milliseconds timeout) {
  if (on_bus_thread()) {
    return absl::FailedPreconditionError(
        "shutdown from inside a callback or exporter would wait for itself: shut down from another "
        "thread");
  }
  const auto deadline = after(timeout);
  {
    std::unique_lock lock(mutex_);
    if (state_ != State::kOpen) {
      lock.unlock();
      const auto closed = [&] {
        const std::lock_guard again(mutex_);
        return state_ == State::kClosed;
      };
      if (!wait_until(closed_, deadline, closed, [] {})) {
        return absl::DeadlineExceededError("shutdown: another call is still at it");
      }
      const std::lock_guard again(mutex_);
      return shutdown_status_;
    }
    state_ = State::kClosing;
    shards_.set_all(Wants::kClosed);
    for (Shard& shard : shards_) shard.gate.room().notify();
  }
  const absl::Status flushed = flush_until(deadline);
  const absl::Status ended = end_threads(deadline);
  {
    const std::lock_guard lock(mutex_);
    shutdown_status_ = ended.ok() ? flushed : ended;
    state_ = State::kClosed;
  }
  closed_.notify();
  say_what_was_lost();
  return ended.ok() ? flushed : ended;
}

absl::Status BusCore::end_threads(SteadyClock::time_point deadline) {
  std::string hanging;
  if (!end_dispatchers(deadline)) hanging += " dispatcher";

  std::vector<Member*> members;  // after kClosing nobody else touches them
  for (Member& member : members_) members.push_back(&member);
  for (Member& member : parting_) members.push_back(&member);
  members.push_back(&callback_queue_);
  std::erase_if(members, [](const Member* member) {
    return !member->worker.joinable() && member->polled == nullptr;
  });
  for (Member* member : members) {
    member->queued->end_deadline_ns.store(to_ns(deadline));
    WorkerOrder running = WorkerOrder::kRun;
    member->queued->order.compare_exchange_strong(running, WorkerOrder::kDrain);
    member->queued->wake();
  }
  const auto wait_for = [this](QueuedSubscription& queued, SteadyClock::time_point until) {
    return wait_until(
        queued.progress, until, [&] { return queued.ended.load(); },
        [&] { queued.abandon_if_overdue(to_ns(Clock::steady_now())); });
  };
  for (Member* member : members) {
    // Those that heed the stop token end within the last moment, all of them in the same one.
    if (!wait_for(*member->queued, deadline)) member->queued->stop.request_stop();
  }
  const auto last_moment = std::max(deadline, Clock::steady_now() + kLastMoment);
  for (Member* member : members) {
    QueuedSubscription& queued = *member->queued;
    const bool ended = wait_for(queued, last_moment);
    if (!ended) {
      end_calls(*member);
      queued.abandon_if_overdue(INT64_MAX);
      queued.drops.add(DropReason::kLostAtExit, queued.claimed_rest.exchange(0));
      absl::StrAppend(&hanging, " ", queued.name);
    }
    finish_bus_thread(member->worker, ended);
  }
  for (Shard& shard : shards_) {
    if (shard.dispatcher.ended()) shard.dispatcher.lose_rest();
  }
  end_reporter();
  if (hanging.empty()) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat("shutdown: left behind, still busy:", hanging));
}

void BusCore::abandon() {
  const std::lock_guard lock(mutex_);
  state_ = State::kClosed;
  shards_.set_all(Wants::kClosed);
  shards_.stop();
  for (Shard& shard : shards_) finish_bus_thread(shard.thread, false);
  finish_bus_thread(reporter_thread_, false);
  const auto leave = [this](Member& member) {
    if (!member.worker.joinable()) return;
    end_calls(member);
    member.queued->order.store(WorkerOrder::kDrain);
    member.queued->wake();
    finish_bus_thread(member.worker, false);
  };
  std::ranges::for_each(members_, leave);
  std::ranges::for_each(parting_, leave);
  leave(callback_queue_);
}

void BusCore::say_what_was_lost() {
  const BusStats last = stats();
  std::uint64_t lost = last.rejected[static_cast<std::size_t>(DropReason::kLostAtExit)];
  for (const SubscriptionStats& subscription : last.subscriptions) {
    lost += subscription.dropped[static_cast<std::size_t>(DropReason::kLostAtExit)];
  }
  if (lost == 0) return;
  reporter_.log(absl::StrCat(
      "shut down with ", lost,
      " events undelivered, which counts as lost_at_exit; a longer timeout would save them"));
}

// What a worker that is left behind holds must not reach callbacks any more: what they use may go
// with the bus.
void BusCore::end_calls(const Member& left_behind) {
  left_behind.queued->sink->end();
  if (&left_behind != &callback_queue_) return;
  for (const Member& member : members_) {
    if (member.callback) member.callback->end();
  }
}

bool BusCore::end_dispatchers(SteadyClock::time_point deadline) {
  shards_.stop();
  if (manual()) return end_polling(deadline);
  const auto last_moment = std::max(deadline, Clock::steady_now() + kLastMoment);
  bool all_ended = true;
  for (Shard& shard : shards_) {
    Dispatcher& dispatcher = shard.dispatcher;
    const bool ended = wait_until(
        dispatcher.progress(), last_moment, [&] { return dispatcher.ended(); }, [] {});
    finish_bus_thread(shard.thread, ended);
    all_ended = all_ended && ended;
  }
  return all_ended;
}

bool BusCore::end_polling(SteadyClock::time_point deadline) {
  Dispatcher& dispatcher = shards_.first().dispatcher;
  const auto mine = [&] { return polling_.try_lock(); };
  if (!wait_until(dispatcher.progress(), deadline, mine, [] {})) return false;
  const std::unique_lock polling(polling_, std::adopt_lock);
  const AsBusThread marked;
  while (dispatcher.pass() != 0) {
  }
  dispatcher.end();
  return true;
}

void BusCore::end_reporter() {
  reports_.notify();
  const bool ended = wait_until(
      closed_, Clock::steady_now() + kLastMoment, [&] { return reporter_ended_.load(); }, [] {});
  finish_bus_thread(reporter_thread_, ended);
}

absl::StatusOr<std::uint64_t> BusCore::poll(std::uint64_t events_max,
                                            SteadyClock::time_point deadline) {
  if (!manual()) {
    return absl::FailedPreconditionError(
        "poll: this bus has threads of its own; make it with BusOptions.threading = "
        "Threading::kManual");
  }
  if (on_bus_thread()) {
    return absl::FailedPreconditionError("poll from inside a callback or exporter");
  }
  std::uint64_t delivered = 0;
  while (delivered < events_max &&
         poll_once(events_max - delivered, delivered) == Polled::kWorked) {
    if (Clock::steady_now() >= deadline) break;
  }
  return delivered;
}

// One pass and one step of each worker, on the calling thread.
BusCore::Polled BusCore::poll_once(std::uint64_t events_max, std::uint64_t& delivered) {
  const std::unique_lock polling(polling_, std::try_to_lock);
  if (!polling.owns_lock()) return Polled::kBusy;
  const AsBusThread marked;
  std::uint64_t passed = 0;
  Dispatcher& dispatcher = shards_.first().dispatcher;
  if (!dispatcher.ended()) {
    passed = dispatcher.pass(events_max);
    dispatcher.look_around();
  }
  delivered += passed;
  std::vector<std::pair<std::shared_ptr<QueuedSubscription>, std::shared_ptr<Worker>>> workers;
  {
    const std::lock_guard lock(mutex_);
    const auto take = [&](Member& member) {
      if (member.polled) workers.emplace_back(member.queued, member.polled);
    };
    std::ranges::for_each(members_, take);
    std::ranges::for_each(parting_, take);
    take(callback_queue_);
  }
  bool worked = passed != 0;
  for (const auto& [queued, worker] : workers) {
    if (!queued->ended.load()) worked = worker->step() != Worker::Step::kIdle || worked;
  }
  const auto now = Clock::steady_now();
  if (now >= next_report_) {
    report_once();
    next_report_ = now + kReportEvery;
  }
  return worked ? Polled::kWorked : Polled::kIdle;
}

void BusCore::report() {
  while (!shards_.ended()) {
    std::uint32_t key = reports_.prepare();
    if (shards_.ended()) break;  // since: its notice came before the key
    const auto next = report_once();
    // Not sooner than so, however often there is something to report.
    const auto not_before = Clock::steady_now() + kReportEvery;
    reports_.wait(key, next);
    while (!shards_.ended() && Clock::steady_now() < not_before) {
      key = reports_.prepare();
      if (!shards_.ended()) reports_.wait(key, not_before);
    }
  }
  reporter_ended_.store(true);
  closed_.notify();
}

BusCore::SteadyClock::time_point BusCore::report_once() {
  std::vector<std::shared_ptr<QueuedSubscription>> subscriptions;
  BusStats counts;
  {
    const std::lock_guard lock(mutex_);
    subscriptions = queued();
    read_bus_counts(counts);
  }
  const auto now = Clock::steady_now();
  auto next = reporter_.look(subscriptions, counts.rejected, now);
  for (const SubscriptionId& id : reporter_.take_leavers()) remove(id, kGoodbye);
  if (options_.stats_interval_ms == 0) return next;
  if (stats_events_ == nullptr) {
    stats_events_ = std::make_unique<StatsEvents>(Producer(shards_.acquire()),
                                                  options_.stats_interval_ms, since_unix_ns_);
  }
  if (stats_events_->due(now)) {
    const BusStats all = stats();
    // They are of a later moment: who came meanwhile is among them, too.
    {
      const std::lock_guard lock(mutex_);
      for (std::shared_ptr<QueuedSubscription>& each : queued()) {
        if (!std::ranges::count(subscriptions, each)) subscriptions.push_back(std::move(each));
      }
    }
    stats_events_->emit(all, subscriptions, now);
  }
  return std::min(next, stats_events_->next());
}

std::shared_ptr<BusCore> BusCore::successor() {
  BusOptions own = options_;
  own.instance = 0;  // a given one is the parent's
  auto core = std::make_shared<BusCore>(own);
  if (state_ != State::kOpen) {  // that of the parent was shut down, and so is this one
    core->state_ = State::kClosed;
    core->shards_.set_all(Wants::kClosed);
    for (Shard& shard : core->shards_) shard.dispatcher.end();
    core->watch_forks();
    return core;
  }
  // Outside the mutex: makers are the host's code, and may fork.
  std::vector<std::unique_ptr<Exporter>> exporters;
  for (const Member& member : members_)
    exporters.push_back(member.maker ? member.maker() : nullptr);
  if (!core->start().ok()) return nullptr;
  const std::lock_guard lock(core->mutex_);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    const Arrival arrival{member.id(), Clock::ordered_ticks()};
    if (member.callback) {
      const CallbackEntry& entry = *member.callback;
      core->add_callback_as(arrival, entry.original_filter(), entry.callback(), entry.options())
          .IgnoreError();
      continue;
    }
    const ExporterOptions& options = member.queued->options;
    if (member.own_worker_callback) {
      Member again;
      again.own_worker_callback = member.own_worker_callback;
      core->add_queued(arrival, std::make_unique<OneCallbackSink>(member.own_worker_callback),
                       options, std::move(again))
          .IgnoreError();
    } else if (exporters[i] != nullptr) {
      Member again;
      again.maker = member.maker;
      core->add_queued(arrival, std::make_unique<ExporterSink>(std::move(exporters[i])), options,
                       std::move(again))
          .IgnoreError();
    }
  }
  return core;
}

void BusCore::before_fork() { mutex_.lock(); }

void BusCore::after_fork_in_parent() { mutex_.unlock(); }

void BusCore::after_fork_in_child() {
  mutex_.unlock();
  shards_.set_all(Wants::kForked);
  for (Shard& shard : shards_) shard.dispatcher.stop_after_fork();
}

}  // namespace v1
}  // namespace tracebus
