// SPDX-License-Identifier: Apache-2.0
//
// SubscriptionQueue: the events one subscription has yet to see, as a row of blocks.
//
// Thread safety. One dispatcher calls open, admit, publish, evict and reap; one worker calls claim
// and let_go. The two never wait for each other.
//
// The events of a queue are numbered 0, 1, 2, ... as they are admitted. Slot k holds a block and
// the number of its first event here; its last is the one before slot k + 1's first.
//
// Invariants
//  1. front <= published <= admitted. Numbers never wrap.
//  2. front_ moves by compare-and-swap only. Whoever moves it from f to g owns the events [f, g):
//  the
//     worker to deliver them, the dispatcher to count them as evicted. So every event is settled
//     once.
//  3. Before it moves front_, the worker names the block it is about to read in holding_. A settled
//     block that the worker holds is set aside, not reused, until the worker lets go. It holds one
//     block at a time, so a worker that hangs keeps one block, not its queue.
//  4. A slot is reused only after front_ has passed its events, and reaped_ says so before the new
//     content can be seen. The worker looks at reaped_ after it has looked at slots, and at the
//     bytes of a block only after it has moved front_.
//
// Who does what to an event:
//   admitted --(dispatcher: publish)--> published --(worker: claim)--> claimed, delivered
//                                       published --(dispatcher: evict)--> evicted
#ifndef TRACEBUS_BUS_SUBSCRIPTION_QUEUE_H_
#define TRACEBUS_BUS_SUBSCRIPTION_QUEUE_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// Block is what a slot refers to, and Note what the dispatcher wants the worker to know of a slot's
// events; both are opaque here.
template <class Block, class Note, template <class> class Atom = std::atomic>
class BasicSubscriptionQueue {
 public:
  struct Claim {
    Block* block = nullptr;  // null: nothing to claim
    const Note* note = nullptr;
    std::uint64_t first = 0;  // number of the first claimed event
    std::uint64_t count = 0;
    std::uint64_t skip = 0;        // claimed events lie after this many of the slot's events
    std::uint32_t offset = 0;      // of the slot's first event within the block
    std::uint64_t slot_bytes = 0;  // admitted before the slot's first event, as told to open
  };
  struct Eviction {
    Block* block = nullptr;
    const Note* note = nullptr;
    std::uint64_t count = 0;
    std::uint64_t skip = 0;
    std::uint32_t offset = 0;
  };

  // REQUIRES: slots is a power of two >= 4.
  explicit BasicSubscriptionQueue(std::uint32_t slots)
      : slots_(std::make_unique<Slot[]>(slots)), mask_(slots - 1) {}
  BasicSubscriptionQueue(const BasicSubscriptionQueue&) = delete;
  BasicSubscriptionQueue& operator=(const BasicSubscriptionQueue&) = delete;

  // --- Dispatcher ---

  bool can_open() const noexcept { return open_slots() <= mask_; }
  std::uint64_t open_slots() const noexcept { return opened_private_ - reaped_private_; }

  // From the next admit on, events lie in block from offset on. REQUIRES: can_open().
  void open(Block* block, std::uint32_t offset, const Note* note,
            std::uint64_t bytes_before) noexcept {
    Slot& slot = slots_[opened_private_ & mask_];
    // Release pairs with next_first: whoever sees a reused slot sees reaped_ beyond its old
    // content.
    slot.first.store(admitted_, std::memory_order_release);
    // Relaxed: the release of opened_ below publishes them.
    slot.block.store(block, std::memory_order_relaxed);
    slot.note.store(note, std::memory_order_relaxed);
    slot.offset.store(offset, std::memory_order_relaxed);
    slot.bytes.store(bytes_before, std::memory_order_relaxed);
    opened_.store(++opened_private_, std::memory_order_release);  // pairs with claim
  }

  void admit(std::uint64_t events) noexcept { admitted_ += events; }
  std::uint64_t admitted() const noexcept { return admitted_; }

  // Makes admitted events claimable.
  void publish() noexcept {
    published_.store(admitted_, std::memory_order_release);  // pairs with claim
  }

  // Takes what is left of the oldest slot away from the worker. The caller counts the events and
  // then calls reap. Of no events if the worker was faster.
  // REQUIRES: open_slots() >= 2, or everything admitted is published and no more will be.
  Eviction evict() noexcept {
    publish();  // or the front would pass what the worker takes for the end
    const Slot& slot = slots_[reaped_private_ & mask_];
    // Relaxed: the dispatcher's own stores.
    const std::uint64_t begin = slot.first.load(std::memory_order_relaxed);
    const std::uint64_t end = slot_end(reaped_private_);
    std::uint64_t front = front_.load(std::memory_order_relaxed);  // the exchange below decides
    while (front < end) {
      // Release pairs with claim's load: a worker that sees the new front sees as much published.
      // The worker's own exchange stays visible to reap: this one continues its release sequence.
      if (front_.compare_exchange_weak(front, end, std::memory_order_release,
                                       std::memory_order_relaxed)) {
        // Relaxed: the dispatcher's own stores.
        return {slot.block.load(std::memory_order_relaxed),
                slot.note.load(std::memory_order_relaxed), end - front, front - begin,
                slot.offset.load(std::memory_order_relaxed)};
      }
    }
    return {};
  }

  // Gives the blocks of settled slots to free_block, oldest first. The last slot is kept, as events
  // may still be admitted to it, unless the queue was closed.
  template <class FreeBlock>
  void reap(FreeBlock free_block) noexcept {
    free_aside(held(), free_block);
    while (reaped_private_ + (closed_ ? 0 : 1) < opened_private_) {
      // Acquire pairs with claim's exchange: holding_ is at least as new as this front.
      if (front_.load(std::memory_order_acquire) < slot_end(reaped_private_)) return;
      Block* const block =
          slots_[reaped_private_ & mask_].block.load(std::memory_order_relaxed);  // own
      // Relaxed: published by the release of the slot's next first (see open).
      reaped_.store(++reaped_private_, std::memory_order_relaxed);
      // The worker may have moved on since: then it let go of what is aside, and of that alone.
      const Block* const held_now = held();
      free_aside(held_now, free_block);
      if (held_now == block) {
        aside_ = block;
        ++aside_slots_;
      } else {
        free_block(block);
      }
    }
  }

  // No more events will be admitted: reap may free the last slot too.
  void close() noexcept { closed_ = true; }

  // Number of the first event that is not settled. For any thread.
  std::uint64_t front() const noexcept {
    return front_.load(std::memory_order_acquire);  // pairs with claim and evict
  }

  // Whether the worker is reading events that it claimed before.
  bool worker_reads() const noexcept {
    return holding_.load(std::memory_order_acquire) != nullptr;  // pairs with let_go
  }

  // --- Worker ---

  std::uint64_t published() const noexcept {
    return published_.load(std::memory_order_acquire);  // pairs with publish
  }

  // Up to max events that lie next to each other, now the caller's. It may read them until let_go
  // or the next claim.
  Claim claim(std::uint64_t max) noexcept {
    for (;;) {
      // Acquire pairs with evict: what the front has passed is published, and reaped_ is no older.
      std::uint64_t front = front_.load(std::memory_order_acquire);
      const std::uint64_t limit = published();
      if (front == limit) return {};
      const std::uint64_t end = find_slot(front, limit);
      if (end == front) continue;  // the dispatcher evicted these events: look again
      const Slot& slot = slots_[cursor_ & mask_];
      // Relaxed: published by opened_, and not reused as long as the exchange below succeeds.
      const Claim claim{slot.block.load(std::memory_order_relaxed),
                        slot.note.load(std::memory_order_relaxed),
                        front,
                        end - front < max ? end - front : max,
                        front - slot.first.load(std::memory_order_relaxed),
                        slot.offset.load(std::memory_order_relaxed),
                        slot.bytes.load(std::memory_order_relaxed)};
      // Release pairs with reap: whoever sees this block sees that the last one is read.
      holding_.store(claim.block, std::memory_order_release);
      // Release pairs with reap: it sees holding_. The load above has acquired what this replaces.
      if (front_.compare_exchange_strong(front, front + claim.count, std::memory_order_release,
                                         std::memory_order_relaxed)) {
        return claim;
      }
    }
  }

  void let_go() noexcept { holding_.store(nullptr, std::memory_order_release); }  // pairs with reap

 private:
  struct Slot {
    Atom<std::uint64_t> first{0};
    Atom<Block*> block{nullptr};
    Atom<const Note*> note{nullptr};
    Atom<std::uint64_t> bytes{0};
    Atom<std::uint32_t> offset{0};
  };

  static constexpr std::uint64_t kOpenEnded = ~std::uint64_t{0};

  // Dispatcher: what the worker holds. Acquire pairs with claim and let_go: the worker's reads of
  // what it no longer holds are over.
  const Block* held() const noexcept { return holding_.load(std::memory_order_acquire); }

  template <class FreeBlock>
  void free_aside(const Block* held_now, FreeBlock& free_block) noexcept {
    if (aside_ == nullptr || held_now == aside_) return;
    for (; aside_slots_ != 0; --aside_slots_) free_block(aside_);
    aside_ = nullptr;
  }

  // Dispatcher: where the slot's events end.
  std::uint64_t slot_end(std::uint64_t slot) const noexcept {
    if (slot + 1 == opened_private_) return admitted_;
    return slots_[(slot + 1) & mask_].first.load(std::memory_order_relaxed);  // own store
  }

  // Worker: moves cursor_ to the slot of event number front and returns where the slot's events end
  // as far as they are published. Returns front itself if the events were settled meanwhile.
  std::uint64_t find_slot(std::uint64_t front, std::uint64_t limit) noexcept {
    const std::uint64_t opened = opened_.load(std::memory_order_acquire);  // pairs with open
    std::uint64_t end = next_first(cursor_, opened);
    while (end <= front && cursor_ + 1 < opened) end = next_first(++cursor_, opened);
    // Relaxed: the acquire in next_first orders it. Below reaped_, slots may hold other events.
    const std::uint64_t reaped = reaped_.load(std::memory_order_relaxed);
    if (cursor_ < reaped) {
      cursor_ = reaped;
      return front;
    }
    return end < limit ? end : limit;
  }

  std::uint64_t next_first(std::uint64_t slot, std::uint64_t opened) const noexcept {
    if (slot + 1 >= opened) return kOpenEnded;
    // Acquire pairs with open: a reused slot shows in reaped_.
    return slots_[(slot + 1) & mask_].first.load(std::memory_order_acquire);
  }

  const std::unique_ptr<Slot[]> slots_;
  const std::uint64_t mask_;

  // Written by the dispatcher, read by the worker.
  alignas(kCacheLineBytes) Atom<std::uint64_t> published_{0};
  Atom<std::uint64_t> opened_{0};
  Atom<std::uint64_t> reaped_{0};
  // The dispatcher's own.
  std::uint64_t admitted_ = 0;
  std::uint64_t opened_private_ = 0;
  std::uint64_t reaped_private_ = 0;
  Block* aside_ = nullptr;  // settled, but the worker still reads it
  std::uint64_t aside_slots_ = 0;
  bool closed_ = false;

  // Moved by both.
  alignas(kCacheLineBytes) Atom<std::uint64_t> front_{0};
  // Written by the worker, read by the dispatcher.
  Atom<Block*> holding_{nullptr};
  // The worker's own.
  std::uint64_t cursor_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_SUBSCRIPTION_QUEUE_H_
