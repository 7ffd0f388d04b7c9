// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/dispatcher.h"

#include <linux/membarrier.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "tracebus/core/record_format.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint64_t kMicrosecondNs = 1'000;
constexpr std::uint64_t kMillisecondNs = 1'000'000;
constexpr std::uint64_t kSecondNs = 1'000'000'000;

// How long to stay away from the rings, so that producers keep their cache lines: this much after a
// pass that delivered, doubling from pass to pass that did not, up to the second figure; then park.
constexpr std::uint64_t kStayAwayNs = 10 * kMicrosecondNs;
constexpr std::uint64_t kStayAwayMaxNs = 200 * kMicrosecondNs;
constexpr std::uint64_t kParkAfterNs = 2 * kMillisecondNs;
// A wake can be missed (see EmitGate): parks are this long at most, until a second of silence and a
// membarrier make missing one impossible.
constexpr auto kParkMax = std::chrono::milliseconds(10);
constexpr std::uint64_t kSilenceNs = kSecondNs;
constexpr std::uint64_t kTurnNs = 100 * kMicrosecondNs;  // the shortest that the kernel grants

long membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0, 0); }

// Asks the scheduler for short turns, and so to get them soon after a wake-up even where every core
// is busy (Linux 6.12; older kernels ignore it). As struct sched_attr of sched_setattr(2).
void ask_for_short_turns() noexcept {
  struct {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime_ns, deadline_ns, period_ns;
  } attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  constexpr std::uint32_t kNormal = 0;  // SCHED_OTHER
  if (attributes.policy != kNormal) return;
  attributes.size = sizeof attributes;
  attributes.runtime_ns = kTurnNs;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void sleep_ns(std::uint64_t ns) noexcept {
  const timespec time = {0, static_cast<long>(ns)};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

const RecordHeader& header_of(const char* record) noexcept {
  return *reinterpret_cast<const RecordHeader*>(record);
}

constexpr auto kLaterStamp = [](const auto& a, const auto& b) noexcept {
  return a.stamp > b.stamp;
};

}  // namespace

Dispatcher::Dispatcher(std::shared_ptr<EmitGate> gate, RingRegistry& rings,
                       std::shared_ptr<BlockPool> pool, std::uint64_t instance)
    : gate_(std::move(gate)), rings_(rings), pool_(std::move(pool)),
      instance_(instance), plain_{instance, &clock_, false}, with_content_{instance, &clock_,
                                                                           true} {}

void Dispatcher::run() {
  prctl(PR_SET_TIMERSLACK, 1);  // else every sleep lasts 50 microseconds longer
  ask_for_short_turns();
  membarrier_ = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
  while (!stop_.load()) {
    const bool idle = pass() == 0;
    look_after_rings();
    stay_away(idle);
  }
  while (pass() != 0) {
  }
  ended_.store(true);
  progress_.notify();
}

void Dispatcher::stop() noexcept {
  stop_.store(true);
  wake();
}

std::uint64_t Dispatcher::ask_flush() noexcept {
  const std::uint64_t epoch = flush_asked_.fetch_add(1) + 1;
  wake();
  return epoch;
}

std::uint64_t Dispatcher::pass() {
  pass_mark_.fetch_add(1);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with CallbackEntry::end
  const std::uint64_t flush_epoch = flush_asked_.load();
  const std::uint64_t bound = Clock::ordered_ticks();
  collect(bound);
  if (std::unique_ptr<const Routes> routes = mailbox_.take()) adopt(std::move(routes));
  for (auto& [key, lane] : lanes_) lane->begin_pass();
  if (callback_lane_) callback_lane_->begin_pass();
  const std::uint64_t delivered = deliver_in_order(bound);
  dispatched_.add(delivered);
  passes_.add(1);
  finish(bound, flush_epoch);
  pass_mark_.fetch_add(1);
  progress_.notify();
  return delivered;
}

void Dispatcher::collect(std::uint64_t bound) {
  heap_.clear();
  const std::uint32_t rings = rings_.size();
  for (std::uint32_t i = 0; i < rings; ++i) {
    Ring& ring = rings_.at(i).ring();
    const std::uint64_t end = ring.poll_end();
    const std::uint64_t head = ring.head();
    if (end == head) continue;
    Cursor cursor{0, head, end, &ring, head};
    if (load_stamp(cursor, bound)) heap_.push_back(cursor);
  }
  std::make_heap(heap_.begin(), heap_.end(), kLaterStamp);
}

// Steps over padding to the next record and reads its stamp. False if there is none for this pass.
bool Dispatcher::load_stamp(Cursor& cursor, std::uint64_t bound) const noexcept {
  if (cursor.position == cursor.end) return false;
  cursor.position = cursor.ring->skip_padding(cursor.position);
  const auto* const record = reinterpret_cast<const char*>(cursor.ring->at(cursor.position));
  cursor.stamp = header_of(record).ticks;
  return cursor.stamp <= bound;
}

std::uint64_t Dispatcher::deliver_in_order(std::uint64_t bound) {
  std::uint64_t delivered = 0;
  while (!heap_.empty()) {
    Cursor& first = heap_.front();
    // Up to the smallest stamp of the others, events of this ring come one after another.
    std::uint64_t stamp_max = bound;
    for (std::size_t i = 1; i < std::min<std::size_t>(heap_.size(), 3); ++i) {
      stamp_max = std::min(stamp_max, heap_[i].stamp);
    }
    delivered += deliver_until(first, stamp_max);
    if (first.position == first.end || first.stamp > bound) {
      first.ring->release(first.position);
      std::pop_heap(heap_.begin(), heap_.end(), kLaterStamp);
      heap_.pop_back();
    } else {
      std::pop_heap(heap_.begin(), heap_.end(), kLaterStamp);
      std::push_heap(heap_.begin(), heap_.end(), kLaterStamp);
    }
  }
  return delivered;
}

std::uint64_t Dispatcher::deliver_until(Cursor& cursor, std::uint64_t stamp_max) {
  const std::uint64_t release_every = cursor.ring->capacity() / 8;
  std::uint64_t delivered = 0;
  do {
    const auto* const record = reinterpret_cast<const char*>(cursor.ring->at(cursor.position));
    deliver(record);
    ++delivered;
    cursor.position += header_of(record).size;
    if (cursor.position - cursor.released >= release_every) {
      cursor.ring->release(cursor.position);
      cursor.released = cursor.position;
    }
  } while (load_stamp(cursor, stamp_max));
  return delivered;
}

void Dispatcher::deliver(const char* record) {
  const RecordHeader& header = header_of(record);
  const Route& route = table_.of(header.type);
  for (const DirectStop& stop : route.direct) {
    if (header.ticks < stop.since_ticks || !stop.entry->active()) continue;
    const EventView event(record, *stop.context);
    if (stop.residual == nullptr || stop.residual->matches(event)) stop.entry->deliver(event);
  }
  if (route.lanes.empty()) return;
  const std::int64_t unix_ns = clock_.to_unix_ns(header.ticks);
  for (const LaneStop& stop : route.lanes) {
    if (stop.residual != nullptr && !stop.residual->matches({record, *stop.context})) continue;
    const auto wants = [&](const CallbackEntry* entry) {
      return header.ticks >= entry->since_ticks() &&
             entry->filter().matches({record, entry->options().content ? with_content_ : plain_});
    };
    if (!stop.any_of.empty() && std::ranges::none_of(stop.any_of, wants)) continue;
    stop.lane->append(record, header, unix_ns);
  }
}

void Dispatcher::lose_rest() {
  for (auto& [subscription, seat] : seats_) seat->lose_rest();
}

void Dispatcher::finish(std::uint64_t bound, std::uint64_t flush_epoch) {
  const auto each_lane = [this](auto&& visit) {
    for (auto& [key, lane] : lanes_) visit(*lane);
    if (callback_lane_) visit(*callback_lane_);
  };
  each_lane([&](Lane& lane) { lane.publish(bound); });
  std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with Worker::wait
  each_lane([](Lane& lane) { lane.wake_workers(); });
  if (flush_epoch != flushed_.load(std::memory_order_relaxed)) {  // own store
    each_lane([&](Lane& lane) { lane.ask_flush(flush_epoch); });
    flushed_.store(flush_epoch, std::memory_order_release);  // pairs with flushed
  }
  std::erase_if(leavers_, [](const std::unique_ptr<Seat>& seat) { return seat->done(); });
}

Lane& Dispatcher::lane_of(const std::shared_ptr<QueuedSubscription>& subscription) {
  // A content grant decides what filters see, so it is part of what makes lanes alike.
  const std::string key = (subscription->options.content ? "+" : "-") + subscription->filter.key();
  std::unique_ptr<Lane>& lane = lanes_[{key, subscription->block_bytes}];
  if (lane == nullptr) lane = std::make_unique<Lane>(*pool_, subscription->block_bytes);
  return *lane;
}

void Dispatcher::adopt(std::unique_ptr<const Routes> routes) {
  // Those who left.
  for (auto seat = seats_.begin(); seat != seats_.end();) {
    const auto same = [&](const auto& subscription) { return subscription.get() == seat->first; };
    if (std::ranges::any_of(routes->queued, same) || routes->callback_queue.get() == seat->first) {
      ++seat;
      continue;
    }
    for (auto& [key, lane] : lanes_) lane->remove(*seat->second);
    seat->second->leave();
    leavers_.push_back(std::move(seat->second));
    seat = seats_.erase(seat);
  }
  std::erase_if(lanes_, [](const auto& lane) { return lane.second->empty(); });
  for (const std::shared_ptr<QueuedSubscription>& subscription : routes->leaving) {
    subscription->discard();
  }

  // Those who came.
  for (const std::shared_ptr<QueuedSubscription>& subscription : routes->queued) {
    if (seats_.contains(subscription.get())) continue;
    auto& seat = seats_[subscription.get()] = std::make_unique<Seat>(subscription, *pool_);
    lane_of(subscription).add(*seat);
  }
  if (routes->callback_queue && !callback_lane_) {
    auto& seat = seats_[routes->callback_queue.get()] =
        std::make_unique<Seat>(routes->callback_queue, *pool_);
    callback_lane_ = std::make_unique<Lane>(*pool_, routes->callback_queue->block_bytes);
    callback_lane_->add(*seat);
  }
  if (routes->callbacks && (!routes_ || routes_->callbacks != routes->callbacks)) {
    for (const std::shared_ptr<CallbackEntry>& entry : *routes->callbacks) {
      // Times of queued events only grow from here on, but for a new clock epoch.
      if (!entry->has_since()) entry->set_since_unix_ns(clock_.to_unix_ns(entry->since_ticks()));
    }
    callback_lane_->renew(routes->callbacks);
  }

  RouteTable table(event_type_count());
  for (const std::shared_ptr<CallbackEntry>& entry : routes->direct) {
    const CompiledFilter& filter = entry->filter();
    table.add(filter, DirectStop{entry.get(), filter.decided_by_type() ? nullptr : &filter,
                                 entry->since_ticks(),
                                 entry->options().content ? &with_content_ : &plain_});
  }
  for (const std::shared_ptr<QueuedSubscription>& subscription : routes->queued) {
    Lane& lane = lane_of(subscription);
    const CompiledFilter& filter = subscription->filter;
    table.add(filter, LaneStop{&lane,
                               filter.decided_by_type() ? nullptr : &filter,
                               subscription->options.content ? &with_content_ : &plain_,
                               {}});
  }
  if (routes->callbacks) table.add(*routes->callbacks, *callback_lane_);
  table_ = std::move(table);
  adopted_version_.store(routes->version, std::memory_order_release);  // pairs with adopted_version
  routes_ = std::move(routes);
}

// Chores that concern rings, once a millisecond or less.
void Dispatcher::look_after_rings() {
  const std::uint64_t now = Clock::monotonic_ns();
  if (now - looked_after_ns_ < kMillisecondNs) return;
  looked_after_ns_ = now;
  if (clock_.follow() && routes_ && routes_->callbacks) {
    // The wall clock was set: events from now on are stamped on the new time.
    for (const std::shared_ptr<CallbackEntry>& entry : *routes_->callbacks) {
      entry->lower_since_unix_ns(clock_.to_unix_ns(entry->since_ticks()));
    }
  }
  const std::uint32_t rings = rings_.size();
  for (std::uint32_t i = 0; i < rings; ++i) {
    const Ring& ring = rings_.at(i).ring();
    if (ring.retired() && ring.poll_end() == ring.head()) rings_.try_recycle(i);
  }
  const auto now_ns = static_cast<std::int64_t>(now);
  for (auto& [subscription, seat] : seats_) seat->subscription().abandon_if_overdue(now_ns);
}

void Dispatcher::stay_away(bool idle) {
  if (!idle) {
    idle_passes_ = 0;
    idle_since_ns_ = 0;
    return sleep_ns(kStayAwayNs);
  }
  const std::uint64_t now = Clock::monotonic_ns();
  if (idle_passes_++ == 0) idle_since_ns_ = now;
  if (now - idle_since_ns_ >= kParkAfterNs) return park();
  sleep_ns(std::min(kStayAwayNs << std::min<std::uint64_t>(idle_passes_, 8), kStayAwayMaxNs));
}

void Dispatcher::park() {
  const std::uint32_t key = gate_->wakes().prepare();
  gate_->set_parked(true);
  bool forever = false;
  if (membarrier_ && Clock::monotonic_ns() - idle_since_ns_ >= kSilenceNs && leavers_.empty() &&
      !workers_are_busy()) {
    // After the barrier every producer either has published, which work_waits sees, or will see
    // that the dispatcher is parked.
    forever = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
  }
  if (!work_waits()) {
    parks_.add(1);
    const auto deadline =
        forever ? EventCount::Clock::time_point::max() : EventCount::Clock::now() + kParkMax;
    gate_->wakes().wait(key, deadline);
  }
  gate_->set_parked(false);
}

// Whether some exporter's deadline wants watching, now or soon.
bool Dispatcher::workers_are_busy() const noexcept {
  return std::ranges::any_of(seats_, [](const auto& seat) {
    const QueuedSubscription& subscription = seat.second->subscription();
    const SubscriptionQueue& queue = subscription.queue;
    return subscription.fate.exporting() || queue.worker_reads() ||
           queue.front() != queue.admitted();
  });
}

bool Dispatcher::work_waits() noexcept {
  if (stop_.load() || !mailbox_.empty() || flush_asked_.load() != flushed_.load()) return true;
  const std::uint32_t rings = rings_.size();
  for (std::uint32_t i = 0; i < rings; ++i) {
    const Ring& ring = rings_.at(i).ring();
    if (ring.poll_end() != ring.head() || ring.retired()) return true;
  }
  return false;
}

}  // namespace v1
}  // namespace tracebus
