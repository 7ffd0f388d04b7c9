// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/seat.h"

#include <utility>

namespace tracebus {
inline namespace v1 {

bool Seat::make_room(std::size_t bytes) {
  SubscriptionQueue& queue = channel_.queue;
  reap();
  const std::size_t budget =
      subscription_->bytes_max + (blocks() ? subscription_->reserve_bytes : 0);
  while (charged_bytes_ + bytes > budget || !queue.can_open()) {
    if (subscription_->options.overflow != Overflow::kDropOldest || queue.open_slots() < 2)
      return false;
    evict_oldest(DropReason::kEvicted);
    reap();
  }
  return true;
}

bool Seat::turn_gate() noexcept {
  reap();
  const SubscriptionQueue& queue = channel_.queue;
  const std::size_t budget = subscription_->bytes_max;
  // The last block stays charged when its events are settled, and may alone exceed a small budget.
  const std::uint64_t charged = queue.front() == queue.admitted() ? 0 : charged_bytes_;
  const bool close = charged >= budget || (gate_closed_ && charged > budget / 2);
  if (close == gate_closed_) return false;
  gate_closed_ = close;
  if (close) {
    channel_.room_wait.begin(subscription_->wake_mark);
  } else {
    channel_.room_wait.end();
  }
  return true;
}

void Seat::evict_oldest(DropReason reason) noexcept {
  const SubscriptionQueue::Eviction eviction = channel_.queue.evict();
  if (eviction.count == 0) return;
  if (eviction.note == nullptr) {
    subscription_->drops.add(reason, eviction.count);
    return;
  }
  // Callbacks are judged one by one, so the evicted events are looked at once more.
  const char* record = eviction.block->data + eviction.offset;
  for (std::uint64_t i = 0; i < eviction.skip + eviction.count; ++i) {
    const EventView event(record, plain_);
    if (i >= eviction.skip) {
      const auto lose = [&](CallbackEntry& entry, const EventView& lost) {
        if (entry.began_before(lost, shard_)) entry.count_lost(reason, 1);
      };
      eviction.note->for_each(event, {record, with_content_}, lose);
    }
    record += event.size_bytes();
  }
}

void Seat::take(Block* block, std::uint32_t offset) {
  pool_.add_reference(block);
  charged_bytes_ += block->capacity;
  channel_.queue_bytes.set(charged_bytes_);
  channel_.queue.open(block, offset, callbacks(), admitted_bytes_);
  taking_ = true;
}

void Seat::settle(std::uint64_t events, std::uint64_t bytes) noexcept {
  if (taking_) {
    channel_.queue.admit(events);
    admitted_bytes_ += bytes;
  }
  if (callbacks() != nullptr) return;  // these count for themselves
  channel_.matched.add(events);
  if (!taking_ && events != 0) subscription_->drops.add(DropReason::kFull, events);
}

void Seat::publish() noexcept {
  // Relaxed: a watermark.
  channel_.published_bytes.store(admitted_bytes_, std::memory_order_relaxed);
  channel_.queue.publish();
}

void Seat::wake_if_due() noexcept {
  if (subscription_->wake_mark.reached(shard_, channel_.queue.admitted(), admitted_bytes_)) {
    subscription_->wake();
  }
}

void Seat::reap() noexcept {
  SubscriptionQueue& queue = channel_.queue;
  queue.reap([this](Block* block) noexcept { free_block(block); });
  auto& tables = channel_.tables;
  while (tables.size() > 1 && queue.front() >= tables.front().end && !queue.worker_reads()) {
    tables.pop_front();
  }
}

void Seat::free_block(Block* block) noexcept {
  charged_bytes_ -= block->capacity;
  channel_.queue_bytes.set(charged_bytes_);
  pool_.drop_reference(block);
}

void Seat::set_callbacks(std::shared_ptr<const CallbackTable> callbacks) {
  auto& tables = channel_.tables;
  if (!tables.empty()) tables.back().end = channel_.queue.admitted();
  tables.push_back({std::move(callbacks), ~std::uint64_t{0}});
}

void Seat::count_missed_by_callbacks(const char* record, DropReason reason) noexcept {
  const auto lose = [&](CallbackEntry& entry, const EventView& lost) {
    if (lost.emitted_ticks() >= entry.since_ticks()) entry.count_lost(reason, 1);
  };
  callbacks()->for_each({record, plain_}, {record, with_content_}, lose);
}

void Seat::ask_flush(std::uint64_t epoch) noexcept {
  channel_.flush_ticket.ask(epoch, channel_.queue.admitted());
  subscription_->wake();
}

void Seat::leave() noexcept {
  taking_ = false;
  channel_.queue.close();
  subscription_->leave(shard_);
}

void Seat::lose_rest() noexcept {
  SubscriptionQueue& queue = channel_.queue;
  queue.close();
  while (queue.open_slots() != 0) {
    evict_oldest(DropReason::kLostAtExit);
    reap();
  }
}

bool Seat::done() noexcept {
  reap();
  return charged_bytes_ == 0;
}

}  // namespace v1
}  // namespace tracebus
