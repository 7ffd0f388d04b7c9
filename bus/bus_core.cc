// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/bus_core.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/worker.h"

namespace tracebus {
inline namespace v1 {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kEndedRemembered = 256;
// While something is waited for, batches that overran their deadline are looked for this often.
constexpr auto kLookAfter = std::chrono::milliseconds(20);
// What threads get to end, once told to, where the deadline has passed: a flush in vain takes it
// all.
constexpr auto kLastMoment = std::chrono::milliseconds(100);

std::uint64_t next_bus_id() noexcept {
  constinit static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;  // unique is all it has to be
}

std::uint64_t random_instance() noexcept {
  std::uint64_t instance = 0;
  fill_random(&instance, sizeof instance);
  return instance;
}

SteadyClock::time_point after(std::chrono::milliseconds timeout) noexcept {
  const auto now = SteadyClock::now();
  if (timeout <= std::chrono::milliseconds::zero()) return now;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::time_point::max() - now);
  return timeout < left ? now + timeout : SteadyClock::time_point::max();
}

std::int64_t to_ns(SteadyClock::time_point time) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// Waits until ready() or the deadline; look is called now and then. Whether ready() held.
template <class Ready, class Look>
bool wait_until(EventCount& changes, SteadyClock::time_point deadline, Ready ready, Look look) {
  for (;;) {
    const std::uint32_t key = changes.prepare();
    if (ready()) return true;
    const auto now = SteadyClock::now();
    if (now >= deadline) return false;
    look();
    changes.wait(key, std::min(deadline, now + kLookAfter));
  }
}

SubscriptionStats stats_of(const CallbackEntry& entry) {
  SubscriptionStats stats;
  stats.id = entry.id();
  stats.name = entry.options().name.empty() ? "callback" : entry.options().name;
  stats.delivered = entry.delivered();
  stats.dropped = entry.drops();
  // A callback's events are judged and settled in one step: none is ever in between.
  stats.matched = stats.delivered + total(stats.dropped);
  return stats;
}

}  // namespace

BusCore::BusCore(const BusOptions& options)
    : options_(options), bus_id_(next_bus_id()), instance_(random_instance()),
      rings_(gate_, options.ring_bytes), dispatcher_(gate_, rings_, pool_, instance_) {}

absl::Status BusCore::start() {
  absl::StatusOr<std::thread> thread =
      start_bus_thread("tb-dispatcher", [core = shared_from_this()] { core->dispatcher_.run(); });
  if (!thread.ok()) return thread.status();
  dispatcher_thread_ = *std::move(thread);
  return absl::OkStatus();
}

absl::Status BusCore::check_open() const {
  if (state_ == State::kOpen) return absl::OkStatus();
  return absl::FailedPreconditionError("the bus is shut down: it takes no more subscriptions");
}

absl::StatusOr<SubscriptionId> BusCore::add_callback(const Filter& filter, EventCallback callback,
                                                     const CallbackOptions& options) {
  if (absl::Status valid = validate(options); !valid.ok()) return valid;
  if (!callback) return absl::InvalidArgumentError("subscribe: the callback is empty");
  const std::uint64_t since = Clock::ordered_ticks();
  const std::lock_guard lock(mutex_);
  if (absl::Status open = check_open(); !open.ok()) return open;
  if (options.run_on == RunOn::kOwnWorker) {
    ExporterOptions queue;
    queue.filter = filter;
    queue.content = options.content;
    queue.predicate = options.predicate;
    queue.overflow = options.overflow;
    queue.queue_bytes_max = options.queue_bytes_max;
    queue.batch.delay_ms_max = 0;
    queue.name = options.name;
    return add_queued(std::make_unique<OneCallbackSink>(std::move(callback)), queue);
  }
  if (options.run_on == RunOn::kSharedWorker) {
    if (absl::Status ready = ensure_callback_queue(); !ready.ok()) return ready;
  }
  auto entry = std::make_shared<CallbackEntry>(random_subscription_id(), filter,
                                               std::move(callback), options, since);
  const SubscriptionId id = entry->id();
  enlist(Member{std::move(entry), nullptr, {}});
  return id;
}

absl::StatusOr<SubscriptionId> BusCore::add_exporter(std::unique_ptr<Exporter> exporter,
                                                     const ExporterOptions& options) {
  if (absl::Status valid = validate(options); !valid.ok()) return valid;
  if (exporter == nullptr) return absl::InvalidArgumentError("add_exporter: the exporter is null");
  const std::lock_guard lock(mutex_);
  if (absl::Status open = check_open(); !open.ok()) return open;
  return add_queued(std::make_unique<ExporterSink>(std::move(exporter)), options);
}

absl::StatusOr<SubscriptionId> BusCore::add_queued(std::unique_ptr<Sink> sink,
                                                   const ExporterOptions& options) {
  Member member;
  member.queued = std::make_shared<QueuedSubscription>(
      random_subscription_id(), options, std::move(sink), pool_, instance_, Clock::ordered_ticks());
  if (absl::Status started = start_worker(member); !started.ok()) return started;
  const SubscriptionId id = member.id();
  enlist(std::move(member));
  return id;
}

absl::Status BusCore::ensure_callback_queue() {
  if (callback_queue_.queued) return absl::OkStatus();
  ExporterOptions options;
  options.overflow = options_.callback_overflow;
  options.queue_bytes_max = options_.callback_queue_bytes_max;
  options.batch.delay_ms_max = 0;
  options.content = true;  // each callback's own grant decides what it sees
  callback_queue_.queued = std::make_shared<QueuedSubscription>(
      random_subscription_id(), options, std::make_unique<CallbackSink>(instance_), pool_,
      instance_, 0);
  absl::Status started = start_worker(callback_queue_);
  if (!started.ok()) callback_queue_.queued.reset();
  return started;
}

absl::Status BusCore::start_worker(Member& member) {
  absl::StatusOr<std::thread> thread = Worker::start(member.queued);
  if (!thread.ok()) return thread.status();
  member.worker = *std::move(thread);
  return absl::OkStatus();
}

void BusCore::enlist(Member member) {
  members_.push_back(std::move(member));
  // First the dispatcher can know it, then producers may emit for it.
  post_routes();
  count_wants(members_.back(), +1);
}

void BusCore::count_wants(const Member& member, int change) {
  content_granted_to_ += static_cast<std::uint32_t>(member.content() ? change : 0);
  gate_->set_content(content_granted_to_ != 0);
  for (std::uint32_t type = 0; type < kEventTypesMax; ++type) {
    const auto number = static_cast<std::uint16_t>(type);
    if (!member.filter().may_match_type(number)) continue;
    wanted_by_[type] += static_cast<std::uint32_t>(change);
    if (state_ == State::kOpen)
      gate_->set_wants(number, wanted_by_[type] != 0 ? Wants::kYes : Wants::kNo);
  }
}

void BusCore::post_routes() {
  auto routes = std::make_unique<Routes>();
  routes->version = ++version_;
  for (const Member& parting : parting_) routes->leaving.push_back(parting.queued);
  auto callbacks = std::make_shared<CallbackTable>();
  for (const Member& member : members_) {
    if (member.queued) {
      routes->queued.push_back(member.queued);
    } else if (member.callback->options().run_on == RunOn::kDispatcher) {
      routes->direct.push_back(member.callback);
    } else {
      callbacks->push_back(member.callback);
    }
  }
  if (callback_queue_.queued) {
    routes->callback_queue = callback_queue_.queued;
    routes->callbacks = std::move(callbacks);
  }
  dispatcher_.mailbox().post(std::move(routes));
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
      parting_.push_back(std::move(*found));
    }
    members_.erase(found);
    post_routes();
  }
  dispatcher_.wake();
  const bool wait = !on_bus_thread();
  if (callback) {
    if (wait) wait_for_callback(*callback, deadline);
    const std::lock_guard lock(mutex_);
    remember(stats_of(*callback));
    return true;
  }
  if (wait) {
    wait_until(
        queued->progress, deadline, [&] { return queued->ended.load(); },
        [&] { queued->abandon_if_overdue(to_ns(SteadyClock::now())); });
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
    const auto still_there = std::ranges::partition(
        parting_, [](const Member& member) { return !member.queued->ended.load(); });
    for (Member& member : still_there) {
      remember(member.queued->stats());
      parted.push_back(std::move(member));
    }
    parting_.erase(still_there.begin(), parting_.end());
  }
  for (Member& member : parted) finish_bus_thread(member.worker, true);
}

bool BusCore::wait_for_callback(const CallbackEntry& entry, SteadyClock::time_point deadline) {
  if (entry.options().run_on == RunOn::kDispatcher) {
    const std::uint64_t mark = dispatcher_.pass_mark();
    if (mark % 2 == 0) return true;
    return wait_until(
        dispatcher_.progress(), deadline,
        [&] { return dispatcher_.pass_mark() != mark || dispatcher_.ended(); }, [] {});
  }
  QueuedSubscription& queue = *callback_queue_.queued;  // never changes once set
  const std::uint64_t mark = queue.calls.load();
  if (mark % 2 == 0) return true;
  return wait_until(
      queue.progress, deadline, [&] { return queue.calls.load() != mark; }, [] {});
}

void BusCore::remember(const SubscriptionStats& stats) {
  if (ended_.size() == kEndedRemembered) ended_.pop_front();
  ended_.push_back(stats);
}

std::vector<std::shared_ptr<QueuedSubscription>> BusCore::queued() const {
  std::vector<std::shared_ptr<QueuedSubscription>> queued;
  for (const Member& member : members_) {
    if (member.queued) queued.push_back(member.queued);
  }
  if (callback_queue_.queued) queued.push_back(callback_queue_.queued);
  return queued;
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
  const std::uint64_t epoch = dispatcher_.ask_flush();
  const bool dispatched = wait_until(
      dispatcher_.progress(), deadline,
      [&] { return dispatcher_.flushed() >= epoch || dispatcher_.ended(); }, [] {});
  std::uint64_t remaining = dispatched ? 0 : stats().waiting;
  std::string where = dispatched ? "" : " dispatcher";
  absl::Status failure;
  for (const auto& subscription : waited_for) {
    QueuedSubscription& queued = *subscription;
    const bool done = wait_until(
        queued.progress, deadline,
        [&] {
          // Acquire pairs with Worker::flush_if_asked.
          return queued.flushed.load(std::memory_order_acquire) >= epoch || queued.ended.load();
        },
        [&] { queued.abandon_if_overdue(to_ns(SteadyClock::now())); });
    if (!done) {
      // What callbacks were given is counted on them, not on the queue they share.
      const std::uint64_t front = queued.queue.front();
      const std::uint64_t left = queued.queue.published() - front;
      remaining += subscription == callback_queue ? left : queued.stats().in_flight;
      absl::StrAppend(&where, " ", queued.name);
    }
    const std::lock_guard lock(queued.report_mutex);
    if (failure.ok() && done) failure = queued.flush_status;
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
    close_gate();
  }
  const absl::Status flushed = flush_until(deadline);
  const absl::Status ended = end_threads(deadline);
  {
    const std::lock_guard lock(mutex_);
    shutdown_status_ = ended.ok() ? flushed : ended;
    state_ = State::kClosed;
  }
  closed_.notify();
  return ended.ok() ? flushed : ended;
}

void BusCore::close_gate() {
  for (std::uint32_t type = 0; type < kEventTypesMax; ++type) {
    gate_->set_wants(static_cast<std::uint16_t>(type), Wants::kClosed);
  }
}

absl::Status BusCore::end_threads(SteadyClock::time_point deadline) {
  std::string hanging;
  dispatcher_.stop();
  const bool dispatcher_ended = wait_until(
      dispatcher_.progress(), std::max(deadline, SteadyClock::now() + kLastMoment),
      [&] { return dispatcher_.ended(); }, [] {});
  if (!dispatcher_ended) hanging += " dispatcher";
  finish_bus_thread(dispatcher_thread_, dispatcher_ended);

  std::vector<Member*> members;  // after kClosing nobody else touches them
  for (Member& member : members_) members.push_back(&member);
  for (Member& member : parting_) members.push_back(&member);
  members.push_back(&callback_queue_);
  std::erase_if(members, [](const Member* member) { return !member->worker.joinable(); });
  for (Member* member : members) {
    member->queued->end_deadline_ns.store(to_ns(deadline));
    WorkerOrder running = WorkerOrder::kRun;
    member->queued->order.compare_exchange_strong(running, WorkerOrder::kDrain);
    member->queued->wake();
  }
  const auto wait_for = [](QueuedSubscription& queued, SteadyClock::time_point until) {
    return wait_until(
        queued.progress, until, [&] { return queued.ended.load(); },
        [&] { queued.abandon_if_overdue(to_ns(SteadyClock::now())); });
  };
  for (Member* member : members) {
    // Those that heed the stop token end within the last moment, all of them in the same one.
    if (!wait_for(*member->queued, deadline)) member->queued->stop.request_stop();
  }
  const auto last_moment = std::max(deadline, SteadyClock::now() + kLastMoment);
  for (Member* member : members) {
    QueuedSubscription& queued = *member->queued;
    const bool ended = wait_for(queued, last_moment);
    if (!ended) {
      queued.abandon_if_overdue(INT64_MAX);
      queued.drops.add(DropReason::kLostAtExit, queued.claimed_rest.exchange(0));
      absl::StrAppend(&hanging, " ", queued.name);
    }
    finish_bus_thread(member->worker, ended);
  }
  if (dispatcher_ended) dispatcher_.lose_rest();
  if (hanging.empty()) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat("shutdown: left behind, still busy:", hanging));
}

void BusCore::abandon() {
  const std::lock_guard lock(mutex_);
  state_ = State::kClosed;
  close_gate();
  dispatcher_.stop();
  finish_bus_thread(dispatcher_thread_, false);
  const auto leave = [](Member& member) {
    if (!member.worker.joinable()) return;
    member.queued->order.store(WorkerOrder::kDrain);
    member.queued->wake();
    finish_bus_thread(member.worker, false);
  };
  std::ranges::for_each(members_, leave);
  std::ranges::for_each(parting_, leave);
  leave(callback_queue_);
}

BusStats BusCore::stats() const {
  BusStats stats;
  stats.instance = instance_;
  const std::lock_guard lock(mutex_);
  // What was dispatched first: it never exceeds what is accepted by the time that is read.
  stats.dispatched = dispatcher_.dispatched();
  const RingRegistry::Totals totals = rings_.totals();
  const auto reject = [&](DropReason reason, std::uint64_t count) {
    stats.rejected[static_cast<std::size_t>(reason)] = count;
  };
  reject(DropReason::kFull, totals.counts.full + totals.refused);
  reject(DropReason::kTooBig, totals.counts.too_big);
  reject(DropReason::kClosed, totals.counts.closed);
  reject(DropReason::kNested, totals.counts.nested);
  stats.emitted = totals.counts.emitted + totals.refused;
  stats.accepted = stats.emitted - total(stats.rejected);
  stats.waiting = stats.accepted - stats.dispatched;
  if (dispatcher_.ended()) {
    reject(DropReason::kLostAtExit, stats.waiting);
    stats.accepted = stats.dispatched;
    stats.waiting = 0;
  }
  stats.producers = totals.producers;
  stats.rings = totals.rings;
  stats.passes = dispatcher_.passes();
  stats.parks = dispatcher_.parks();
  stats.block_bytes = pool_->allocated_bytes();
  for (const SubscriptionStats& ended : ended_) stats.subscriptions.push_back(ended);
  for (const Member& member : parting_) stats.subscriptions.push_back(member.queued->stats());
  for (const Member& member : members_) {
    stats.subscriptions.push_back(member.callback ? stats_of(*member.callback)
                                                  : member.queued->stats());
  }
  return stats;
}

}  // namespace v1
}  // namespace tracebus
