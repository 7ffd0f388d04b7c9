// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/bus_core.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/cpu_quota.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kEndedRemembered = 256;
// With fewer processors than two, or than dispatchers, passes are rarer: they take time from the
// agents.
constexpr std::uint64_t kStayAwayRationedNs = 200'000;
// A callback has no deadline of its own.
constexpr std::int64_t kNoExportTimeoutMs = 86'400'000;

void add_counts_of(const Shard& shard, BusStats& stats) {
  const auto reject = [&](DropReason reason, std::uint64_t count) {
    stats.rejected[static_cast<std::size_t>(reason)] += count;
  };
  const auto raise = [](std::uint64_t& highest, std::uint64_t number) {
    highest = std::max(highest, number);
  };
  // What was dispatched first: it never exceeds what is accepted by the time that is read.
  const Dispatcher& dispatcher = shard.dispatcher;
  const bool ended = dispatcher.ended();
  const std::uint64_t dispatched = dispatcher.dispatched();
  const RingRegistry::Totals totals = shard.rings.totals();
  const ProducerCounts& counts = totals.counts;
  const DropCounts nested = shard.gate.emergency_drops();
  for (std::size_t i = 0; i < nested.size(); ++i) stats.rejected[i] += nested[i];
  reject(DropReason::kFull, counts.full);
  reject(DropReason::kTooBig, counts.too_big);
  reject(DropReason::kClosed, counts.closed);
  reject(DropReason::kVerbose, counts.verbose);
  reject(DropReason::kBlockTimeout, counts.block_timeout);
  reject(DropReason::kSampledOut, counts.sampled_out);
  const std::uint64_t refused = counts.full + counts.too_big + counts.closed + counts.verbose +
                                counts.block_timeout + counts.sampled_out;
  const std::uint64_t accepted = counts.emitted - refused + shard.gate.emergency().claimed();
  const std::uint64_t waiting = accepted - dispatched;
  if (ended) reject(DropReason::kLostAtExit, waiting);
  stats.emitted += accepted + refused + total(nested);
  stats.accepted += ended ? dispatched : accepted;
  stats.dispatched += dispatched;
  stats.waiting += ended ? 0 : waiting;
  stats.producers += totals.producers;
  stats.rings += totals.rings;
  stats.ring_growths += counts.growths;
  stats.truncated += counts.truncated;
  raise(stats.ring_high_water_bytes, dispatcher.ring_high_water());
  stats.ring_bytes += shard.ring_bytes_in_use();
  stats.large_bytes += shard.gate.large().used_bytes();
  stats.passes += dispatcher.passes();
  raise(stats.pass_ns_max, dispatcher.pass_ns_max());
  raise(stats.lag_ns, dispatcher.lag_ns());
  stats.parks += dispatcher.parks();
  stats.block_bytes += shard.pool->allocated_bytes();
  stats.resting_block_bytes += shard.pool->resting_bytes();
}

std::uint64_t random_instance() noexcept {
  std::uint64_t instance = 0;
  fill_random(&instance, sizeof instance);
  return instance;
}

}  // namespace

BusCore::BusCore(const BusOptions& options)
    : options_(options), instance_(options.instance != 0 ? options.instance : random_instance()),
      shards_(options_, instance_, reports_), reporter_(options.log) {
  for (const std::string& type : options_.verbose_types) {
    shards_.set_wants(EventType::registered(type).number(), Wants::kVerbose, true);
  }
}

absl::Status BusCore::start() {
  absl::Status started;
  try {
    watch_forks();
    started = start_threads();
  } catch (...) {
    abandon();  // threads that started own a share of it
    throw;
  }
  if (!started.ok()) abandon();
  return started;
}

absl::Status BusCore::start_threads() {
  if (manual()) return absl::OkStatus();
  for (Shard& shard : shards_) {
    absl::Status started = start_dispatcher(shard);
    if (started.ok()) continue;
    for (Shard& other : shards_) {
      if (!other.thread.joinable()) other.dispatcher.end();  // nobody waits for its passes
    }
    return started;
  }
  reporter_ended_.store(false);
  absl::StatusOr<std::thread> thread = start_bus_thread(
      {"tb-reporter", options_.worker_threads}, [core = shared_from_this()] { core->report(); });
  if (!thread.ok()) {
    reporter_ended_.store(true);
    return thread.status();
  }
  reporter_thread_ = *std::move(thread);
  return absl::OkStatus();
}

absl::Status BusCore::start_dispatcher(Shard& shard) {
  const double needed = std::max(2.0, static_cast<double>(shards_.size()));
  const std::uint64_t stay_away_ns = usable_cpus() < needed ? kStayAwayRationedNs : 0;
  absl::StatusOr<std::thread> thread =
      start_bus_thread({"tb-dispatcher", options_.dispatcher_thread},
                       [core = shared_from_this(), &dispatcher = shard.dispatcher, stay_away_ns] {
                         dispatcher.run(stay_away_ns);
                       });
  if (!thread.ok()) return thread.status();
  shard.thread = *std::move(thread);
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
  const Arrival arrival{random_subscription_id(), Clock::ordered_ticks()};
  const std::lock_guard lock(mutex_);
  if (absl::Status open = check_open(); !open.ok()) return open;
  return add_callback_as(arrival, filter, std::move(callback), options);
}

absl::StatusOr<SubscriptionId> BusCore::add_callback_as(const Arrival& arrival,
                                                        const Filter& filter,
                                                        EventCallback callback,
                                                        const CallbackOptions& options) {
  if (options.run_on == RunOn::kOwnWorker) {
    ExporterOptions queue;
    queue.filter = filter;
    queue.content = options.content;
    queue.predicate = options.predicate;
    queue.overflow = options.overflow;
    queue.queue_bytes_max = options.queue_bytes_max;
    queue.block_timeout_ms = options.block_timeout_ms;
    queue.on_overflow = options.on_overflow;
    queue.batch.delay_ms_max = 0;
    queue.export_timeout_ms = kNoExportTimeoutMs;
    queue.name = options.name;
    Member member;
    member.own_worker_callback = callback;
    return add_queued(arrival, std::make_unique<OneCallbackSink>(std::move(callback)), queue,
                      std::move(member));
  }
  if (options.run_on == RunOn::kDispatcher && shards_.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "CallbackOptions.run_on is dispatcher, and with BusOptions.dispatchers ", shards_.size(),
        " the callback would run on several threads at once: use shared_worker or own_worker"));
  }
  if (options.run_on == RunOn::kSharedWorker) {
    if (absl::Status ready = ensure_callback_queue(); !ready.ok()) return ready;
  }
  Member member;
  member.callback = std::make_shared<CallbackEntry>(arrival.id, filter, std::move(callback),
                                                    options, arrival.since_ticks);
  enlist(std::move(member));
  return arrival.id;
}

absl::StatusOr<SubscriptionId> BusCore::add_exporter(std::unique_ptr<Exporter> exporter,
                                                     const ExporterOptions& options) {
  if (absl::Status valid = validate(options); !valid.ok()) return valid;
  if (exporter == nullptr) return absl::InvalidArgumentError("add_exporter: the exporter is null");
  const std::lock_guard lock(mutex_);
  if (absl::Status open = check_open(); !open.ok()) return open;
  return add_queued({random_subscription_id(), Clock::ordered_ticks()},
                    std::make_unique<ExporterSink>(std::move(exporter)), options, {});
}

absl::StatusOr<SubscriptionId> BusCore::add_exporter(ExporterMaker maker,
                                                     const ExporterOptions& options) {
  if (absl::Status valid = validate(options); !valid.ok()) return valid;
  if (!maker) return absl::InvalidArgumentError("add_exporter: the maker is empty");
  std::unique_ptr<Exporter> exporter = maker();
  if (exporter == nullptr) return absl::InvalidArgumentError("add_exporter: the maker made none");
  const std::lock_guard lock(mutex_);
  if (absl::Status open = check_open(); !open.ok()) return open;
  Member member;
  member.maker = std::move(maker);
  return add_queued({random_subscription_id(), Clock::ordered_ticks()},
                    std::make_unique<ExporterSink>(std::move(exporter)), options,
                    std::move(member));
}

absl::Status BusCore::check_for_polling(const Sink& sink, const ExporterOptions& options) const {
  if (!manual()) return absl::OkStatus();
  if (options.overflow == Overflow::kBlock) {
    return absl::InvalidArgumentError(
        "Overflow::kBlock needs threads: with Threading::kManual the one who emits would wait for "
        "itself");
  }
  if (sink.non_blocking()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("exporter ", std::string(sink.name()),
                   " may block, and with Threading::kManual that would stop the host: use "
                   "Threading::kThreads, or an exporter whose non_blocking() is true"));
}

absl::StatusOr<SubscriptionId> BusCore::add_queued(const Arrival& arrival,
                                                   std::unique_ptr<Sink> sink,
                                                   const ExporterOptions& options, Member member) {
  if (absl::Status fit = check_for_polling(*sink, options); !fit.ok()) return fit;
  if (options.queue_bytes_max / shards_.size() < kQueueBytesMin) {
    return absl::InvalidArgumentError(absl::StrCat(
        "queue_bytes_max is ", options.queue_bytes_max, ", and must be at least ",
        kQueueBytesMin * shards_.size(), " where BusOptions.dispatchers is ", shards_.size()));
  }
  // What the rings hold when the gate closes, twice: records may fill half a block only.
  const std::uint64_t held =
      (options_.ring_budget_bytes + options_.large_bytes_max) / shards_.size();
  const std::uint64_t reserve = std::min<std::uint64_t>(2 * held, kQueueBytesMax);
  member.queued = std::make_shared<QueuedSubscription>(
      arrival.id, options, std::move(sink),
      QueuedSubscription::Home{shards_.pools(), instance_, reserve}, arrival.since_ticks);
  make_place_for_member();  // from here on, a thread would have to be told
  if (absl::Status started = start_worker(member); !started.ok()) return started;
  const bool blocks = options.overflow == Overflow::kBlock;
  enlist(std::move(member));
  if (blocks) set_block_timeouts(members_.back().filter());
  return arrival.id;
}

absl::Status BusCore::ensure_callback_queue() {
  if (callback_queue_.queued) return absl::OkStatus();
  ExporterOptions options;
  options.overflow = options_.callback_overflow;
  options.queue_bytes_max = options_.callback_queue_bytes_max;
  options.batch.delay_ms_max = 0;
  options.content = true;  // for those callbacks that were granted it
  Member queue;
  queue.queued = std::make_shared<QueuedSubscription>(
      SubscriptionId{}, options, std::make_unique<CallbackSink>(instance_),
      QueuedSubscription::Home{shards_.pools(), instance_, 0}, 0);
  if (absl::Status started = start_worker(queue); !started.ok()) return started;
  callback_queue_ = std::move(queue);
  return absl::OkStatus();
}

absl::Status BusCore::start_worker(Member& member) {
  if (manual()) {
    member.polled = std::make_unique<Worker>(*member.queued);
    return absl::OkStatus();
  }
  absl::StatusOr<std::thread> thread = Worker::start(member.queued, options_.worker_threads);
  if (!thread.ok()) return thread.status();
  member.worker = *std::move(thread);
  return absl::OkStatus();
}

void BusCore::make_place_for_member() {
  if (members_.size() == members_.capacity()) members_.reserve(2 * members_.size() + 4);
}

void BusCore::enlist(Member member) {
  make_place_for_member();
  members_.push_back(std::move(member));
  // First the dispatcher can know it, then producers may emit for it.
  try {
    const Member& last = members_.back();
    if (last.queued) queues_.push_back(last.queued);
    if (last.callback) list_of(*last.callback).add(last.callback);
    post_routes();
  } catch (...) {
    Member& refused = members_.back();
    if (refused.queued) std::erase(queues_, refused.queued);
    if (refused.callback) list_of(*refused.callback).undo_add(refused.callback);
    for (std::uint32_t i = 0; refused.queued && i < shards_.size(); ++i) refused.queued->leave(i);
    finish_bus_thread(refused.worker, false);
    members_.pop_back();
    throw;
  }
  count_wants(members_.back(), +1);
}

void BusCore::count_wants(const Member& member, int change) {
  content_granted_to_ += static_cast<std::uint32_t>(member.content() ? change : 0);
  shards_.set_content(content_granted_to_ != 0);
  for (std::uint32_t type = 0; type < kEventTypesMax; ++type) {
    const auto number = static_cast<std::uint16_t>(type);
    if (!member.filter().may_match_type(number)) continue;
    const bool was_wanted = wanted_by_[type] != 0;
    wanted_by_[type] += static_cast<std::uint32_t>(change);
    const bool is_wanted = wanted_by_[type] != 0;
    if (is_wanted != was_wanted) shards_.set_wants(number, Wants::kWanted, is_wanted);
  }
}

// Of the types that filter may match: the longest wait that any subscription asks for.
void BusCore::set_block_timeouts(const CompiledFilter& filter) {
  for (std::uint32_t i = 0; i < kEventTypesMax; ++i) {
    const auto type = static_cast<std::uint16_t>(i);
    if (!filter.may_match_type(type)) continue;
    std::int64_t longest = 0;
    for (const Member& member : members_) {
      if (!member.queued || member.queued->options.overflow != Overflow::kBlock) continue;
      if (!member.filter().may_match_type(type)) continue;
      longest = std::max(longest, member.queued->options.block_timeout_ms);
    }
    shards_.set_block_timeout_ms(type, static_cast<std::uint32_t>(longest));
  }
}

void BusCore::post_routes() {
  // All of them first: a shard must not know what another one never will.
  std::vector<std::unique_ptr<Routes>> routes;
  for (std::uint32_t i = 0; i < shards_.size(); ++i) routes.push_back(routes_for(i));
  for (std::uint32_t i = 0; i < shards_.size(); ++i) {
    shards_[i].dispatcher.mailbox().post(std::move(routes[i]));
  }
  callback_queue_posted_ = callback_queue_.queued != nullptr;
}

std::unique_ptr<Routes> BusCore::routes_for(std::uint32_t shard) const {
  auto routes = std::make_unique<Routes>();
  for (const Member& parting : parting_) routes->leaving.push_back(parting.queued);
  routes->queued = queues_;
  routes->direct = direct_.snapshot();
  if (callback_queue_.queued) {
    routes->callback_queue = callback_queue_.queued;
    routes->callbacks = std::make_shared<CallbackTable>(shared_.snapshot(), shard);
  }
  return routes;
}

void BusCore::remember(Ended ended) {
  if (ended_.size() == kEndedRemembered) ended_.pop_front();
  ended_.push_back(std::move(ended));
}

std::vector<std::shared_ptr<QueuedSubscription>> BusCore::queued() const {
  std::vector<std::shared_ptr<QueuedSubscription>> queued = queues_;
  // Before that the dispatcher knows nothing of it, and would not flush it.
  if (callback_queue_posted_) queued.push_back(callback_queue_.queued);
  return queued;
}

void BusCore::read_bus_counts(BusStats& stats) const {
  stats.instance = instance_;
  for (const Shard& shard : shards_) add_counts_of(shard, stats);
}

BusStats BusCore::stats() const {
  BusStats stats;
  const std::lock_guard lock(mutex_);
  read_bus_counts(stats);
  for (const Ended& ended : ended_) stats.subscriptions.push_back(ended.stats());
  for (const Member& member : parting_) stats.subscriptions.push_back(member.queued->stats());
  for (const Member& member : members_) {
    stats.subscriptions.push_back(member.callback ? member.callback->stats()
                                                  : member.queued->stats());
  }
  return stats;
}

}  // namespace v1
}  // namespace tracebus
