// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/dispatcher.h"

#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "tracebus/bus/bus_thread.h"
#include "tracebus/bus/membarrier.h"
#include "tracebus/core/record_format.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint64_t kMicrosecondNs = 1'000;
constexpr std::uint64_t kMillisecondNs = 1'000'000;
constexpr std::uint64_t kSecondNs = 1'000'000'000;

// All that the emergency ring can hold, twice.
constexpr std::size_t kRescuedBytes = std::size_t{512} << 10;

// How long to stay away from the rings, so that producers keep their cache lines: this much after a
// pass that delivered, doubling from pass to pass that did not, up to the second figure; then park.
constexpr std::uint64_t kStayAwayNs = 10 * kMicrosecondNs;
constexpr std::uint64_t kStayAwayMaxNs = 200 * kMicrosecondNs;
constexpr std::uint64_t kParkAfterNs = 2 * kMillisecondNs;
// A wake can be missed (see EmitGate): parks are this long at most, until a second of silence and a
// membarrier make missing one impossible.
constexpr auto kParkMax = std::chrono::milliseconds(10);
constexpr std::uint64_t kSilenceNs = kSecondNs;
// Of which the first lines are asked for while this one is delivered.
constexpr std::uint64_t kRecordsAhead = 8;

void sleep_ns(std::uint64_t ns) noexcept {
  const timespec time = {0, static_cast<long>(ns)};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

const RecordHeader& header_of(const char* record) noexcept {
  return *reinterpret_cast<const RecordHeader*>(record);
}

// One that is being ended is skipped, and one that is younger than the event.
inline void call(const DirectStop& stop, const char* record) {
  if (header_of(record).ticks < stop.since_ticks || !stop.entry->active()) return;
  const EventView event(record, *stop.context);
  if (stop.residual == nullptr || stop.residual->matches(event)) stop.entry->deliver(event);
}

}  // namespace

Dispatcher::Dispatcher(EmitGate& gate, RingRegistry& rings, std::shared_ptr<BlockPool> pool,
                       Place place, const Common& common)
    : gate_(gate), rings_(rings), pool_(std::move(pool)), place_(place), reports_(common.reports),
      clock_(common.clock), plain_{place.instance, &clock_, false}, with_content_{place.instance,
                                                                                  &clock_, true},
      rescued_words_(std::make_unique<RingWord[]>(kRescuedBytes / sizeof(RingWord))),
      rescued_(rescued_words_.get(), kRescuedBytes, kRescuedBytes), blockers_(kEventTypesMax) {
  gate_.add_share();
}

void Dispatcher::run(std::uint64_t stay_away_ns) {
  stay_away_ns_ = std::max(stay_away_ns, kStayAwayNs);
  prctl(PR_SET_TIMERSLACK, 1);  // else every sleep lasts 50 microseconds longer
  ask_for_short_turns();
  membarrier_ = enable_barriers();
  while (!stop_.load()) {
    look_around();
    stay_away(pass() == 0);
  }
  while (pass() != 0) {
  }
  end();
}

void Dispatcher::end() noexcept {
  ended_.store(true);
  progress_.notify();
  reports_.notify();
}

void Dispatcher::stop() noexcept {
  stop_.store(true);
  wake();
}

std::uint64_t Dispatcher::ask_flush() noexcept {
  const std::uint64_t epoch = flushes_.ask();
  wake();
  return epoch;
}

std::uint64_t Dispatcher::pass(std::uint64_t events_max) {
  const std::uint64_t began_ticks = Clock::ticks();
  pass_mark_.fetch_add(1);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with CallbackEntry::end
  const std::uint64_t flush_epoch = flushes_.asked();
  if (flush_epoch != flush_seen_) {
    flush_seen_ = flush_epoch;
    flush_rescues_ = gate_.emergency().claimed();
  }
  const std::uint64_t bound = Clock::ordered_ticks();
  rescue();
  collect(bound);
  if (std::unique_ptr<const Routes> routes = mailbox_.take()) adopt(std::move(routes));
  for (auto& [key, lane] : lanes_) lane->begin_pass();
  if (callback_lane_) callback_lane_->begin_pass();
  const std::uint64_t delivered = deliver_in_order(bound, events_max);
  dispatched_.add(delivered);
  passes_.add(1);
  // A pass that was cut short has not delivered all that is stamped up to the bound.
  finish(heap_.empty() ? bound : heap_.first_stamp() - 1, flush_epoch);
  pass_mark_.fetch_add(1);
  progress_.notify();
  const std::uint64_t pass_ns = clock_.ticks_to_ns(Clock::ticks() - began_ticks);
  if (pass_ns > pass_ns_max_.get()) pass_ns_max_.set(pass_ns);
  return delivered;
}

// Takes what lies in the emergency ring over into one that can be merged with the others.
void Dispatcher::rescue() {
  EmergencyRing& emergency = gate_.emergency();
  while (const EmergencyCell* const cell = emergency.peek()) {
    const std::size_t size = header_of(cell->record).size;
    RingWord* const place = rescued_.claim(size);
    if (place == nullptr) return;  // until events that are stamped later have gone
    std::memcpy(place, cell->record, size);
    rescued_.publish(size);
    emergency.pop();
    ++popped_;
  }
}

std::uint64_t Dispatcher::rescued_through() noexcept {
  const std::uint64_t head = rescued_.head();
  if (head == rescued_.poll_end()) return popped_;
  const auto* const next = reinterpret_cast<const char*>(rescued_.at(rescued_.skip(head)));
  return header_of(next).sequence - 1;
}

void Dispatcher::collect(std::uint64_t bound) {
  cursors_.clear();
  heap_.clear();
  const std::uint32_t rings = rings_.size();
  for (std::uint32_t i = 0; i < rings; ++i) {
    if (ProducerRing* const ring = rings_.at(i)) add_cursor(ring->ring(), bound);
  }
  add_cursor(rescued_, bound);
  heap_.arrange();
  if (heap_.empty()) return;
  lag_ns_.set(clock_.ticks_to_ns(bound - std::min(bound, heap_.first_stamp())));
}

// Steps over padding to the next record and reads its stamp. False if there is none for this pass.
inline bool Dispatcher::load_stamp(Cursor& cursor, std::uint64_t bound) noexcept {
  if (cursor.position == cursor.end) return false;
  cursor.position = cursor.ring->skip(cursor.position);
  const auto* const record = reinterpret_cast<const char*>(cursor.ring->at(cursor.position));
  cursor.stamp = header_of(record).ticks;
  return cursor.stamp <= bound;
}

void Dispatcher::add_cursor(Ring& ring, std::uint64_t bound) {
  const std::uint64_t end = ring.poll_end();
  const std::uint64_t head = ring.head();
  if (end == head) return;
  if (end - head > ring_high_water_.get()) ring_high_water_.set(end - head);
  Cursor cursor{0, head, end, &ring, head};
  if (load_stamp(cursor, bound)) {
    heap_.add(cursor.stamp, cursors_.size());
    cursors_.push_back(cursor);
  } else {
    // A link that was followed is behind us: the next pass must not meet it again.
    ring.release(cursor.position);
  }
}

std::uint64_t Dispatcher::deliver_in_order(std::uint64_t bound, std::uint64_t events_max) {
  std::uint64_t delivered = 0;
  while (!heap_.empty() && delivered < events_max) {
    Cursor& first = cursors_[heap_.first()];
    // Up to the smallest stamp of the others, events of this ring come one after another.
    delivered += deliver_until(first, heap_.second_stamp(bound), events_max - delivered);
    if (first.position == first.end || first.stamp > bound) {
      first.ring->release(first.position);
      heap_.remove_first();
    } else {
      heap_.advance_first(first.stamp);
    }
  }
  heap_.for_each([&](std::size_t left) { cursors_[left].ring->release(cursors_[left].position); });
  return delivered;
}

inline void Dispatcher::deliver(const char* record) {
  const RecordHeader& header = header_of(record);
  const bool gave_up = (header.flags & kGaveUpWaiting) != 0;
  if (gave_up) [[unlikely]] {
    // The mark is for the dispatcher alone, and the bytes are its own until they are released.
    const_cast<RecordHeader&>(header).flags &= static_cast<std::uint16_t>(~kGaveUpWaiting);
  }
  const Route& route = table_.of(header.type);
  if (table_.has_direct_agents()) [[unlikely]] {
    call_by_agent(record);
  } else {
    for (const DirectStop& stop : route.direct) call(stop, record);
  }
  if (!route.lanes.empty()) append(record, route, gave_up);
}

[[gnu::noinline]] void Dispatcher::call_by_agent(const char* record) {
  table_.for_each_direct({record, plain_}, [&](const DirectStop& stop) { call(stop, record); });
}

// Out of line: callbacks on the spot do without all that this needs.
[[gnu::noinline]] void Dispatcher::append(const char* record, const Route& route, bool gave_up) {
  const RecordHeader& header = header_of(record);
  const Admission admission{route.verbose, gave_up};
  const std::int64_t unix_ns = clock_.to_unix_ns(header.ticks);
  for (const LaneStop& stop : route.lanes) {
    if (stop.residual != nullptr && !stop.residual->matches({record, *stop.context})) continue;
    if (stop.callbacks != nullptr &&
        !stop.callbacks->wants({record, plain_}, {record, with_content_}, header.ticks)) {
      continue;
    }
    stop.lane->append(record, header, unix_ns, admission);
  }
}

[[gnu::noinline]] void Dispatcher::deliver_large(const LargeStub& stub) {
  deliver(stub.record);
  gate_.large().give_back({stub.begin, stub.end});
}

// Where the next record lies is known once this one's size is, so the processor cannot run ahead of
// lines that are still on their way from a producer's core. Most records are as long as the one
// before: a guess that is wrong costs nothing but the lines. A header may lie across two.
inline void Dispatcher::prefetch(const Cursor& cursor, std::uint64_t position) noexcept {
  if (position >= cursor.end) return;
  __builtin_prefetch(cursor.ring->at(position));
  __builtin_prefetch(cursor.ring->at(position + offsetof(RecordHeader, ticks)));
}

std::uint64_t Dispatcher::deliver_until(Cursor& cursor, std::uint64_t stamp_max,
                                        std::uint64_t events_max) {
  const std::uint64_t release_every = cursor.ring->consumer_capacity() / 8;
  std::uint64_t delivered = 0;
  do {
    const auto* const record = reinterpret_cast<const char*>(cursor.ring->at(cursor.position));
    const std::uint32_t size = header_of(record).size;
    prefetch(cursor, cursor.position + kRecordsAhead * size);
    if (header_of(record).type != kLargeRecord) [[likely]] {
      deliver(record);
    } else {
      deliver_large(*reinterpret_cast<const LargeStub*>(record));
    }
    ++delivered;
    cursor.position += size;
    if (cursor.position - cursor.released >= release_every) {
      // Before producers get room they have to know that a subscription has none.
      if (has_blocking_) turn_gates();
      cursor.ring->release(cursor.position);
      cursor.released = cursor.position;
    }
  } while (load_stamp(cursor, stamp_max) && delivered < events_max);
  return delivered;
}

void Dispatcher::lose_rest() {
  for (auto& [subscription, seat] : seats_) seat->lose_rest();
  for (auto& seat : leavers_) seat->lose_rest();
}

void Dispatcher::finish(std::uint64_t bound, std::uint64_t flush_epoch) {
  const auto each_lane = [this](auto&& visit) {
    for (auto& [key, lane] : lanes_) visit(*lane);
    if (callback_lane_) visit(*callback_lane_);
  };
  each_lane([&](Lane& lane) { lane.publish(bound); });
  WakeMark::order_publications();
  each_lane([](Lane& lane) { lane.wake_workers(); });
  // A pass that was cut short has not seen all that the flush is about, nor has one that a producer
  // which stopped in the emergency ring held up.
  if (heap_.empty() && flush_epoch != flushes_.answered() && rescued_through() >= flush_rescues_) {
    each_lane([&](Lane& lane) { lane.ask_flush(flush_epoch); });
    flushes_.answer(flush_epoch);
  }
  std::erase_if(leavers_, [](const std::unique_ptr<Seat>& seat) { return seat->done(); });
  if (has_blocking_) turn_gates();
}

// Closes and opens the gates of subscriptions that block, and tells producers that wait for room.
void Dispatcher::turn_gates() {
  for (auto& [subscription, seat] : seats_) {
    if (!seat->blocks() || !seat->turn_gate()) continue;
    count_blockers(*subscription, seat->gate_closed() ? 1 : -1);
  }
  gate_.room().notify();
}

void Dispatcher::count_blockers(const QueuedSubscription& subscription, int change) {
  gates_closed_ += static_cast<std::uint32_t>(change);
  for (std::uint32_t i = 0; i < kEventTypesMax; ++i) {
    const auto type = static_cast<std::uint16_t>(i);
    if (!subscription.filter.may_match_type(type)) continue;
    blockers_[i] = static_cast<std::uint16_t>(blockers_[i] + change);
    gate_.set_wants(type, Wants::kBlocked, blockers_[i] != 0);
  }
}

bool Dispatcher::sheds(const CompiledFilter& filter) const noexcept {
  const std::uint32_t types = event_type_count();
  for (std::uint32_t i = 0; i < types; ++i) {
    const auto type = static_cast<std::uint16_t>(i);
    if (gate_.wants(EventType(type)).verbose() && filter.may_match_type(type)) return true;
  }
  return false;
}

Lane& Dispatcher::lane_of(const std::shared_ptr<QueuedSubscription>& subscription) {
  // A content grant decides what filters see, so it is part of what makes lanes alike.
  std::string key = (subscription->options.content ? "+" : "-") + subscription->filter.key();
  // What gave up waiting for one subscription is not lost to others.
  const bool blocks = subscription->options.overflow == Overflow::kBlock;
  if (blocks) key += subscription->id.hex();
  std::unique_ptr<Lane>& lane = lanes_[{key, subscription->block_bytes}];
  if (lane == nullptr) {
    const bool may_shed = !blocks && sheds(subscription->filter);
    lane = std::make_unique<Lane>(*pool_, subscription->block_bytes, may_shed);
  }
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
    if (seat->second->gate_closed()) count_blockers(*seat->first, -1);
    seat->second->leave();
    leavers_.push_back(std::move(seat->second));
    seat = seats_.erase(seat);
  }
  std::erase_if(lanes_, [](const auto& lane) { return lane.second->empty(); });
  for (const std::shared_ptr<QueuedSubscription>& subscription : routes->leaving) {
    subscription->leave(place_.shard);
  }

  // Those who came.
  for (const std::shared_ptr<QueuedSubscription>& subscription : routes->queued) {
    if (seats_.contains(subscription.get())) continue;
    auto& seat = seats_[subscription.get()] =
        std::make_unique<Seat>(subscription, place_.shard, *pool_);
    lane_of(subscription).add(*seat);
  }
  if (routes->callback_queue && !callback_lane_) {
    auto& seat = seats_[routes->callback_queue.get()] =
        std::make_unique<Seat>(routes->callback_queue, place_.shard, *pool_);
    callback_lane_ = std::make_unique<Lane>(*pool_, routes->callback_queue->block_bytes, true);
    callback_lane_->add(*seat);
  }
  if (routes->callbacks && (!routes_ || routes_->callbacks != routes->callbacks)) {
    routes->callbacks->index();
    for (const std::shared_ptr<CallbackEntry>& entry : routes->callbacks->entries()) {
      // Times of queued events only grow from here on, but for a new clock epoch.
      if (entry->has_since(place_.shard)) continue;
      entry->set_since_unix_ns(place_.shard, clock_.to_unix_ns(entry->since_ticks()));
    }
    callback_lane_->renew(routes->callbacks);
  }

  has_blocking_ =
      std::ranges::any_of(seats_, [](const auto& seat) { return seat.second->blocks(); });
  std::uint64_t queue_bytes = 0;
  for (const auto& [subscription, seat] : seats_) {
    // And the block that is being filled, which one that left may have to itself.
    queue_bytes +=
        subscription->bytes_max + subscription->reserve_bytes + subscription->block_bytes;
  }
  pool_->set_bytes_max(queue_bytes);

  RouteTable table(event_type_count(), gate_);
  for (const std::shared_ptr<CallbackEntry>& entry : routes->direct) {
    const CompiledFilter& filter = entry->filter();
    table.add(filter,
              DirectStop{entry.get(), filter.decided_by_agent() ? nullptr : &filter,
                         entry->since_ticks(), entry->sees_content() ? &with_content_ : &plain_});
  }
  for (const std::shared_ptr<QueuedSubscription>& subscription : routes->queued) {
    Lane& lane = lane_of(subscription);
    const CompiledFilter& filter = subscription->filter;
    table.add(filter, LaneStop{&lane, filter.decided_by_type() ? nullptr : &filter,
                               subscription->options.content ? &with_content_ : &plain_, nullptr});
  }
  if (routes->callbacks) table.add(*routes->callbacks, *callback_lane_);
  table.close();
  table_ = std::move(table);
  routes_ = std::move(routes);
}

// Once a millisecond or less.
void Dispatcher::look_around() {
  const std::uint64_t now = Clock::monotonic_ns();
  if (now - looked_after_ns_ < kMillisecondNs) return;
  looked_after_ns_ = now;
  if (clock_.follow() && routes_ && routes_->callbacks) {
    // The wall clock was set: events from now on are stamped on the new time.
    for (const std::shared_ptr<CallbackEntry>& entry : routes_->callbacks->entries()) {
      entry->lower_since_unix_ns(place_.shard, clock_.to_unix_ns(entry->since_ticks()));
    }
  }
  std::uint64_t losses = 0;
  const std::uint32_t rings = rings_.size();
  for (std::uint32_t i = 0; i < rings; ++i) {
    ProducerRing* const ring = rings_.at(i);
    if (ring == nullptr) continue;
    losses += ring->refused();
    look_after(*ring);
  }
  rings_.keep_spares();
  const auto now_ns = static_cast<std::int64_t>(now);
  for (auto& [subscription, seat] : seats_) seat->subscription().abandon_if_overdue(now_ns);
  for (auto& [subscription, seat] : seats_) losses += seat->subscription().lost();
  if (losses == losses_seen_) return;
  losses_seen_ = losses;
  reports_.notify();
}

void Dispatcher::look_after(ProducerRing& producer) {
  Ring& ring = producer.ring();
  if (!ring.retired()) return producer.trim();
  // The end is final now.
  if (ring.poll_end() == ring.head()) rings_.try_recycle(producer);
}

void Dispatcher::stay_away(bool idle) {
  if (!idle) {
    idle_passes_ = 0;
    idle_since_ns_ = 0;
    return sleep_ns(stay_away_ns_);
  }
  const std::uint64_t now = Clock::monotonic_ns();
  if (idle_passes_++ == 0) idle_since_ns_ = now;
  if (now - idle_since_ns_ >= kParkAfterNs && gates_closed_ == 0) return park();
  const std::uint64_t longer = stay_away_ns_ << std::min<std::uint64_t>(idle_passes_, 8);
  sleep_ns(std::min(longer, std::max(stay_away_ns_, kStayAwayMaxNs)));
}

void Dispatcher::park() {
  lag_ns_.set(0);  // of something long ago
  // A barrier interrupts every thread of the process, so it has to be worth it.
  const bool silence = membarrier_ && Clock::monotonic_ns() - idle_since_ns_ >= kSilenceNs &&
                       leavers_.empty() && !workers_are_busy();
  const bool slept = gate_.parking().park(
      EventCount::Clock::now() + kParkMax, [&] { return silence && barrier_on_all_threads(); },
      [&] { return work_waits(); });
  if (slept) parks_.add(1);
}

// Whether some exporter's deadline wants watching, now or soon.
bool Dispatcher::workers_are_busy() const noexcept {
  return std::ranges::any_of(seats_, [](const auto& seat) {
    const SubscriptionQueue& queue = seat.second->channel().queue;
    return seat.second->subscription().fate.exporting() || queue.worker_reads() ||
           queue.front() != queue.admitted();
  });
}

bool Dispatcher::work_waits() noexcept {
  if (stop_.load() || !mailbox_.empty() || flushes_.pending()) return true;
  const std::uint32_t rings = rings_.size();
  for (std::uint32_t i = 0; i < rings; ++i) {
    const ProducerRing* const producer = rings_.at(i);
    if (producer == nullptr) return true;
    const Ring& ring = producer->ring();
    if (ring.poll_end() != ring.head() || ring.retired()) return true;
  }
  return gate_.emergency().peek() != nullptr;
}

}  // namespace v1
}  // namespace tracebus
