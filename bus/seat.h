// SPDX-License-Identifier: Apache-2.0
//
// Seat: a dispatcher's side of one queued subscription: what its channel's queue holds, and what
// that costs.
//
// Thread safety: the dispatcher's alone.
#ifndef TRACEBUS_BUS_SEAT_H_
#define TRACEBUS_BUS_SEAT_H_

#include <cstdint>
#include <memory>

#include "tracebus/bus/block.h"
#include "tracebus/bus/queued_subscription.h"

namespace tracebus {
inline namespace v1 {

class Seat {
 public:
  // shard: of the dispatcher.
  Seat(std::shared_ptr<QueuedSubscription> subscription, std::uint32_t shard,
       BlockPool& pool) noexcept
      : subscription_(std::move(subscription)), shard_(shard),
        channel_(*subscription_->channels[shard]),
        pool_(pool), plain_{subscription_->view_context.instance, nullptr, false},
        with_content_{subscription_->view_context.instance, nullptr, true} {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  QueuedSubscription& subscription() noexcept { return *subscription_; }
  Channel& channel() noexcept { return channel_; }

  // Whether one more block of `bytes` fits into the budget, after evicting what the policy allows.
  bool make_room(std::size_t bytes);
  // The largest record that the budget can ever hold beside another block. A queue that blocks
  // takes what the rings could.
  std::size_t record_bytes_max() const noexcept {
    return blocks() ? kRecordBytesMax + kCacheLineBytes : subscription_->bytes_max / 2;
  }

  // Whether the queue is so full that verbose events have to give way, or no longer so.
  bool pressed() const noexcept { return charged_bytes_ > subscription_->bytes_max / 4 * 3; }
  bool relaxed() const noexcept { return charged_bytes_ <= subscription_->bytes_max / 2; }

  // --- Overflow::kBlock ---
  // At bytes_max the gate closes. What the rings hold by then still comes in: the queue has
  // room for it beyond its budget. At half the budget the gate opens again.
  bool blocks() const noexcept { return subscription_->options.overflow == Overflow::kBlock; }
  bool gate_closed() const noexcept { return gate_closed_; }
  // Whether the gate has to change now, and then is as returned by gate_closed.
  bool turn_gate() noexcept;
  // Events admitted from now on lie in block from offset on. REQUIRES: make_room.
  void take(Block* block, std::uint32_t offset);
  bool taking() const noexcept { return taking_; }
  // The block that was being taken from is full: a subscription that gets no other one misses out.
  void stop_taking() noexcept { taking_ = false; }

  // The filter let so many events of so many bytes through since the last call.
  void settle(std::uint64_t events, std::uint64_t bytes) noexcept;
  void publish() noexcept;
  void wake_if_due() noexcept;
  // Frees what the worker is done with.
  void reap() noexcept;

  // The callbacks that judge events admitted from now on. For the shared worker's seat.
  void set_callbacks(std::shared_ptr<const CallbackTable> callbacks);
  const CallbackTable* callbacks() const noexcept {
    return channel_.tables.empty() ? nullptr : channel_.tables.back().table.get();
  }
  // Charges each callback that wants the record with its loss.
  void count_missed_by_callbacks(const char* record, DropReason reason) noexcept;

  void ask_flush(std::uint64_t epoch) noexcept;
  // No more events: the worker is told to discard what is queued. done() says when nothing is left
  // to free.
  void leave() noexcept;
  bool done() noexcept;
  // The worker hangs: what it never claimed counts as lost.
  void lose_rest() noexcept;

 private:
  void evict_oldest(DropReason reason) noexcept;
  void free_block(Block* block) noexcept;

  const std::shared_ptr<QueuedSubscription> subscription_;
  const std::uint32_t shard_;
  Channel& channel_;
  BlockPool& pool_;
  const ViewContext plain_;  // what a callback without a grant sees
  const ViewContext with_content_;
  bool taking_ = false;
  bool gate_closed_ = false;
  std::uint64_t charged_bytes_ = 0;
  std::uint64_t admitted_bytes_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_SEAT_H_
